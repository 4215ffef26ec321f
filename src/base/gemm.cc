#include "base/gemm.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace clue {
namespace {

typedef float Vec8 __attribute__((vector_size(32), aligned(4)));
typedef float Vec16 __attribute__((vector_size(64), aligned(4)));

/// Rows x (2 vectors) outputs kept in registers; `w` steps a panel's width for each input.
template <typename Vec, std::size_t Rows>
[[gnu::always_inline]] inline void block(const float* x, std::size_t x_stride, const float* w,
                                         std::size_t inputs, float* y, std::size_t y_stride) {
  constexpr std::size_t kLanes = sizeof(Vec) / sizeof(float);
  Vec low[Rows] = {};
  Vec high[Rows] = {};
  for (std::size_t i = 0; i < inputs; ++i) {
    Vec a;
    Vec b;
    std::memcpy(&a, w + i * kPanel, sizeof(a));
    std::memcpy(&b, w + i * kPanel + kLanes, sizeof(b));
    for (std::size_t r = 0; r < Rows; ++r) {
      const float f = x[r * x_stride + i];
      low[r] += a * f;
      high[r] += b * f;
    }
  }
  for (std::size_t r = 0; r < Rows; ++r) {
    std::memcpy(y + r * y_stride, &low[r], sizeof(Vec));
    std::memcpy(y + r * y_stride + kLanes, &high[r], sizeof(Vec));
  }
}

/// All panels: the highest block first, then smaller ones for the rows that are left.
template <typename Vec, std::size_t Rows>
[[gnu::always_inline]] inline void all_panels(const float* x, std::size_t rows,
                                              std::size_t x_stride, const float* packed,
                                              std::size_t panels, std::size_t inputs, float* y,
                                              std::size_t y_stride) {
  constexpr std::size_t kStep = 2 * sizeof(Vec) / sizeof(float);
  for (std::size_t o = 0; o < panels * kPanel; o += kStep) {
    const float* w = packed + o / kPanel * kPanel * inputs + o % kPanel;
    float* out = y + o;
    std::size_t r = 0;
    for (; r + Rows <= rows; r += Rows) {
      block<Vec, Rows>(x + r * x_stride, x_stride, w, inputs, out + r * y_stride, y_stride);
    }
    for (; r + 4 <= rows; r += 4) {
      block<Vec, 4>(x + r * x_stride, x_stride, w, inputs, out + r * y_stride, y_stride);
    }
    for (; r + 2 <= rows; r += 2) {
      block<Vec, 2>(x + r * x_stride, x_stride, w, inputs, out + r * y_stride, y_stride);
    }
    if (r < rows) {
      block<Vec, 1>(x + r * x_stride, x_stride, w, inputs, out + r * y_stride, y_stride);
    }
  }
}

using Kernel = void (*)(const float*, std::size_t, std::size_t, const float*, std::size_t,
                        std::size_t, float*, std::size_t);

void plain(const float* x, std::size_t rows, std::size_t x_stride, const float* packed,
           std::size_t panels, std::size_t inputs, float* y, std::size_t y_stride) {
  all_panels<Vec8, 2>(x, rows, x_stride, packed, panels, inputs, y, y_stride);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void avx2(const float* x, std::size_t rows,
                                              std::size_t x_stride, const float* packed,
                                              std::size_t panels, std::size_t inputs, float* y,
                                              std::size_t y_stride) {
  all_panels<Vec8, 6>(x, rows, x_stride, packed, panels, inputs, y, y_stride);
}

__attribute__((target("avx512f,avx2,fma"))) void avx512(const float* x, std::size_t rows,
                                                        std::size_t x_stride, const float* packed,
                                                        std::size_t panels, std::size_t inputs,
                                                        float* y, std::size_t y_stride) {
  all_panels<Vec16, 12>(x, rows, x_stride, packed, panels, inputs, y, y_stride);
}
#endif

struct Choice {
  Kernel kernel = plain;
  const char* name = "plain";
};

const Choice& choice() {
  static const Choice chosen = [] {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return Choice{avx512, "avx512"};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Choice{avx2, "avx2"};
#endif
    return Choice{};
  }();
  return chosen;
}

}  // namespace

void pack_panels(const float* weights, std::size_t outputs, std::size_t inputs, std::size_t stride,
                 float* packed) {
  for (std::size_t p = 0; p < panels_of(outputs); ++p) {
    float* panel = packed + p * kPanel * inputs;
    const std::size_t here = std::min(kPanel, outputs - p * kPanel);
    if (here < kPanel) std::fill_n(panel, kPanel * inputs, 0.0F);
    for (std::size_t o = 0; o < here; ++o) {
      const float* row = weights + (p * kPanel + o) * stride;
      for (std::size_t i = 0; i < inputs; ++i) panel[i * kPanel + o] = row[i];
    }
  }
}

void multiply_panels(const float* x, std::size_t rows, std::size_t x_stride, const float* packed,
                     std::size_t panels, std::size_t inputs, float* y, std::size_t y_stride) {
  choice().kernel(x, rows, x_stride, packed, panels, inputs, y, y_stride);
}

PackedMatrix::PackedMatrix(std::span<const float> weights, std::size_t outputs, std::size_t inputs)
    : outputs_(outputs), inputs_(inputs), packed_(padded(outputs) * inputs) {
  CLUE_CHECK(weights.size() == outputs * inputs);
  pack_panels(weights.data(), outputs, inputs, inputs, packed_.data());
}

const char* gemm_kernel() { return choice().name; }

}  // namespace clue
