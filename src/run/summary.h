// From the scores of single samples to the numbers of a task: mean, 95 % interval, what is missing.
// Pure functions, used by score_pass; the report shows exactly these.
#pragma once

#include <string>
#include <vector>

#include "core/types.h"
#include "tasks/task.h"

namespace clue::run {

/// One sample's scores with what decides denominator and resampling.
struct ScoredSample {
  std::string cluster;  ///< resampled together
  core::AnswerStatus status = core::AnswerStatus::answered;
  std::vector<core::Score> scores;
};

/// One Summary for each metric, in the task's order, then metrics the task does not name. Status
/// `error` is missing; everything else counts (none, cut and refused with the score that the metric
/// gave them). A metric that no sample could get (no encoder) has no mean and says why. Interval:
/// percentile bootstrap over clusters, 2,000 draws, seed 1. clue-2024 aggregates as the published
/// script of the task does: the first sample two times, or the mean as text with two decimals.
[[nodiscard]] std::vector<core::Summary> summarize(const tasks::TaskFile& task,
                                                   const std::vector<ScoredSample>& samples,
                                                   core::RuleSet rules);

}  // namespace clue::run
