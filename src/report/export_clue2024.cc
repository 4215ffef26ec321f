// The published scripts' output folders (protocol, section 4): what their collect step reads.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "core/names.h"
#include "report/export.h"

namespace clue::report {
namespace {

using nlohmann::ordered_json;

/// Names of the published tree for our task names; our own name where it has none.
std::string folder_of(const std::string& task) {
  static const std::map<std::string, std::string, std::less<>> kFolders = {
      {"mednli", "MedNLI"},
      {"meqsum", "MeQSum"},
      {"problemsummary", "ProblemSummary"},
      {"medisumqa", "MeDiSumQA"},
      {"medisumcode", "MeDiSumCode"}};
  if (task.starts_with("longhealth-")) return "LongHealth";
  const auto found = kFolders.find(task);
  return found == kFolders.end() ? file_part(task) : found->second;
}

/// LongHealth keeps the parsed letter and whether it is right; the others the whole output.
ordered_json prediction(const store::SampleRow& row, bool choice) {
  ordered_json line;
  if (choice) {
    const std::string letter = row.answer ? row.answer->value : std::string();
    const auto question = row.sample.fields.find("question");
    line["Question"] = question == row.sample.fields.end() ? "" : question->second;
    line["Options"] = ordered_json::array();
    for (const char letter_of : {'A', 'B', 'C', 'D', 'E', 'F'}) {
      const auto option = row.sample.fields.find(fmt::format("option_{}", letter_of));
      if (option != row.sample.fields.end()) line["Options"].push_back(option->second);
    }
    line["Model Answer"] = letter;
    line["Ground Truth Answer"] = reference_of(row);
    line["Correct"] = letter == reference_of(row);
    return line;
  }
  line["Model Answer"] = row.generation.text;
  line["Ground Truth Answer"] = reference_of(row);
  for (const core::Score& s : row.scores) {
    if (s.value) line[s.metric] = *s.value;
  }
  return line;
}

std::string as_input(const core::Prompt& prompt) {
  std::string text;
  for (const core::Message& m : prompt.messages) {
    text += fmt::format("[{}]\n{}\n\n", core::name(m.role), m.content);
  }
  return text;
}

}  // namespace

Status export_clue_2024(ExportJob& job) {
  std::map<std::string, ordered_json> results;  // LongHealth's three tasks share one file
  for (const run::TaskResults& task : job.results.tasks) {
    const std::string& name = task.pass.facts.spec.task;
    const bool choice = name.starts_with("longhealth-");
    const auto dir = job.out / folder_of(name) / file_part(job.results.model.name);
    std::string lines, first;
    CLUE_OK(job.store.samples(task.pass.id, job.results.rules, [&](const store::SampleRow& row) {
      if (lines.empty()) first = as_input(row.prompt);
      lines += dump_json(prediction(row, choice)) + "\n";
      return true;
    }));
    const std::string file =
        choice ? fmt::format("predictions_task{}.json", name.back()) : "predictions.json";
    CLUE_OK(job.write(dir / file, lines));
    CLUE_OK(job.write(dir / "debug_model_input.txt", first));
    for (const core::Summary& s : task.metrics) {
      if (!s.mean) continue;
      if (choice && !s.headline) continue;
      // LongHealth's published figures are percent, the others on a 0..1 scale.
      const std::string key = choice ? fmt::format("task{}_{}", name.back(), s.metric) : s.metric;
      results[dir.string()][key] = choice ? *s.mean * 100 : *s.mean;
    }
  }
  for (const auto& [dir, values] : results) {
    CLUE_OK(job.write(std::filesystem::path(dir) / "results.json", dump_json(values, 4) + "\n"));
  }
  return {};
}

}  // namespace clue::report
