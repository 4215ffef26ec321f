// Chooses the next token from logits: greedy, or seeded sampling with top-k, top-p, min-p and
// temperature (in this order; filters see the distribution at temperature 1 as llama.cpp's default
// chain does). Pure arithmetic in double with fixed order: the same logits and seed give the same
// token on every machine with IEEE doubles and the same libm. One object per answer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/types.h"

namespace clue::models {

class Sampler {
 public:
  /// decoding.seed is the sample's own seed.
  explicit Sampler(const core::Decoding& decoding);

  /// Index of the chosen logit; ties go to the lower index. NaN logits are never chosen.
  /// Requires: logits not empty.
  [[nodiscard]] int choose(std::span<const float> logits);

 private:
  [[nodiscard]] double next_uniform();

  core::Decoding decoding_;
  std::uint64_t state_;
  std::vector<int> order_;
  std::vector<double> weights_;
};

/// log softmax(logits)[index], summed in double.
[[nodiscard]] double log_probability(std::span<const float> logits, int index);

}  // namespace clue::models
