// What a metric may need beyond the texts: an encoder for BERTScore, a dictionary and recogniser
// for concept F1, the ICD code table is built in. Each slot may be empty; then the metric's value
// is missing and says why. Filled by the command line, implemented in metrics and concepts.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"

namespace clue::tasks {

/// One pair to be scored.
struct TextPair {
  std::string_view prediction;
  std::string_view reference;
};

/// Precision, recall, F1 of one pair; missing values are nullopt with `why`.
struct PairScore {
  std::optional<double> precision, recall, f1;
  std::string why;
  std::string explanation;  ///< JSON for the report, e.g. matched concepts; may be empty
};

/// A metric over text pairs that needs a resource. Scores do not depend on batch or order, but
/// under clue-2024 where the published program's do.
class PairScorer {
 public:
  virtual ~PairScorer() = default;
  /// One PairScore for each pair, same order. Error: the resource failed as a whole.
  virtual Result<std::vector<PairScore>> score(std::span<const TextPair> pairs,
                                               core::RuleSet rules) = 0;
  /// Pins the numbers: model hash, layer, precision; dictionary, version, recogniser.
  [[nodiscard]] virtual std::string signature(core::RuleSet rules) const = 0;
  /// Metric name prefix: "bertscore", "umls", "concept".
  [[nodiscard]] virtual std::string name() const = 0;
};

struct MetricResources {
  PairScorer* bert_score = nullptr;
  std::string bert_score_why = "no encoder: clue run --encoder FILE gives one";
  PairScorer* concepts = nullptr;
  std::string concepts_why = "no concept dictionary is loaded";
  bool rouge_stemmer = false;
  bool rouge_unicode = false;
};

}  // namespace clue::tasks
