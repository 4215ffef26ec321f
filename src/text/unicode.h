// Unicode as the reference programs see it: UTF-8 in, and Python's idea of letters, white space and
// case. Used by the metrics and tokenizers. Pure functions, safe from any thread.
//
//   for (std::size_t i = 0; i < s.size();) { Utf8 c = decode(s, i); i += c.bytes; use(c.value); }
//
// Character classes are pinned to Unicode 14 (Python 3.11, which made the golden cases): a code
// point that is younger counts as unassigned, whatever version the system's ICU has.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace clue::text {

/// One decoded code point. A byte that starts no valid UTF-8 sequence (surrogates and overlong
/// forms included) decodes to U+FFFD with bytes = 1.
struct Utf8 {
  char32_t value = 0;
  unsigned bytes = 1;
  bool valid = true;
};

/// Requires: pos < s.size().
[[nodiscard]] Utf8 decode(std::string_view s, std::size_t pos);
void append_utf8(std::string& out, char32_t c);
[[nodiscard]] bool is_valid_utf8(std::string_view s);

/// Python's \w for str patterns: letters, everything numeric, underscore.
[[nodiscard]] bool is_word(char32_t c);
/// The code point that ends just before `pos`, or starts at `pos`, is a word character. False at
/// the ends of the text.
[[nodiscard]] bool word_before(std::string_view s, std::size_t pos);
[[nodiscard]] bool word_at(std::string_view s, std::size_t pos);

/// Python's str.isspace and str.strip.
[[nodiscard]] bool is_space(char32_t c);
[[nodiscard]] std::string_view strip(std::string_view s);

/// Full case mapping without a locale, as str.upper and str.lower (one to many, final sigma).
/// Invalid bytes become U+FFFD.
[[nodiscard]] std::string to_upper(std::string_view s);
[[nodiscard]] std::string to_lower(std::string_view s);
/// Canonical composition; text that cannot be normalised is returned as it is.
[[nodiscard]] std::string to_nfc(std::string_view s);

}  // namespace clue::text
