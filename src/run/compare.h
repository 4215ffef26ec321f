// Paired comparison of two runs over the samples both have. Used by `clue compare` and the page.
// Reads the stores only; the same stores, options and seed give the same numbers.
//
//   CLUE_TRY(RunComparison c, compare_runs(store_a, store_b, rules));
//   for (const TaskComparison& t : c.tasks) for (const MetricComparison& m : t.metrics) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "metrics/stats.h"
#include "store/run_store.h"

namespace clue::run {

/// One metric of one task, A minus B, all on a 0..1 scale.
struct MetricComparison {
  std::string metric;
  bool headline = false;
  double mean_a = 0, mean_b = 0;  ///< over the common samples only
  metrics::PairedTest test;       ///< difference with interval, p values, n, clusters
  double p_holm = 1;  ///< p_sign_flip, Holm-corrected over all headline metrics compared; others:
                      ///< uncorrected
  std::optional<double> detectable;  ///< smallest difference found with 80 % power
  double effect = 0;                 ///< mean difference in standard deviations of the differences
  bool right_or_wrong = false;       ///< every value is 0 or 1; the counts below hold
  std::size_t both_right = 0, only_a = 0, only_b = 0, both_wrong = 0;
  double p_mcnemar = 1;
};

/// A sample on which the first headline metric changed most.
struct Flip {
  std::string sample;
  int repeat = 0;
  double a = 0, b = 0;
};

struct TaskComparison {
  std::string task;
  std::size_t common = 0;
  std::size_t only_in_a = 0, only_in_b = 0;
  std::size_t other_data = 0;             ///< same id, but other text or reference: not common
  std::size_t without_answer = 0;         ///< an infrastructure error on either side: left out
  std::size_t different_prompt = 0;       ///< common, but the model was asked in other words
  std::string spec_differences;           ///< what sets the two runs apart, "" for nothing
  std::vector<MetricComparison> metrics;  ///< in A's report order
  std::vector<Flip> flips;                ///< largest change first, at most CompareOptions::flips
};

struct RunComparison {
  core::ModelInfo model_a, model_b;
  core::RuleSet rules = core::RuleSet::corrected;
  std::vector<TaskComparison> tasks;        ///< those that both have
  std::vector<std::string> only_a, only_b;  ///< tasks of one run alone
};

struct CompareOptions {
  std::size_t draws = 10000;
  std::uint64_t seed = 1;
  std::size_t flips = 50;
};

/// Error: invalid_argument when a run is not scored under `rules`, when the runs share no task or
/// no sample, or when a metric's signatures differ (names both and the remedy).
[[nodiscard]] Result<RunComparison> compare_runs(store::RunStore& a, store::RunStore& b,
                                                 core::RuleSet rules,
                                                 const CompareOptions& options = {});

}  // namespace clue::run
