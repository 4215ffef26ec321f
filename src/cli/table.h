// Plain text tables for the terminal, and the one table of a run's results. Widths are counted in
// code points. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "run/derive.h"

namespace clue::cli {

/// Columns separated by two spaces; the first is left-aligned, those named in `right` to the right.
[[nodiscard]] std::string format_table(const std::vector<std::string>& header,
                                       const std::vector<std::vector<std::string>>& rows,
                                       const std::vector<bool>& right);

/// One line for each metric: model, task, metric, score in percent, 95 % interval, n, and how many
/// samples were unparsed, cut, refused or failed. Marks EXAMPLES, SUBSET and incomplete tasks.
[[nodiscard]] std::string results_table(const std::vector<run::RunResults>& runs);

/// "45.72", "-" for a missing value.
[[nodiscard]] std::string percent(const std::optional<double>& value);

}  // namespace clue::cli
