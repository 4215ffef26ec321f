#include "cli/run_flags.h"

#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "base/files.h"
#include "base/text.h"
#include "cli/number_checks.h"
#include "core/names.h"

namespace clue::cli {

void declare_run_flags(CLI::App& app, RunFlags& f) {
  app.add_option("-m,--model,--model-args", f.models,
                 "FILE.gguf, hf:ORG/NAME, http(s)://HOST/v1#MODEL (several\n"
                 "endpoints with commas), baseline:majority|random|lexical,\n"
                 "replay:FILE; repeat for several")
      ->take_all();
  app.add_option("-t,--task,--tasks", f.tasks, "names with commas, all, or a task.yaml; repeatable")
      ->join(',');
  app.add_option("-o,--output,--output-path", f.out, "run folder (default: runs/MODEL)");
  app.add_option("--config", f.config, "runs.yaml: the same keys as these flags, several runs");
  app.add_option("--data", f.data, "data folder, or TASK=FILE; repeatable")->take_all();
  app.add_option("--limit", f.limit, "only the first N samples: the run is marked SUBSET")
      ->check(non_negative());
  app.add_option("--shots,--num-fewshot", f.shots, "few-shot examples (default: the task's)")
      ->check(non_negative());
  app.add_option("--prompts", f.prompts,
                 "wording (default: default); several with commas, or all: a run\nfolder for each")
      ->join(',');
  app.add_option("--rules", f.rules, "corrected (default) or clue-2024")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_option("--answer", f.answer,
                 "text (default), or logprob: label and option tasks are also ranked by\n"
                 "log-likelihood (servers: labels and letters, by their first token)")
      ->check(CLI::IsMember({"text", "logprob"}));
  app.add_option("--temperature", f.decoding.temperature, "0 (default): greedy decoding")
      ->check(non_negative());
  app.add_option("--top-p", f.decoding.top_p, "nucleus sampling (default 1)")->check(share());
  app.add_option("--top-k", f.decoding.top_k, "0 (default): off")->check(non_negative());
  app.add_option("--seed", f.decoding.seed, "LongHealth's draws and sampling (default 1)")
      ->check(non_negative());
  app.add_option("--max-tokens", f.decoding.max_tokens, "answer length (default: the task's)")
      ->check(non_negative());
  app.add_option("--max-reasoning-tokens", f.decoding.max_reasoning_tokens,
                 "extra for <think> blocks")
      ->check(non_negative());
  app.add_option("--max-tokens-total", f.max_tokens_total,
                 "stop cleanly after so many generated tokens")
      ->check(non_negative());
  app.add_option("--repeats", f.repeats, "ask each prompt N times")->check(positive());
  app.add_option("--overflow", f.overflow,
                 "prompt too long: error, skip, cut-documents, cut-middle")
      ->check(CLI::IsMember({"error", "skip", "cut-documents", "cut-middle"}));
  app.add_option("--longhealth-limit", f.longhealth_limit,
                 "token limit of LongHealth task 1 (8140)")
      ->check(non_negative());
  declare_resource_flags(app, f.resources);
  app.add_option("--shard", f.shard,
                 "I/N: this process's part, I from 0 (default: from Slurm);\n"
                 "clue merge joins the parts");
  declare_engine_flags(app, f.engine);
  app.add_option("--concurrency", f.concurrency,
                 "servers: requests in flight, at most 256 (default: adaptive)")
      ->check(CLI::Range(1, 256));
  app.add_option("--request-timeout", f.request_timeout,
                 "servers: seconds for one answer (default 600)")
      ->check(positive());
  app.add_option("--max-retries", f.max_retries,
                 "servers: tries again for one sample, and for a dead server (default 5)")
      ->check(CLI::Range(0, 1000));
  app.add_option("--tokenizer", f.tokenizer,
                 "servers without a tokenize endpoint: FILE.gguf with the vocabulary");
  app.add_option("--allow-remote", f.allow_remote,
                 "send credentialed or private text to another machine, and why;\n"
                 "the reason is kept with the run")
      ->check(CLI::Validator(
          [](const std::string& why) {
            return trim(why).empty() ? std::string("--allow-remote needs a reason") : "";
          },
          ""));
  app.add_flag("--with-text", f.with_text, "derived files show guarded text");
  app.add_flag("--dry-run", f.dry_run, "print samples, prompts and tokens; ask nothing");
  app.add_flag("--json", f.json, "results as JSON on stdout");
}

Result<core::RuleSet> RunFlags::rule_set() const {
  if (const auto value = core::from_name<core::RuleSet>(rules)) return *value;
  return Error{ErrorCode::invalid_argument, "--rules " + rules + ": use corrected or clue-2024"};
}

Result<core::Overflow> RunFlags::overflow_policy() const {
  if (const auto value = core::from_name<core::Overflow>(overflow)) return *value;
  return Error{ErrorCode::invalid_argument,
               "--overflow " + overflow + ": use error, skip, cut-documents or cut-middle"};
}

Result<run::Shard> RunFlags::shard_part() const {
  run::Shard part;
  const std::string& text = shard;
  if (text.empty()) return part;
  const char* end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, part.index);
  const bool slash = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  const auto count = slash ? std::from_chars(index.ptr + 1, end, part.count) : index;
  if (!slash || count.ec != std::errc() || count.ptr != end || part.index < 0 || part.count < 1 ||
      part.index >= part.count) {
    return Error{ErrorCode::invalid_argument,
                 "--shard " + text + ": use I/N with 0 <= I < N, as in 0/4"};
  }
  return part;
}

