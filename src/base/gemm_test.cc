#include "base/gemm.h"

#include <gtest/gtest.h>

#include <cmath>

namespace clue {
namespace {

std::vector<float> numbers(std::size_t n, float step) {
  std::vector<float> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = std::sin(static_cast<float>(i) * step);
  return out;
}

TEST(Gemm, EqualsThePlainSums) {
  for (const std::size_t outputs : {1UL, 31UL, 32UL, 33UL, 100UL}) {
    for (const std::size_t rows : {1UL, 2UL, 3UL, 7UL, 12UL, 25UL}) {
      const std::size_t inputs = 37, stride = 40;
      const auto w = numbers(outputs * inputs, 0.7F), x = numbers(rows * stride, 0.3F);
      const PackedMatrix m(w, outputs, inputs);
      std::vector<float> y(rows * m.stride(), 9.0F);
      m.apply(x.data(), rows, stride, y.data());
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t o = 0; o < m.stride(); ++o) {
          double want = 0;
          for (std::size_t i = 0; o < outputs && i < inputs; ++i)
            want += double{w[o * inputs + i]} * double{x[r * stride + i]};
          EXPECT_NEAR(double{y[r * m.stride() + o]}, want, 1e-5) << outputs << " " << r << " " << o;
        }
      }
    }
  }
}

TEST(Gemm, RowsDoNotDependOnTheirNeighbours) {
  const std::size_t outputs = 70, inputs = 130, rows = 29;
  const PackedMatrix m(numbers(outputs * inputs, 0.7F), outputs, inputs);
  const auto x = numbers(rows * inputs, 0.3F);
  std::vector<float> all(rows * m.stride()), one(m.stride());
  m.apply(x.data(), rows, inputs, all.data());
  for (std::size_t r = 0; r < rows; ++r) {
    m.apply(x.data() + r * inputs, 1, inputs, one.data());
    for (std::size_t o = 0; o < m.stride(); ++o) EXPECT_EQ(one[o], all[r * m.stride() + o]);
  }
}

}  // namespace
}  // namespace clue
