// Labels in free text (MedNLI and user tasks of kind `label`): the published accuracy and a reader
// that does not know the right answer; confusion matrix and macro F1. Pure functions.
//
//   core::Answer a = parse_label(text, {"entailment", "neutral", "contradiction"});
//   bool right = a.value == gold;
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

namespace clue::metrics {

/// clue-2024: the upper-cased label occurs exactly once (as a substring, counted without overlap)
/// in the upper-cased output, whatever else is said there.
[[nodiscard]] bool label_right_2024(std::string_view output, std::string_view gold);

/// corrected: whole words in any case; labels that are negated ("not entailment", "neither a nor
/// b", "non-a") do not count. The last statement that gives an answer ("the label is x", "Answer:
/// x", "therefore x", a last line of its own) decides; without one, the label that is left when all
/// agree. Several: none. Returns: status answered with `value` as it stands in `labels` and the
/// span it was read from, or none with a note.
[[nodiscard]] core::Answer parse_label(std::string_view output,
                                       std::span<const std::string> labels);

/// counts[g][p]: gold label g answered as p; column labels.size() holds "no answer".
struct Confusion {
  std::vector<std::string> labels;
  std::vector<std::vector<std::size_t>> counts;

  explicit Confusion(std::vector<std::string> names);
  /// An answer that is no label counts as no answer. Requires: gold is one of the labels.
  void add(std::string_view gold, std::string_view answer);
  [[nodiscard]] std::size_t total() const;
  [[nodiscard]] std::optional<double> accuracy() const;
  /// Mean F1 over the labels that occur as gold or answer; a label never right has F1 0.
  [[nodiscard]] std::optional<double> macro_f1() const;
};

}  // namespace clue::metrics
