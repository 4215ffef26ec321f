// The row operations of a BERT layer besides the matrix products: activation, softmax, and the
// normalisation of a sum. Rows are `stride` floats apart, a multiple of 32; what lies behind the
// real width is zero before and after. AVX-512, AVX2 or plain, with the same results lane by lane.
// Internal to BertEncoder. Pure functions.
//
//   activate(Activation::gelu, up, rows, stride, bias);
#pragma once

#include <cstddef>

namespace clue::metrics {

/// gelu uses the error function (within 4e-7 of it), gelu_new the hyperbolic tangent.
enum class Activation { gelu, gelu_new, relu };

/// x = f(x + bias). Requires: bias holds `stride` floats.
void activate(Activation f, float* x, std::size_t rows, std::size_t stride, const float* bias);

/// The first n of each row become exp(scale * (x - max)), scaled to sum 1; the rest is untouched.
/// Requires: n <= stride.
void softmax(float* x, std::size_t rows, std::size_t stride, std::size_t n, float scale);

/// A row normalised to mean 0 and variance 1, times gain, plus shift. gain and shift hold `stride`
/// floats, zero behind `width`.
struct Norm {
  const float* gain = nullptr;
  const float* shift = nullptr;
  float eps = 1e-12F;
};
/// out = norm(x + bias + residual). Each may be out; bias may be null.
void add_and_norm(const float* x, const float* bias, const float* residual, const Norm& norm,
                  std::size_t rows, std::size_t width, std::size_t stride, float* out);

}  // namespace clue::metrics
