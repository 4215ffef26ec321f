// `clue metric NAME`: JSON Lines {"prediction","reference"} in, one JSON object of scores a line
// out, in the same order. Used by cli/cmd_metric.cc and by programs that only want the metrics. Not
// thread-safe on one pair of streams.
//
//   MetricPipe pipe{.name = "rouge"};
//   CLUE_TRY(PipeCount n, run_metric(pipe, std::cin, std::cout));   // n.bad lines had no usable
//   input
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "metrics/icd_table.h"

namespace clue::metrics {

/// One line of input. `references` holds a string as one entry, a list as it is.
struct PipePair {
  std::string prediction;
  std::vector<std::string> references;
  bool reference_is_list = false;
  std::vector<std::string>
      options;           ///< "options" (choice) or "labels" (label) of the line, if given
  std::size_t line = 0;  ///< 1-based
};

/// Scores of some pairs: one JSON object each. Error: the metric as a whole cannot go on.
using PipeScorer =
    std::function<Result<std::vector<nlohmann::ordered_json>>(std::span<const PipePair>)>;

struct PipeCount {
  std::size_t lines = 0;
  std::size_t bad = 0;  ///< lines answered by {"error": "line 3: ..."}
};

/// Reads pairs (split at '\n' only; blank lines are skipped), scores them `chunk` at a time,
/// prints. Numbers are printed with all digits (round trip), missing ones as null.
[[nodiscard]] Result<PipeCount> run_pipe(const PipeScorer& scorer, std::size_t chunk,
                                         std::istream& in, std::ostream& out);

/// Options of `clue metric`. `model`, `layer` and the like are bertscore's.
struct MetricPipe {
  std::string name;  ///< rouge, icd, label, choice, squad, bertscore
  core::RuleSet rules = core::RuleSet::corrected;
  bool rouge_stemmer = false;
  bool rouge_unicode = false;
  std::vector<std::string> labels = {"entailment", "neutral", "contradiction"};
  std::size_t option_count = 6;  ///< choice: letters from A on, when a line has no options
  std::shared_ptr<const IcdTable> icd_table = {};  ///< null: the rule set's
  std::string model = {};                          ///< encoder: a GGUF or a Hugging Face folder
  int layer = 0;                                   ///< 0: the model's default
  bool idf = false;
  std::string baseline = {};
  int threads = 1;
};

/// Error: what opening the model gives, or invalid_argument for an unknown
/// name, listing those there are.
[[nodiscard]] Result<PipeScorer> metric_scorer(const MetricPipe& options);
[[nodiscard]] Result<PipeCount> run_metric(const MetricPipe& options, std::istream& in,
                                           std::ostream& out);

}  // namespace clue::metrics
