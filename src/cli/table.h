// The one table of a run's results on the terminal; the numbers come from report/table.h. Pure
// functions.
#pragma once

#include <string>
#include <vector>

#include "report/format.h"
#include "run/derive.h"

namespace clue::cli {

using report::format_table;

/// One line for each metric as report::text_table writes it, then the level scores. `folders` tell
/// runs of one model apart.
[[nodiscard]] std::string results_table(const std::vector<run::RunResults>& runs,
                                        const std::vector<std::string>& folders = {});

}  // namespace clue::cli
