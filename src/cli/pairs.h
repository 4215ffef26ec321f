// Reading run folders, and BASE=TUNED pairs of them, for compare and report.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/input.h"

namespace clue::cli {

struct PairedRuns {
  std::vector<report::RunInput> runs;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;  ///< (base, tuned) into runs
};

/// `folders` in order, then those that only `pairs` name; each folder is read once. Error: not a
/// run folder; a pair without "=".
[[nodiscard]] Result<PairedRuns> read_paired_runs(const std::vector<std::string>& folders,
                                                  const std::vector<std::string>& pairs,
                                                  std::optional<core::RuleSet> rules);

}  // namespace clue::cli
