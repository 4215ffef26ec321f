// The flags of `clue run` as one struct; the same keys stand in runs.yaml. Used by cmd_run and dry
// runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/engine_flags.h"
#include "cli/resources.h"
#include "core/types.h"
#include "models/model.h"
#include "run/passes.h"

namespace clue::cli {

struct RunFlags {
  std::vector<std::string> models;
  std::string tasks;
  std::string out;
  std::string config;
  std::vector<std::string> data;
  int limit = 0;
  int shots = -1;
  std::string prompts = "default";
  std::string rules = "corrected";
  EngineFlags engine;
  core::Decoding decoding;
  int repeats = 1;
  int concurrency = 0;
  std::string overflow = "error";
  int longhealth_limit = 0;
  ResourceFlags resources;
  std::string shard;
  std::string allow_remote;
  double request_timeout = 600;
  int max_retries = 5;
  std::string tokenizer;
  std::int64_t max_tokens_total = 0;  ///< 0: no limit
  std::string answer = "text";
  bool with_text = false;
  bool dry_run = false;
  bool json = false;
  std::string command_line;  ///< as typed, for the record

  [[nodiscard]] Result<core::RuleSet> rule_set() const;
  [[nodiscard]] Result<core::Overflow> overflow_policy() const;
  [[nodiscard]] Result<run::Shard> shard_part() const;
  [[nodiscard]] models::ModelOptions model_options() const;
};

/// Declares every flag, lm-eval's spellings included.
void declare_run_flags(CLI::App& app, RunFlags& flags);

/// runs.yaml -> one argument list for each run: top-level keys are defaults, each entry of `runs:`
/// overrides them. Error: file, line, key.
[[nodiscard]] Result<std::vector<Args>> read_runs_file(const std::string& path);

}  // namespace clue::cli
