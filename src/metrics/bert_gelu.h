// x + bias, then GELU with the error function, over rows of floats: the vectorised inner loop of
// the BERT feed-forward (ggml's own is scalar). Pure functions; compiled for this machine.
#pragma once

#include <cstddef>

namespace clue::metrics {

/// out[i] = gelu(x[i] + bias[i]), |error| < 4e-7 on erf. out may be x.
void gelu_erf_row(float* out, const float* x, const float* bias, std::size_t n);
/// The tanh form ("gelu_new").
void gelu_tanh_row(float* out, const float* x, const float* bias, std::size_t n);

}  // namespace clue::metrics
