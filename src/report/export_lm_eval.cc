// lm-evaluation-harness: results_TIME.json and samples_TASK_TIME.jsonl with its key names, so that
// tools that read its output read ours.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/json.h"
#include "core/json.h"
#include "core/names.h"
#include "report/export.h"

namespace clue::report {
namespace {

using nlohmann::json;

json messages_of(const core::Prompt& prompt) {
  json list = json::array();
  for (const core::Message& m : prompt.messages) {
    list.push_back({{"role", core::name(m.role)}, {"content", m.content}});
  }
  return list;
}

json sample_line(const store::SampleRow& row, std::int64_t doc_id, const core::Decoding& decoding) {
  const std::string request = dump_json(messages_of(row.prompt));
  const std::string target = reference_of(row);
  const int max_tokens = decoding.max_tokens > 0 ? decoding.max_tokens : row.prompt.max_tokens;
  json line = {{"doc_id", doc_id},
               {"doc", row.sample.fields},
               {"target", target},
               {"arguments",
                {{"gen_args_0",
                  {{"arg_0", request},
                   {"arg_1",
                    {{"until", row.prompt.stop},
                     {"max_gen_toks", max_tokens},
                     {"do_sample", decoding.temperature > 0},
                     {"temperature", decoding.temperature}}}}}}},
               {"resps", json::array({json::array({row.generation.text})})},
               {"filtered_resps", json::array({row.generation.text})},
               {"filter", "none"},
               {"metrics", json::array()},
               {"doc_hash", sha256_hex(dump_json(json(row.sample.fields)))},
               {"prompt_hash", sha256_hex(request)},
               {"target_hash", sha256_hex(target)}};
  for (const core::Score& s : row.scores) {
    line["metrics"].push_back(s.metric);
    line[s.metric] = s.value ? json(*s.value) : json(nullptr);
  }
  return line;
}

/// Half the width of the interval over 1.96: the standard error its readers expect.
json standard_error(const core::Summary& s) {
  if (!s.ci_low || !s.ci_high) return "N/A";
  return (*s.ci_high - *s.ci_low) / (2 * 1.959963984540054);
}

void add_task(const run::TaskResults& task, json& root) {
  const store::PassFacts& f = task.pass.facts;
  const std::string& name = f.spec.task;
  json& result = root["results"][name];
  result["alias"] = name;
  for (const core::Summary& s : task.metrics) {
    result[s.metric + ",none"] = s.mean ? json(*s.mean) : json(nullptr);
    result[s.metric + "_stderr,none"] = standard_error(s);
    root["higher_is_better"][name][s.metric] = true;
  }
  root["group_subtasks"][name] = json::array();
  root["configs"][name] = {{"task", name},
                           {"dataset_path", f.dataset_path},
                           {"output_type", "generate_until"},
                           {"num_fewshot", f.spec.shots},
                           {"repeats", f.spec.repeats},
                           {"metadata", {{"version", f.spec.task_version}}}};
  root["versions"][name] = f.spec.task_version;
  root["n-shot"][name] = f.spec.shots;
  root["n-samples"][name] = {{"original", f.planned}, {"effective", task.pass.done}};
  root["task_hashes"][name] = task.pass.key;
}

/// Only what file names take: "2026-01-31T08-15-30Z".
std::string stamp(const run::RunResults& results) {
  std::string time = results.tasks.empty() ? "" : results.tasks.front().pass.facts.created;
  for (char& c : time) {
    if (c == ':' || c == '/') c = '-';
  }
  return time.empty() ? "undated" : time;
}

}  // namespace

Status export_lm_eval(ExportJob& job) {
  const core::ModelInfo& model = job.results.model;
  const auto dir = job.out / file_part(model.name);
  const std::string time = stamp(job.results);
  json root = {{"results", json::object()},
               {"git_hash", nullptr},
               {"model_source", model.kind},
               {"model_name", model.name},
               {"chat_template_sha", model.template_hash}};
  for (const run::TaskResults& task : job.results.tasks) {
    add_task(task, root);
    const core::Decoding& decoding = task.pass.facts.spec.decoding;
    root["config"] = {{"model", model.kind},
                      {"model_args", model.spec},
                      {"limit", task.subset() ? json(task.pass.facts.limit) : json(nullptr)},
                      {"gen_kwargs", core::to_json(decoding)},
                      {"random_seed", decoding.seed}};
    std::string lines;
    CLUE_OK(job.store.samples(task.pass.id, job.results.rules, [&](const store::SampleRow& row) {
      lines += dump_json(sample_line(row, row.position, decoding)) + "\n";
      return true;
    }));
    const std::string name = file_part(task.pass.facts.spec.task);
    CLUE_OK(job.write(dir / fmt::format("samples_{}_{}.jsonl", name, time), lines));
  }
  return job.write(dir / fmt::format("results_{}.json", time), dump_json(root, 2) + "\n");
}

}  // namespace clue::report
