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

json sample_line(const store::SampleRow& row, const core::Decoding& decoding) {
  const std::string request = dump_json(messages_of(row.prompt));
  const std::string target = reference_of(row);
  const int max_tokens = decoding.max_tokens > 0 ? decoding.max_tokens : row.prompt.max_tokens;
  json doc = row.sample.fields;
  doc["sample"] = row.sample.id;
  json line = {{"doc_id", row.position},
               {"doc", doc},
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
               {"doc_hash", sha256_hex(dump_json(doc, 2))},
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
    if (!s.mean) continue;  // its readers take every value for a number
    result[s.metric + ",none"] = *s.mean;
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
  root["n-samples"][name] = {{"original", f.planned},
                             {"effective", task.pass.done - task.pass.errors}};
}

/// Its way to put a time into file names: "2026-01-31T08-15-30".
std::string stamp(const run::RunResults& results) {
  std::string time = results.tasks.empty() ? "" : results.tasks.front().pass.facts.created;
  if (time.ends_with('Z')) time.pop_back();
  for (char& c : time) {
    if (c == ':' || c == '/') c = '-';
  }
  return time.empty() ? "undated" : time;
}

/// Its way to make a folder of a model's name.
std::string sanitized(std::string_view name) {
  std::string out;
  bool bad_before = false;
  for (const char c : name) {
    const bool bad = std::string_view("\"<>:/|\\?*[]").find(c) != std::string_view::npos;
    if (!bad) out += c;
    if (bad && !bad_before) out += "__";
    bad_before = bad;
  }
  return out.empty() || out.front() == '.' ? "_" + out : out;
}

/// Writes a task's samples. Failed requests are left out: they are missing, not empty answers.
Status write_samples(ExportJob& job, const run::TaskResults& task,
                     const std::filesystem::path& file, json& root) {
  const std::string& name = task.pass.facts.spec.task;
  if (!job.text_of(task)) {
    job.notes.push_back(name + ": results only, its texts are " +
                        std::string(core::name(task.pass.facts.use)) + " (--with-text)");
    return {};
  }
  std::string lines, hashes;
  CLUE_OK(job.store.samples(task.pass.id, job.results.rules, [&](const store::SampleRow& row) {
    if (!row.generation.error.empty()) return true;
    const json line = sample_line(row, task.pass.facts.spec.decoding);
    for (const char* key : {"doc_hash", "prompt_hash", "target_hash"}) {
      hashes += line[key].get<std::string>();
    }
    lines += dump_json(line) + "\n";
    return true;
  }));
  root["task_hashes"][name] = sha256_hex(hashes);
  return job.write(file, lines);
}

}  // namespace

Status export_lm_eval(ExportJob& job) {
  const core::ModelInfo& model = job.results.model;
  const auto dir = job.out / sanitized(model.name);
  const std::string time = stamp(job.results);
  json root = {{"results", json::object()},
               {"git_hash", nullptr},
               {"task_hashes", json::object()},
               {"model_source", model.kind},
               {"model_name", model.name},
               {"model_name_sanitized", sanitized(model.name)},
               {"system_instruction", nullptr},
               {"fewshot_as_multiturn", true},
               {"chat_template_sha", model.template_hash}};
  for (const run::TaskResults& task : job.results.tasks) {
    add_task(task, root);
    const core::Decoding& decoding = task.pass.facts.spec.decoding;
    root["config"] = {{"model", model.kind},
                      {"model_args", model.spec},
                      {"batch_size", nullptr},
                      {"device", nullptr},
                      {"limit", task.subset() ? json(task.pass.facts.limit) : json(nullptr)},
                      {"bootstrap_iters", 2000},
                      {"gen_kwargs", core::to_json(decoding)},
                      {"random_seed", decoding.seed},
                      {"fewshot_seed", 1}};
    const std::string name = file_part(task.pass.facts.spec.task);
    CLUE_OK(write_samples(job, task, dir / fmt::format("samples_{}_{}.jsonl", name, time), root));
  }
  return job.write(dir / fmt::format("results_{}.json", time), dump_json(root, 2) + "\n");
}

}  // namespace clue::report
