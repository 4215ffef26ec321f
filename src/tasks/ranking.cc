#include "tasks/ranking.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "tasks/scoring.h"

namespace clue::tasks {
namespace {

using nlohmann::json;

/// The answer of the best entry of `form` that has a value; the first of equals. `why`: of an
/// entry whose value is null.
std::string best_of(const json& table, std::string_view form, const char* measure,
                    std::string& why) {
  std::string answer;
  double best = 0;
  for (const json& entry : table) {
    if (entry.value("form", "") != form) continue;
    if (!entry.contains(measure)) continue;
    if (!entry[measure].is_number()) {
      why = entry.value("why", why);
      continue;
    }
    const double value = entry[measure].get<double>();
    if (!answer.empty() && value <= best) continue;
    best = value;
    answer = entry.value("answer", "");
  }
  return answer;
}

constexpr const char* kByLetter = "accuracy_logprob";
constexpr const char* kByText = "accuracy_logprob_norm";

/// Where a ranking was tried and could not be made, both scores are missing with the reason.
std::vector<core::Score> no_ranking(const core::Generation& generation) {
  const auto why = generation.extra.find("logprobs_why");
  if (why == generation.extra.end()) return {};
  return {{.metric = kByLetter, .value = {}, .tally = {}, .why = why->second},
          {.metric = kByText, .value = {}, .tally = {}, .why = why->second}};
}

/// As the wording's examples write an answer: "{target}", "Answer: {target}".
std::string as_said(const PromptSet& prompts, const std::string& target) {
  if (prompts.assistant.find("{target}") == std::string::npos) return target;
  return replace_all(prompts.assistant, "{target}", target);
}

}  // namespace

std::vector<models::Choice> ranked_choices(const Task& task, const PromptSet& prompts,
                                           const core::Sample& sample) {
  std::vector<models::Choice> out;
  if (task.file.kind == AnswerKind::label) {
    for (const std::string& label : task.file.labels) {
      out.push_back({"label", label, as_said(prompts, label)});
    }
  }
  if (task.file.kind != AnswerKind::choice) return out;
  const std::vector<std::string> options = option_texts(sample);
  for (const char* form : {"letter", "text"}) {
    for (std::size_t i = 0; i < options.size(); ++i) {
      const std::string letter(1, static_cast<char>('A' + i));
      const bool bare = std::string_view(form) == "letter";
      out.push_back({form, letter, bare ? as_said(prompts, letter) : options[i]});
    }
  }
  return out;
}

std::vector<core::Score> ranking_scores(const core::Generation& generation, std::string_view gold) {
  const auto found = generation.extra.find("logprobs");
  if (found == generation.extra.end()) return no_ranking(generation);
  const json table = json::parse(found->second, nullptr, /*allow_exceptions=*/false);
  if (!table.is_array() || table.empty()) return {};
  const bool label = table[0].value("form", "") == "label";
  std::vector<core::Score> out;
  const auto add = [&](const char* metric, const char* form, const char* measure, std::string why) {
    const std::string answer = best_of(table, form, measure, why);
    if (answer.empty()) {
      out.push_back({.metric = metric, .value = {}, .tally = {}, .why = "no option: " + why});
      return;
    }
    const bool hit = !gold.empty() && ascii_lower(answer) == ascii_lower(gold);
    out.push_back({.metric = metric, .value = hit ? 1.0 : 0.0, .tally = {}, .why = answer});
  };
  add(kByLetter, label ? "label" : "letter", "sum", "without a value");
  add(kByText, label ? "label" : "text", "per_byte",
      "the server tells the first token's probability, not that of a whole text");
  return out;
}

}  // namespace clue::tasks
