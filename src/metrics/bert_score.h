// BERTScore (T. Zhang et al., 2020) with the semantics of PyPI bert_score 0.3.13 on a native
// encoder. Used by the text tasks and `clue metric bertscore`. One score() at a time.
//
//   CLUE_TRY(BertScorer s, BertScorer::open("scibert.gguf", {.layer = 0}));   // 0: the model's
//   default CLUE_TRY(auto scores, s.score(predictions, references)); if (scores[0].f1)
//   use(*scores[0].f1); else explain(scores[0].why);
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "metrics/bert_encoder.h"

namespace clue::metrics {

/// Layer that bert_score (or the benchmark's own fork: Bio_ClinicalBERT 9) uses for a model, by its
/// hub name with or without owner, or a folder or file name that holds it. nullopt: not in the
/// table.
[[nodiscard]] std::optional<int> default_bert_layer(std::string_view model_name);

/// Language an encoder was trained on, by the same kind of name: "en", "de", "multi"; "": unknown.
[[nodiscard]] std::string_view encoder_language(std::string_view model_name);

struct BertScoreOptions {
  int layer = 0;                   ///< 0: default_bert_layer of the model's name
  bool idf = false;                ///< weights from the references of one score() call
  std::filesystem::path baseline = {};  ///< rows LAYER, P, R, F; empty: no rescaling
  /// clue-2024: padding counts as similarity 0 within batches of 64 in input order, and a text
  /// longer than the model's positions fails unless the tokenizer declares a maximum. corrected:
  /// each pair on its own; long texts are cut and counted.
  core::RuleSet rules = core::RuleSet::corrected;
  int threads = 1;
};

struct BertScore {
  std::optional<double> p, r, f1;
  std::string why;   ///< why a number is missing (the reference gives NaN or raises)
  int cut = 0;      ///< sides that were longer than the model's positions: 0, 1, 2
};

class BertScorer {
 public:
  /// Error: not_found, data; invalid_argument when the layer is unknown or too high.
  [[nodiscard]] static Result<BertScorer> open(const std::filesystem::path& model,
                                               BertScoreOptions options);
  /// Requires: equal sizes. `rules` replaces the option. Equal texts are encoded once. With
  /// `corrected` and no idf the result of a pair does not depend on the other pairs.
  [[nodiscard]] Result<std::vector<BertScore>> score(std::span<const std::string> predictions,
                                                     std::span<const std::string> references,
                                                     std::optional<core::RuleSet> rules = {});

  /// "bertscore|bert_score 0.3.13|model:NAME|sha256:...|layer:8|idf:no|rescale:no|f32|rules:...|
  /// cut:0" of the last score(); cut counts distinct texts.
  [[nodiscard]] std::string signature() const { return signature(cut_); }
  /// The same for a part of the texts, of which `cut` were cut.
  [[nodiscard]] std::string signature(std::size_t cut) const;
  [[nodiscard]] int layer() const { return options_.layer; }
  [[nodiscard]] const BertEncoder& encoder() const { return encoder_; }
  /// Texts cut in the last score().
  [[nodiscard]] std::size_t cut_count() const { return cut_; }

 private:
  BertScorer(BertEncoder encoder, BertScoreOptions options);

  BertEncoder encoder_;
  BertScoreOptions options_;
  std::optional<std::vector<double>> baseline_;  ///< P, R, F
  std::size_t cut_ = 0;
};

}  // namespace clue::metrics
