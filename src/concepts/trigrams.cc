#include "concepts/trigrams.h"

#include <bit>
#include <cmath>
#include <numbers>

#include "base/text.h"
#include "concepts/unicode.h"

namespace clue::concepts {

std::string normalise_blanks(std::string_view text) {
  const std::string low = py_lower(text);
  std::string out;
  out.reserve(low.size());
  for (const std::string_view word : py_split(low)) {
    if (!out.empty()) out.push_back(' ');
    out.append(word);
  }
  return out;
}

void trigrams(std::string_view text, std::vector<std::uint64_t>& out) {
  const std::string low = py_lower(text);
  constexpr std::uint64_t kMask = (std::uint64_t{1} << 63) - 1;
  std::uint64_t window = 0;
  bool in_word = false;
  const auto push = [&](char32_t c) {
    window = ((window << 21) | static_cast<std::uint64_t>(c)) & kMask;
  };
  int length = 0;
  for (std::size_t pos = 0; pos < low.size();) {
    const char32_t c = next_code_point(low, pos);
    if (py_is_space(c)) {
      if (in_word) {
        push(U' ');
        out.push_back(window);
        in_word = false;
      }
      continue;
    }
    if (!in_word) {
      window = 0;
      push(U' ');
      in_word = true;
      length = 1;
    }
    push(c);
    if (++length >= 3) out.push_back(window);
  }
  if (in_word) {
    push(U' ');
    out.push_back(window);
  }
}

std::string trigram_text(std::uint64_t key) {
  std::string out;
  for (int shift = 42; shift >= 0; shift -= 21) {
    append_utf8(out, static_cast<char32_t>((key >> shift) & 0x1FFFFF));
  }
  return out;
}

std::string word_key(std::string_view text) {
  const std::string low = py_lower(text);
  std::string out;
  out.reserve(low.size());
  bool gap = false;
  for (std::size_t pos = 0; pos < low.size();) {
    const std::size_t at = pos;
    if (!is_word_char(next_code_point(low, pos))) {
      gap = true;
      continue;
    }
    if (gap && !out.empty()) out.push_back(' ');
    gap = false;
    out.append(low, at, pos - at);
  }
  return out;
}

namespace {

/// ln(x) of a normal x > 0 as numpy's vector code has it: off by up to four units in the last place
/// from the rounded logarithm, so std::log would move every distance. A quotient of two polynomials
/// of degree five around 1, each a chain of fused steps.
float numpy_log(float x) {
  constexpr float kP[] = {0.0F,
                          9.999999999999998702752e-01F,
                          2.112677543073053063722e+00F,
                          1.480000633576506585156e+00F,
                          3.808837741388407920751e-01F,
                          2.589979117907922693523e-02F};
  constexpr float kQ[] = {1.0F,
                          2.612677543073109236779e+00F,
                          2.453006071784736363091e+00F,
                          9.864942958519418960339e-01F,
                          1.546476374983906719538e-01F,
                          5.875095403124574342950e-03F};
  int exponent = 0;
  float m = std::frexp(x, &exponent);  // in [1/2, 1), then [sqrt(1/2), sqrt(2))
  if (m <= std::numbers::sqrt2_v<float> / 2) {
    m += m;
    --exponent;
  }
  m -= 1.0F;
  float p = kP[5];
  float q = kQ[5];
  for (int i = 4; i >= 0; --i) {
    p = std::fma(p, m, kP[i]);
    q = std::fma(q, m, kQ[i]);
  }
  return std::fma(static_cast<float>(exponent), std::numbers::ln2_v<float>, p / q);
}

}  // namespace

float smooth_idf(std::uint64_t documents, std::uint32_t frequency) {
  const float ratio = static_cast<float>(documents + 1) / (static_cast<float>(frequency) + 1.0F);
  return numpy_log(ratio) + 1.0F;
}

float round_to_half(float value) {
  if (!(std::fabs(value) < 65520.0F)) return value;
  if (std::fabs(value) < 6.103515625e-05F) {  // subnormal halves are multiples of 2^-24
    return static_cast<float>(std::nearbyint(static_cast<double>(value) * 16777216.0) / 16777216.0);
  }
  std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  bits += 0xFFF + ((bits >> 13) & 1);
  return std::bit_cast<float>(bits & ~std::uint32_t{0x1FFF});
}

}  // namespace clue::concepts
