// Dense products of floats on the processor: a weight matrix packed once, applied to rows. AVX-512,
// AVX2 or plain loops, chosen when the program runs. A row's result does not depend on how many
// rows are asked together, to the last bit: every output is one chain of fused multiply-adds over
// the inputs in order. Used by the encoders. Pure; a PackedMatrix is immutable.
//
//   PackedMatrix w(weights, outputs, inputs);               // weights[o][i]
//   std::vector<float> y(rows * w.stride());
//   w.apply(x, rows, inputs, y.data());                     // y[r][o] = sum_i w[o][i] x[r][i]
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace clue {

/// Outputs stand in panels: [panel][input][kPanel], missing ones zero.
inline constexpr std::size_t kPanel = 32;
[[nodiscard]] constexpr std::size_t panels_of(std::size_t outputs) {
  return (outputs + kPanel - 1) / kPanel;
}
[[nodiscard]] constexpr std::size_t padded(std::size_t outputs) {
  return panels_of(outputs) * kPanel;
}

/// weights[o][i] at weights[o * stride + i] -> panels. Requires: room for padded(outputs) * inputs.
void pack_panels(const float* weights, std::size_t outputs, std::size_t inputs, std::size_t stride,
                 float* packed);

/// Requires: rows of x `x_stride` apart; rows of y `y_stride` apart, at least panels * kPanel long.
void multiply_panels(const float* x, std::size_t rows, std::size_t x_stride, const float* packed,
                     std::size_t panels, std::size_t inputs, float* y, std::size_t y_stride);

class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// `weights`: outputs x inputs, row by row.
  PackedMatrix(std::span<const float> weights, std::size_t outputs, std::size_t inputs);

  [[nodiscard]] std::size_t outputs() const { return outputs_; }
  [[nodiscard]] std::size_t inputs() const { return inputs_; }
  /// Floats between rows of y: outputs rounded up to kPanel; the rest of a row is zero.
  [[nodiscard]] std::size_t stride() const { return padded(outputs_); }
  void apply(const float* x, std::size_t rows, std::size_t x_stride, float* y) const {
    multiply_panels(x, rows, x_stride, packed_.data(), panels_of(outputs_), inputs_, y, stride());
  }

 private:
  std::size_t outputs_ = 0;
  std::size_t inputs_ = 0;
  std::vector<float> packed_;
};

/// What multiply_panels uses here: "avx512", "avx2", "plain".
[[nodiscard]] const char* gemm_kernel();

}  // namespace clue
