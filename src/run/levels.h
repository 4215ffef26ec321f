// CLUE's level scores from task scores (protocol, section 3): a task's score is the mean of its
// headline metrics, a level's the mean of its three tasks; LongHealth's score is the mean of its
// three accuracies. Pure functions; used by results.json, the table and the board.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clue::run {

/// Headline values of one task on any scale (0..1 or percent), in any order; nullopt: missing.
using Headlines = std::map<std::string, std::vector<std::optional<double>>, std::less<>>;

/// Mean of the values; nullopt if there is none or one is missing (never a mean over the rest).
[[nodiscard]] std::optional<double> task_score(const std::vector<std::optional<double>>& values);

/// Level 1 (mednli, meqsum, problemsummary) or 2 (medisumcode, medisumqa, longhealth-1..3). nullopt
/// while anything is missing. Keys are task names; others are ignored.
[[nodiscard]] std::optional<double> level_score(int level, const Headlines& headlines);

}  // namespace clue::run
