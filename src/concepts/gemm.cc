#include "concepts/gemm.h"

#include <cstring>

#include "base/check.h"

namespace clue::concepts {
namespace {

constexpr std::size_t kPanel = 16;
constexpr std::size_t kHalf = kPanel / 2;

typedef float Vec __attribute__((vector_size(32), aligned(4)));

/// Rows x 16 block: two vectors of eight sums a row, kept in registers.
template <std::size_t Rows>
[[gnu::always_inline]] inline void block(const float* x, std::size_t x_stride, const float* w,
                                         std::size_t inputs, float* y, std::size_t y_stride) {
  Vec low[Rows] = {};
  Vec high[Rows] = {};
  for (std::size_t i = 0; i < inputs; ++i) {
    Vec a;
    Vec b;
    std::memcpy(&a, w + i * kPanel, sizeof(a));
    std::memcpy(&b, w + i * kPanel + kHalf, sizeof(b));
    for (std::size_t r = 0; r < Rows; ++r) {
      const float f = x[r * x_stride + i];
      low[r] += a * f;
      high[r] += b * f;
    }
  }
  for (std::size_t r = 0; r < Rows; ++r) {
    std::memcpy(y + r * y_stride, &low[r], sizeof(Vec));
    std::memcpy(y + r * y_stride + kHalf, &high[r], sizeof(Vec));
  }
}

[[gnu::always_inline]] inline void all_panels(const float* x, std::size_t rows,
                                              std::size_t x_stride, const float* packed,
                                              std::size_t panels, std::size_t inputs, float* y) {
  const std::size_t y_stride = panels * kPanel;
  for (std::size_t p = 0; p < panels; ++p) {
    const float* w = packed + p * inputs * kPanel;
    float* out = y + p * kPanel;
    std::size_t r = 0;
    for (; r + 6 <= rows; r += 6) {
      block<6>(x + r * x_stride, x_stride, w, inputs, out + r * y_stride, y_stride);
    }
    for (; r + 2 <= rows; r += 2) {
      block<2>(x + r * x_stride, x_stride, w, inputs, out + r * y_stride, y_stride);
    }
    if (r < rows) block<1>(x + r * x_stride, x_stride, w, inputs, out + r * y_stride, y_stride);
  }
}

void apply_plain(const float* x, std::size_t rows, std::size_t x_stride, const float* packed,
                 std::size_t panels, std::size_t inputs, float* y) {
  all_panels(x, rows, x_stride, packed, panels, inputs, y);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void apply_avx2(const float* x, std::size_t rows,
                                                    std::size_t x_stride, const float* packed,
                                                    std::size_t panels, std::size_t inputs,
                                                    float* y) {
  all_panels(x, rows, x_stride, packed, panels, inputs, y);
}

bool has_avx2() {
  static const bool yes = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return yes;
}
#endif

}  // namespace

PackedMatrix::PackedMatrix(std::span<const float> weights, std::size_t outputs, std::size_t inputs)
    : outputs_(outputs), inputs_(inputs), packed_(stride() * inputs, 0.0F) {
  CLUE_CHECK(weights.size() == outputs * inputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      packed_[(o / kPanel * inputs + i) * kPanel + o % kPanel] = weights[o * inputs + i];
    }
  }
}

void PackedMatrix::apply(const float* x, std::size_t rows, std::size_t x_stride, float* y) const {
  const std::size_t panels = stride() / kPanel;
#if defined(__x86_64__)
  if (has_avx2()) return apply_avx2(x, rows, x_stride, packed_.data(), panels, inputs_, y);
#endif
  apply_plain(x, rows, x_stride, packed_.data(), panels, inputs_, y);
}

}  // namespace clue::concepts
