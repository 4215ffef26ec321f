// Compiled with -ffp-contract=off (CMakeLists.txt): every product and sum is rounded on its own, as
// in nmslib's SSE2 build.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "concepts/kb_search.h"

namespace clue::concepts {

float nmslib_distance(const SparseVector& x, const SparseVector& y) {
  // Merge by id; lanes are filled in turn, so lane i % 4 of block i / 4 is the vector register's.
  std::array<float, 4> sxy{}, sxx{}, syy{};
  std::array<float, 4> bx{}, by{};  // the block being filled
  std::size_t n = 0;
  const auto put = [&](float a, float b) {
    bx[n] = a;
    by[n] = b;
    if (++n < 4) return;
    for (std::size_t l = 0; l < 4; ++l) {
      sxy[l] += bx[l] * by[l];
      sxx[l] += bx[l] * bx[l];
      syy[l] += by[l] * by[l];
    }
    n = 0;
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < x.ranks.size() || j < y.ranks.size()) {
    if (j == y.ranks.size() || (i < x.ranks.size() && x.ranks[i] < y.ranks[j])) {
      put(x.values[i++], 0.0F);
    } else if (i == x.ranks.size() || y.ranks[j] < x.ranks[i]) {
      put(0.0F, y.values[j++]);
    } else {
      put(x.values[i++], y.values[j++]);
    }
  }
  const auto across = [](const std::array<float, 4>& v) { return ((v[0] + v[1]) + v[2]) + v[3]; };
  float xy = across(sxy);
  float xx = across(sxx);
  float yy = across(syy);
  for (std::size_t l = 0; l < n; ++l) {
    xy += bx[l] * by[l];
    xx += bx[l] * bx[l];
    yy += by[l] * by[l];
  }
  constexpr float kTiny = std::numeric_limits<float>::min() * 2.0F;
  float c = 0;
  if (xx >= kTiny && yy >= kTiny) {
    c = std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0F, 1.0F);
  }
  return std::max(0.0F, 1.0F - c);
}

}  // namespace clue::concepts
