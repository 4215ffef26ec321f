// Small dense products for the spaCy encoder: a weight matrix packed once, applied to rows of
// floats. AVX2 and FMA where the processor has them, plain loops elsewhere. Pure; immutable.
//
//   PackedMatrix w(weights, outputs, inputs);          // weights[o][i]
//   w.apply(x, rows, stride, y);                       // y[r][o] = sum_i w[o][i] x[r*stride + i]
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace clue::concepts {

class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// `weights`: outputs x inputs, row by row.
  PackedMatrix(std::span<const float> weights, std::size_t outputs, std::size_t inputs);

  [[nodiscard]] std::size_t outputs() const { return outputs_; }
  [[nodiscard]] std::size_t inputs() const { return inputs_; }
  /// Floats between rows of y: outputs rounded up to 16; the rest of a row is zero.
  [[nodiscard]] std::size_t stride() const { return (outputs_ + 15) / 16 * 16; }
  /// Requires: x holds rows of `inputs` floats `x_stride` apart; y holds rows * stride() floats.
  void apply(const float* x, std::size_t rows, std::size_t x_stride, float* y) const;

 private:
  std::size_t outputs_ = 0;
  std::size_t inputs_ = 0;
  std::vector<float> packed_;  // panels of 16 outputs: [panel][input][16]
};

}  // namespace clue::concepts
