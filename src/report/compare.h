// Paired comparison of two passes of one task over their common samples: differences with clustered
// intervals, flips, what is not common. `clue compare` and the report's Compare view use it. Pure.
//
//   CLUE_TRY(ComparisonInput c, compare_passes(runs, {0, 0}, {1, 0}));
//   if (!c.refused.empty()) say(c.refused);
#pragma once

#include <cstddef>
#include <vector>

#include "report/input.h"

namespace clue::report {

struct PassRef {
  std::size_t run = 0;
  std::size_t pass = 0;
};

/// Requires: both passes have the same task. Different rules or metric signatures: `refused`.
/// Holm's correction runs over the metrics of this comparison.
[[nodiscard]] Result<ComparisonInput> compare_passes(const std::vector<RunInput>& runs, PassRef a,
                                                     PassRef b, std::size_t draws = 10000);

/// All pairs of runs for up to five runs, else only pairs whose model detail "base_model" names the
/// other; one comparison for each task and rule set both have.
[[nodiscard]] Result<std::vector<ComparisonInput>> compare_runs(const std::vector<RunInput>& runs,
                                                                std::size_t draws = 2000);

}  // namespace clue::report
