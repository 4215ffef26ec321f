// The transition scorer shared by spaCy's parser and NER: precomputed token contributions, summed
// per state, one maxout and one linear layer. Used by SpacyPipeline. One per thread.
//
//   CLUE_TRY(TransitionScorer s, TransitionScorer::from_model(model, classes));
//   s.start(vectors, n);  std::span<const float> scores = s.score(feature_tokens);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/gemm.h"
#include "base/result.h"
#include "concepts/spacy_model.h"

namespace clue::concepts {

class TransitionScorer {
 public:
  /// Error: data, naming file and the part that is missing (for one, no upper layer).
  [[nodiscard]] static Result<TransitionScorer> from_model(const ThincModel& m, std::size_t classes,
                                                           std::size_t features);
  [[nodiscard]] std::size_t input_width() const { return reduce_.inputs(); }
  /// Takes n rows of input_width() floats.
  void start(const float* vectors, std::size_t n);
  /// Scores of all classes for a state given by its feature tokens (-1: none).
  [[nodiscard]] std::span<const float> score(std::span<const int> tokens);

 private:
  [[nodiscard]] const float* contribution(int token, std::size_t feature);

  PackedMatrix reduce_;  // tok2vec width -> hidden input
  std::vector<float> reduce_bias_;
  std::vector<PackedMatrix> lower_;  // one per feature: hidden input -> pieces x hidden
  std::vector<float> lower_bias_, pad_;
  PackedMatrix upper_;
  std::vector<float> upper_bias_;
  std::size_t hidden_ = 0, pieces_ = 0;
  std::vector<float> reduced_, cache_, sum_, scores_;
  std::vector<char> cached_;
  std::size_t n_ = 0;
};

/// Number of the first highest score among the valid classes; -1: none is valid.
template <typename Valid>
[[nodiscard]] int best_class(std::span<const float> scores, const Valid& valid) {
  int best = -1;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (valid(i) && (best < 0 || scores[i] > scores[static_cast<std::size_t>(best)])) {
      best = static_cast<int>(i);
    }
  }
  return best;
}

}  // namespace clue::concepts
