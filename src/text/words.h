// Words for ROUGE and for plain token comparison: the ASCII rule of PyPI rouge_score (lower case,
// runs of [a-z0-9]) and a rule for all scripts. Pure functions; `sink` is called once for each
// word.
//
//   std::vector<char> room(s.size() + 1);
//   text::ascii_words("Kelvin 5mg", room.data(), [](char* w, std::size_t n) {   // "kelvin", "5mg"
//     return w + n;                                   // where the next word may be written
//   });
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace clue::text {

namespace detail {
/// Lower-cased ASCII letters and digits; 0 for every other byte.
inline constexpr std::array<char, 256> kWordByte = [] {
  std::array<char, 256> table{};
  for (char c = 'a'; c <= 'z'; ++c) {
    table[static_cast<unsigned char>(c)] = c;
    table[static_cast<unsigned char>(c - 'a' + 'A')] = c;
  }
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = c;
  return table;
}();
}  // namespace detail

/// rouge_score's default: str.lower(), then maximal runs of [a-z0-9]. Only two characters outside
/// ASCII lower to ASCII: U+212A (Kelvin sign) to "k", and U+0130 to "i" and a combining dot, which
/// separates. Words are written to `room`; the sink says where the next one may stand, not behind
/// the end of the word it got. Requires: room for s.size() bytes from there on.
template <typename Sink>
void ascii_words(std::string_view s, char* room, Sink&& sink) {
  char* end = room;
  const auto finish = [&] {
    if (end != room) end = room = sink(room, static_cast<std::size_t>(end - room));
  };
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (const char w = detail::kWordByte[c]) {
      *end++ = w;
    } else if (c == 0xE2 && s.substr(i, 3) == "\xE2\x84\xAA") {
      *end++ = 'k';
      i += 2;
    } else {
      if (c == 0xC4 && s.substr(i, 2) == "\xC4\xB0") *end++ = 'i';
      finish();
    }
  }
  finish();
}

/// Letters, digits and combining marks of all scripts: NFC, lower case, maximal runs; each Chinese
/// or Japanese ideograph is a word of its own. Returns the words joined by one space each.
[[nodiscard]] std::string unicode_words(std::string_view s);

}  // namespace clue::text
