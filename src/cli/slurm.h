// Which part of a run this process does, from what Slurm puts into the environment: the task of an
// srun step (SLURM_PROCID of SLURM_NTASKS), the element of a job array (SLURM_ARRAY_TASK_ID of
// SLURM_ARRAY_TASK_COUNT), or both. No process talks to another. Pure.
//
//   CLUE_TRY(auto part, slurm_shard(env));
//   if (part) folder /= shard_folder_name(*part);   // "shard-3-of-8"
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "run/passes.h"

namespace clue::cli {

using Environment = std::function<std::string(const char*)>;

/// nullopt: one process does all. The shell of a batch job is not a task of a step, so a program
/// started there without srun does all of it, whatever SLURM_NTASKS says. Error: numbers that make
/// no part (an array with gaps).
[[nodiscard]] Result<std::optional<run::Shard>> slurm_shard(const Environment& env);

[[nodiscard]] std::string shard_folder_name(const run::Shard& part);

}  // namespace clue::cli
