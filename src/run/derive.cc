#include "run/derive.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "core/json.h"
#include "core/names.h"
#include "run/engine_facts.h"
#include "run/levels.h"

namespace clue::run {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

json number_or_null(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

unsigned mode_of(core::DataUse use) { return use == core::DataUse::open ? 0666U : kPrivateFile; }

json task_json(const TaskResults& t) {
  const store::PassFacts& f = t.pass.facts;
  json metrics = json::array();
  std::map<std::string, std::string> extra = f.extra;
  std::erase_if(extra, [](const auto& fact) { return is_engine_fact(fact.first); });
  for (const core::Summary& s : t.metrics) metrics.push_back(core::to_json(s));
  return {
      {"task", f.spec.task},
      {"key", t.pass.key},
      {"spec", core::to_json(f.spec)},
      {"data", {{"path", f.dataset_path}, {"use", core::name(f.use)}, {"examples", f.examples}}},
      {"planned", f.planned},
      {"done", t.pass.done},
      {"errors", t.pass.errors},
      {"complete", t.complete()},
      {"subset", t.subset()},
      {"limit", f.limit},
      {"statuses", t.statuses},
      {"metrics", std::move(metrics)},
      {"score", number_or_null(t.score())},
      {"command_line", f.command_line},
      {"created", f.created},
      {"engine", engine_facts(f.extra)},
      {"extra", std::move(extra)}};
}

json sample_json(const store::SampleRow& row, const std::string& task, bool text) {
  json messages = json::array();
  for (const core::Message& m : row.prompt.messages) {
    messages.push_back({{"role", core::name(m.role)}, {"content", m.content}});
  }
  json scores = json::object();
  for (const core::Score& s : row.scores) scores[s.metric] = number_or_null(s.value);
  json answer = nullptr;
  std::string status = row.generation.error.empty() ? "unscored" : "error";
  if (row.answer) {
    status = core::name(row.answer->status);
    answer = row.answer->codes.empty() ? json(row.answer->value) : json(row.answer->codes);
  }
  const json reference = row.prompt.target.empty()
                             ? (row.sample.targets.size() == 1 ? json(row.sample.targets[0])
                                                               : json(row.sample.targets))
                             : json(row.prompt.target);
  json line = {{"task", task},
               {"sample", row.sample.id},
               {"repeat", row.prompt.repeat},
               {"status", status},
               {"prompt", text ? messages : json(nullptr)},
               {"output", text ? json(row.generation.text) : json(nullptr)},
               {"answer", text ? answer : json(nullptr)},
               {"reference", text ? reference : json(nullptr)},
               {"scores", std::move(scores)}};
  if (!row.generation.error.empty()) line["error"] = row.generation.error;
  return line;
}

}  // namespace

std::optional<double> TaskResults::score() const {
  if (!complete()) return std::nullopt;
  std::vector<std::optional<double>> values;
  for (const core::Summary& s : metrics) {
    // Never a mean over the rest: a metric that some samples lack has no score yet.
    if (s.headline) values.push_back(s.missing == 0 ? s.mean : std::nullopt);
  }
  return task_score(values);
}

Result<RunResults> collect_results(store::RunStore& store, core::RuleSet rules) {
  RunResults results;
  results.rules = rules;
  CLUE_TRY(std::vector<store::PassRow> passes, store.passes());
  for (store::PassRow& pass : passes) {
    TaskResults* same = nullptr;
    for (TaskResults& t : results.tasks) {
      if (t.pass.facts.spec.task == pass.facts.spec.task) same = &t;
    }
    if (same == nullptr) {
      results.tasks.push_back({std::move(pass), {}, {}});
    } else if (pass.facts.created >= same->pass.facts.created) {
      same->pass = std::move(pass);
    }
  }
  Headlines headlines;
  for (TaskResults& t : results.tasks) {
    results.model = t.pass.facts.model;
    CLUE_OK(store.samples(t.pass.id, rules, [&](const store::SampleRow& row) {
      const std::string status = row.answer ? std::string(core::name(row.answer->status))
                                 : row.generation.error.empty() ? "unscored"
                                                                : "error";
      ++t.statuses[status];
      return true;
    }));
    CLUE_TRY(t.metrics, store.summaries(t.pass.id, rules));
    if (t.subset() || t.pass.facts.examples || !t.complete()) continue;
    for (const core::Summary& s : t.metrics) {
      if (!s.headline) continue;
      headlines[t.pass.facts.spec.task].push_back(s.missing == 0 ? s.mean : std::nullopt);
    }
  }
  results.level1 = level_score(1, headlines);
  results.level2 = level_score(2, headlines);
  return results;
}

json results_document(const RunResults& results) {
  json tasks = json::array();
  for (const TaskResults& t : results.tasks) tasks.push_back(task_json(t));
  return {{"schema", 1},
          {"program", "clue " CLUE_VERSION},
          {"rules", core::name(results.rules)},
          {"model", core::to_json(results.model)},
          {"tasks", std::move(tasks)},
          {"level1", number_or_null(results.level1)},
          {"level2", number_or_null(results.level2)}};
}

Status write_results(const fs::path& dir, const RunResults& results) {
  core::DataUse strictest = core::DataUse::open;
  for (const TaskResults& t : results.tasks) strictest = std::max(strictest, t.pass.facts.use);
  return write_file_atomic(dir / "results.json", dump_json(results_document(results), 1) + "\n",
                           mode_of(strictest));
}

Result<std::string> sample_lines(store::RunStore& store, const TaskResults& task,
                                 core::RuleSet rules, bool text) {
  std::string lines;
  CLUE_OK(store.samples(task.pass.id, rules, [&](const store::SampleRow& row) {
    lines += dump_json(sample_json(row, task.pass.facts.spec.task, text)) + "\n";
    return true;
  }));
  return lines;
}

Status write_samples(const fs::path& dir, store::RunStore& store, const RunResults& results,
                     bool with_text) {
  for (const TaskResults& t : results.tasks) {
    const bool text = (with_text || t.pass.facts.use == core::DataUse::open) &&
                      !t.pass.facts.extra.contains("text_purged");
    const std::string& task = t.pass.facts.spec.task;
    CLUE_TRY(const std::string lines, sample_lines(store, t, results.rules, text));
    std::string file = "samples_" + task + ".jsonl";
    std::replace(file.begin(), file.end(), '/', '_');
    std::replace(file.begin(), file.end(), ':', '_');
    CLUE_OK(write_file_atomic(dir / file, lines, mode_of(t.pass.facts.use)));
  }
  return {};
}

}  // namespace clue::run
