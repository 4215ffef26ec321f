#include "cli/slurm.h"

#include <fmt/format.h>

#include <charconv>

namespace clue::cli {
namespace {

Result<int> number(const Environment& env, const char* name) {
  const std::string text = env(name);
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size() &&
      value >= 0) {
    return value;
  }
  return Error{ErrorCode::invalid_argument,
               fmt::format("{} is \"{}\", not a number; give --shard I/N yourself", name, text)};
}

/// Element of a job array: indices may start anywhere and have a step, but no gaps.
Result<run::Shard> array_part(const Environment& env) {
  run::Shard part;
  CLUE_TRY(part.index, number(env, "SLURM_ARRAY_TASK_ID"));
  CLUE_TRY(part.count, number(env, "SLURM_ARRAY_TASK_COUNT"));
  if (!env("SLURM_ARRAY_TASK_MIN").empty()) {
    CLUE_TRY(const int first, number(env, "SLURM_ARRAY_TASK_MIN"));
    part.index -= first;
  }
  if (!env("SLURM_ARRAY_TASK_STEP").empty()) {
    CLUE_TRY(const int step, number(env, "SLURM_ARRAY_TASK_STEP"));
    if (step > 1 && part.index % step == 0) part.index /= step;
  }
  if (part.count >= 1 && part.index >= 0 && part.index < part.count) return part;
  return Error{ErrorCode::invalid_argument,
               fmt::format("job array element {} of {}: the array has gaps; use --array=0-{} or "
                           "give --shard I/N yourself",
                           env("SLURM_ARRAY_TASK_ID"), env("SLURM_ARRAY_TASK_COUNT"),
                           part.count > 0 ? part.count - 1 : 0)};
}

Result<run::Shard> step_part(const Environment& env) {
  run::Shard part;
  CLUE_TRY(part.index, number(env, "SLURM_PROCID"));
  const bool step_tells = !env("SLURM_STEP_NUM_TASKS").empty();
  CLUE_TRY(part.count, number(env, step_tells ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS"));
  if (part.count >= 1 && part.index < part.count) return part;
  return Error{ErrorCode::invalid_argument,
               fmt::format("SLURM_PROCID {} of {} tasks: not a part of a run; give --shard "
                           "I/N yourself",
                           part.index, part.count)};
}

}  // namespace

Result<std::optional<run::Shard>> slurm_shard(const Environment& env) {
  run::Shard part;
  if (!env("SLURM_ARRAY_TASK_ID").empty() && !env("SLURM_ARRAY_TASK_COUNT").empty()) {
    CLUE_TRY(part, array_part(env));
  }
  const bool batch_shell = !env("SLURM_JOB_ID").empty() && env("SLURM_STEP_ID").empty();
  if (!batch_shell && !env("SLURM_PROCID").empty() && !env("SLURM_NTASKS").empty()) {
    CLUE_TRY(const run::Shard step, step_part(env));
    part = {part.index * step.count + step.index, part.count * step.count};
  }
  if (part.count == 1) return std::optional<run::Shard>();
  return std::optional<run::Shard>(part);
}

std::string shard_folder_name(const run::Shard& part) {
  return fmt::format("shard-{}-of-{}", part.index, part.count);
}

}  // namespace clue::cli