models::ModelOptions RunFlags::model_options() const {
  models::ModelOptions o;
  engine.apply(o);
  o.stop = interrupted();
  o.concurrency = concurrency;
  o.request_timeout = request_timeout;
  o.max_retries = max_retries;
  o.tokenizer = tokenizer;
  o.seed = decoding.seed;
  o.environment = model_environment();
  o.api_key = env("OPENAI_API_KEY");
  return o;
}

namespace {

Error yaml_error(const std::string& path, const YAML::Node& node, const std::string& what) {
  return {ErrorCode::data, path + ":" + std::to_string(node.Mark().line + 1) + ": " + what};
}

void append_flag(const std::string& flag, const std::string& value, Args& args) {
  if (flag.starts_with("--")) {
    args.push_back(flag + "=" + value);
  } else {
    args.insert(args.end(), {flag, value});
  }
}

/// One map of keys to arguments: "limit: 50" -> "--limit=50", lists repeat the flag.
Status append_flags(const YAML::Node& map, const std::string& path, Args& args) {
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>();
    if (key == "runs") continue;
    const std::string flag = (key.size() == 1 ? "-" : "--") + key;
    const YAML::Node& value = entry.second;
    if (value.IsSequence()) {
      for (const YAML::Node& item : value) {
        if (!item.IsScalar()) return yaml_error(path, item, key + ": expected a plain value");
        append_flag(flag, item.as<std::string>(), args);
      }
    } else if (value.IsScalar()) {
      const auto text = value.as<std::string>();
      if (text == "true") {
        args.push_back(flag);
      } else if (text != "false") {
        append_flag(flag, text, args);
      }
    } else {
      return yaml_error(path, value, key + ": expected a value or a list of values");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Args>> read_runs_file(const std::string& path) {
  CLUE_TRY(std::string text, read_file(path));
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) return Error{ErrorCode::data, path + ": expected a map of flags"};
    std::vector<Args> all;
    if (!root["runs"]) {
      Args args;
      CLUE_OK(append_flags(root, path, args));
      all.push_back(std::move(args));
      return all;
    }
    if (!root["runs"].IsSequence()) return yaml_error(path, root["runs"], "runs: expected a list");
    for (const YAML::Node& run : root["runs"]) {
      if (!run.IsMap()) return yaml_error(path, run, "runs: each entry is a map of flags");
      YAML::Node merged = YAML::Clone(root);
      merged.remove("runs");
      for (const auto& entry : run) merged[entry.first.as<std::string>()] = entry.second;
      Args args;
      CLUE_OK(append_flags(merged, path, args));
      all.push_back(std::move(args));
    }
    return all;
  } catch (const YAML::Exception& e) {
    return Error{ErrorCode::data, path + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg};
  }
}

}  // namespace clue::cli
