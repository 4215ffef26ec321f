// What a report is made of: runs with their passes, read from stores (read_run) or made in a test.
// Pure data plus one visitor; nothing here prints.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "store/run_store.h"

namespace clue::report {

struct PassInput {
  store::PassRow row;
  core::RuleSet rules = core::RuleSet::corrected;
  std::vector<core::Summary> summaries;
  /// Samples by AnswerStatus, where they are known without a walk.
  std::optional<std::array<std::size_t, 6>> statuses = {};
  /// Visits the samples in evaluation order, scores and answers of `rules`; may be called often.
  std::function<Status(const std::function<bool(const store::SampleRow&)>&)> samples;
};

struct RunInput {
  std::string folder;  ///< as given by the user
  std::vector<PassInput> passes;
};

/// One metric of a paired comparison; differences are a - b on the 0..1 scale.
struct MetricDifference {
  std::string metric;
  std::string title = {};  ///< with what pins it: "Concept F1 (ICD-10-CM 2025, dictionary)"
  bool headline = false;
  std::size_t family = 0;  ///< tests that p_holm is corrected for; 0: not corrected
  std::size_t n = 0;
  std::optional<double> mean_a, mean_b, diff, low, high, p, p_holm, effect, detectable;
  std::string test;
  std::string why;
};

/// Samples that are not compared, by reason.
struct Uncommon {
  std::string why;
  std::size_t count = 0;
  std::vector<std::string> samples;  ///< the first ten
};

/// Two passes of one task over their common samples. `a`, `b` index passes: run, pass.
struct ComparisonInput {
  std::size_t run_a = 0, pass_a = 0, run_b = 0, pass_b = 0;
  std::string refused;  ///< why the two must not be compared; then nothing else counts
  std::size_t common = 0, only_a = 0, only_b = 0;
  std::size_t other_text = 0;    ///< same id, another text or reference: not common
  std::size_t other_prompt = 0;  ///< of the common: asked with another prompt
  std::vector<Uncommon> uncommon;
  std::vector<std::string> notes;
  bool has_flips = false;
  std::string flips_metric;
  std::size_t both = 0, first = 0, second = 0, neither = 0;
  std::vector<MetricDifference> metrics;
};

struct ReportOptions {
  std::string title = "CLUE evaluation";
  std::string generator = "clue";
  std::string generated;          ///< UTC, ISO 8601
  std::optional<bool> with_text;  ///< unset: only when every pass's data is open
  long revision = 0;              ///< changes whenever the runs do (live view)
  std::vector<ComparisonInput> comparisons;
  /// (base, tuned) runs that the user named; drawn beside those the models' details name.
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
};

/// Reads every pass of a run folder. `rules` unset: each rule set that has summaries.
/// Error: the folder is not a run, or a newer schema.
[[nodiscard]] Result<RunInput> read_run(const std::filesystem::path& folder,
                                        std::optional<core::RuleSet> rules = {});

}  // namespace clue::report
