#include "concepts/trigrams.h"

#include <bit>
#include <cmath>

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
