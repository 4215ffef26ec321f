// inspect_ai's evaluation log, version 2 (.json), one for each task: opens in its viewer.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "core/json.h"
#include "core/names.h"
#include "report/export.h"

namespace clue::report {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Ids are made of the pass key and the position: the same run gives the same log.
std::string message_id(const std::string& key, std::int64_t position, std::size_t n) {
  return fmt::format("{}-{}-{}", key.substr(0, 12), position, n);
}

std::string stop_reason(core::StopReason stop) {
  switch (stop) {
    case core::StopReason::length:
      return "max_tokens";
    case core::StopReason::end_of_turn:
    case core::StopReason::stop_string:
      return "stop";
    case core::StopReason::error:
    case core::StopReason::cancelled:
      return "unknown";
  }
  return "unknown";
}

json usage_of(const core::Generation& g) {
  return {{"input_tokens", g.prompt_tokens},
          {"output_tokens", g.output_tokens},
          {"total_tokens", g.prompt_tokens + g.output_tokens},
          {"input_tokens_cache_read", g.reused_tokens}};
}

/// Stands for every text of data that is not open.
constexpr std::string_view kWithheld = "[text withheld]";

json scores_of(const store::SampleRow& row, bool text) {
  json scores = json::object();
  for (const core::Score& s : row.scores) {
    if (!s.value) continue;
    scores[s.metric] = {
        {"value", *s.value},
        {"answer", !text        ? std::string(kWithheld)
                   : row.answer ? row.answer->value
                                : std::string()},
        {"explanation", text ? s.why : std::string()},
        {"metadata",
         {{"status", row.answer ? core::name(row.answer->status) : std::string_view("unscored")}}}};
  }
  return scores;
}

json sample_of(const store::SampleRow& row, const std::string& key, const std::string& model,
               bool text) {
  const auto shown = [&](const std::string& s) { return text ? s : std::string(kWithheld); };
  json messages = json::array();
  std::size_t n = 0;
  for (const core::Message& m : row.prompt.messages) {
    json message = {{"id", message_id(key, row.position, n++)},
                    {"role", core::name(m.role)},
                    {"content", shown(m.content)}};
    if (m.role == core::Role::user) message["source"] = "input";
    messages.push_back(std::move(message));
  }
  const json input = messages.empty() ? json("") : messages;  // imported: not known
  const json reply = {{"id", message_id(key, row.position, n)},
                      {"role", "assistant"},
                      {"content", shown(row.generation.text)},
                      {"source", "generate"},
                      {"model", model}};
  messages.push_back(reply);
  const json choice = {{"message", reply}, {"stop_reason", stop_reason(row.generation.stop)}};
  json sample = {{"id", row.sample.id},
                 {"epoch", row.prompt.repeat + 1},
                 {"uuid", message_id(key, row.position, 0) + "-s"},
                 {"input", input},
                 {"target", !text                       ? json(kWithheld)
                            : row.prompt.target.empty() ? json(row.sample.targets)
                                                        : json(row.prompt.target)},
                 {"messages", std::move(messages)},
                 {"output",
                  {{"model", model},
                   {"choices", json::array({choice})},
                   {"completion", shown(row.generation.text)},
                   {"usage", usage_of(row.generation)},
                   {"time", row.generation.seconds}}},
                 {"scores", scores_of(row, text)},
                 {"metadata", row.prompt.info},
                 {"store", json::object()},
                 {"events", json::array()},
                 {"model_usage", {{model, usage_of(row.generation)}}},
                 {"attachments", json::object()},
                 {"total_time", row.generation.seconds}};
  if (!row.generation.error.empty()) {
    sample["error"] = {
        {"message", row.generation.error}, {"traceback", ""}, {"traceback_ansi", ""}};
  }
  return sample;
}

/// In file order: the log list shows the first metric of the first scorer.
ordered_json results_of(const run::TaskResults& task) {
  ordered_json scores = ordered_json::array();
  for (const core::Summary& s : task.metrics) {
    if (!s.mean) continue;
    ordered_json metrics;
    const auto add = [&](const char* name, const std::optional<double>& value) {
      if (value) {
        metrics[name] = {{"name", name}, {"value", *value}, {"params", ordered_json::object()}};
      }
    };
    add("mean", s.mean);
    add("ci_low", s.ci_low);
    add("ci_high", s.ci_high);
    ordered_json score;
    score["name"] = s.metric;
    score["scorer"] = s.metric;
    score["scored_samples"] = s.n;
    score["unscored_samples"] = s.missing;
    score["params"]["signature"] = s.signature;
    score["metrics"] = std::move(metrics);
    scores.push_back(std::move(score));
  }
  ordered_json results;
  results["total_samples"] = task.pass.facts.planned;
  results["completed_samples"] = task.pass.done - task.pass.errors;
  results["scores"] = std::move(scores);
  return results;
}

/// "2026-01-31T08:15:30+00:00", as its reader wants it.
std::string time_of(const store::PassFacts& facts) {
  if (facts.created.empty()) return "1970-01-01T00:00:00+00:00";
  return facts.created.ends_with('Z') ? facts.created.substr(0, facts.created.size() - 1) + "+00:00"
                                      : facts.created;
}

/// Its viewer lists only files called TIME_TASK_ID.json, with "-" for "_" inside the parts.
std::string log_name(const run::TaskResults& task) {
  std::string name = time_of(task.pass.facts) + "_" +
                     replace_all(file_part(task.pass.facts.spec.task), "_", "-") + "_" +
                     task.pass.key.substr(0, 22) + ".json";
  for (char& c : name) {
    if (c == ':' || c == '+') c = '-';
  }
  return name;
}

/// Its reader takes the members in file order, the samples last: the head of a long log is read
/// alone.
ordered_json log_of(const run::TaskResults& task, const core::ModelInfo& info,
                    core::RuleSet rules) {
  const store::PassFacts& f = task.pass.facts;
  const std::string time = time_of(f);
  const json step = {{"solver", "generate"}, {"params", json::object()}};
  const json decoding = {{"temperature", f.spec.decoding.temperature},
                         {"top_p", f.spec.decoding.top_p},
                         {"seed", f.spec.decoding.seed % 2147483648U}};
  const json parts = {
      {"version", 2},
      {"status", task.complete() ? "success" : "error"},
      {"eval",
       {{"run_id", task.pass.key.substr(0, 22)},
        {"eval_id", task.pass.key.substr(0, 22)},
        {"created", time},
        {"task", f.spec.task},
        {"task_id", task.pass.key.substr(0, 22)},
        {"task_version", f.spec.task_version},
        {"task_attribs", json::object()},
        {"task_args", {{"shots", f.spec.shots}, {"rules", core::name(rules)}}},
        {"dataset", {{"name", f.spec.task}, {"location", f.dataset_path}, {"samples", f.planned}}},
        {"model", fmt::format("{}/{}", info.kind, info.name)},
        {"model_generate_config", decoding},
        {"model_args", json::object()},
        {"config", {{"epochs", f.spec.repeats}}},
        {"packages", {{"clue", CLUE_VERSION}}},
        {"metadata", {{"spec", core::to_json(f.spec)}}}}},
      {"plan", {{"name", "plan"}, {"steps", json::array({step})}, {"config", decoding}}},
      {"stats", {{"started_at", time}, {"completed_at", time}, {"model_usage", json::object()}}}};
  ordered_json log;
  for (const char* part : {"version", "status", "eval", "plan"}) log[part] = parts[part];
  log["results"] = results_of(task);
  log["stats"] = parts["stats"];
  return log;
}

}  // namespace

Status export_inspect(ExportJob& job) {
  for (const run::TaskResults& task : job.results.tasks) {
    const core::ModelInfo& info = job.results.model;
    const std::string model = fmt::format("{}/{}", info.kind, info.name);
    ordered_json log = log_of(task, info, job.results.rules);
    json samples = json::array();
    CLUE_OK(job.store.samples(task.pass.id, job.results.rules, [&](const store::SampleRow& row) {
      samples.push_back(sample_of(row, task.pass.key, model, job.text_of(task)));
      return true;
    }));
    log["samples"] = samples;
    CLUE_OK(job.write(job.out / log_name(task), dump_json(log, 1) + "\n"));
  }
  return {};
}

}  // namespace clue::report
