// Joining run folders: shards of one run, or tasks of one model that ran on several machines. Used
// by `clue merge`. No coordination is needed before: equal RunSpecs give equal pass keys.
//
//   CLUE_TRY(MergeReport report, merge_runs(folders, "whole"));
//   if (!report.complete()) tell(report.parts);
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/run_store.h"

namespace clue::run {

/// One task after merging.
struct MergedTask {
  std::string task;
  std::size_t planned = 0;
  std::size_t done = 0;                ///< generations in the new run, errors included
  std::size_t errors = 0;              ///< of these, without an answer
  std::size_t twice = 0;               ///< came from several runs; the first without error was kept
  std::size_t differing = 0;           ///< of these, with another text (sampling, another machine)
  std::vector<std::string> positions;  ///< first few missing evaluation positions, "17", "40-63"
  [[nodiscard]] bool complete() const { return done >= planned && errors == 0; }
};

struct MergeReport {
  std::vector<MergedTask> tasks;
  [[nodiscard]] bool complete() const;
};

/// Copies every generation into OUT (made if needed; may already hold part of the same run). Scores
/// are not copied: score_pass makes them over the whole. Error: not a run; or, before anything is
/// written, RunSpecs of one task that differ (names the members and both values), tasks that were
/// asked of different models, plans of different size.
[[nodiscard]] Result<MergeReport> merge_runs(std::span<const std::filesystem::path> runs,
                                             const std::filesystem::path& out);

/// "decoding.seed: 1 against 2; data_hash: ..." for two specs, "" when they are equal. Also used
/// to tell what sets two compared runs apart.
[[nodiscard]] std::string spec_differences(const core::RunSpec& a, const core::RunSpec& b);

}  // namespace clue::run
