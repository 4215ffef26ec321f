// Paired comparison of two runs over the samples both have: differences with clustered intervals,
// flips, what is not common and why. `clue compare` and the report's Compare view use it. Pure.
//
//   CLUE_TRY(auto all, compare_runs(runs, {.pairs = {{1, 0}}}));
//   for (const ComparisonInput& c : all) if (!c.refused.empty()) say(c.refused);
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "report/input.h"

namespace clue::report {

struct CompareOptions {
  /// (first, second) run of each pair; differences are first - second. Empty: all pairs for up to
  /// five runs, else only those whose model detail "base_model" names the other, tuned first.
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::size_t draws = 2000;
  bool one_family = false;  ///< Holm over all pairs together, not over each pair
};

/// One comparison for each task that both runs of a pair have. Different rules or metric
/// signatures: `refused`. Only samples with the same text and reference are paired. Holm's
/// correction runs over the headline metrics of all tasks of a pair. Every pass is read once.
[[nodiscard]] Result<std::vector<ComparisonInput>> compare_runs(const std::vector<RunInput>& runs,
                                                                const CompareOptions& options = {});

/// The same comparisons for people and papers; `runs` are those they were made of.
[[nodiscard]] std::string comparison_text(const std::vector<ComparisonInput>& all,
                                          const std::vector<RunInput>& runs);
[[nodiscard]] std::string comparison_markdown(const std::vector<ComparisonInput>& all,
                                              const std::vector<RunInput>& runs);
/// A booktabs tabular of the headline metrics, with a comment on how it was made.
[[nodiscard]] std::string comparison_latex(const std::vector<ComparisonInput>& all,
                                           const std::vector<RunInput>& runs);
/// As in report.json, with the runs' names and folders beside.
[[nodiscard]] nlohmann::ordered_json comparisons_json(const std::vector<ComparisonInput>& all,
                                                      const std::vector<RunInput>& runs);

}  // namespace clue::report
