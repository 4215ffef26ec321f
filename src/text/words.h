// Words for ROUGE and for plain token comparison: the ASCII rule of PyPI rouge_score (lower case,
// runs of [a-z0-9]) and a rule for all scripts. Pure functions; `sink` is called once for each
// word.
//
//   text::ascii_words("Kelvin 5mg", buffer, [](std::string_view w) { ... });   // "kelvin", "5mg"
#pragma once

#include <string>
#include <string_view>

namespace clue::text {

namespace detail {
/// Lower-cased ASCII letter or digit, 0 for a separator.
constexpr char word_byte(unsigned char c) {
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return static_cast<char>(c);
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return 0;
}
}  // namespace detail

/// rouge_score's default: str.lower(), then maximal runs of [a-z0-9]. Only two characters outside
/// ASCII lower to ASCII: U+212A (Kelvin sign) to "k", and U+0130 to "i" and a combining dot, which
/// separates. `buffer` is scratch and holds the word that is passed on.
template <typename Sink>
void ascii_words(std::string_view s, std::string& buffer, Sink&& sink) {
  buffer.clear();
  const auto flush = [&] {
    if (!buffer.empty()) sink(buffer);
    buffer.clear();
  };
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (const char w = detail::word_byte(c)) {
      buffer.push_back(w);
    } else if (c == 0xE2 && s.substr(i, 3) == "\xE2\x84\xAA") {
      buffer.push_back('k');
      i += 2;
    } else {
      if (c == 0xC4 && s.substr(i, 2) == "\xC4\xB0") buffer.push_back('i');
      flush();
    }
  }
  flush();
}

/// Letters, digits and combining marks of all scripts: NFC, lower case, maximal runs; each Chinese
/// or Japanese ideograph is a word of its own. Returns the words joined by one space each.
[[nodiscard]] std::string unicode_words(std::string_view s);

}  // namespace clue::text
