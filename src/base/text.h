// UTF-8 text: validation, decoding, splitting, and the few Python string methods whose exact
// behaviour the protocol relies on. Pure functions. Text is std::string_view in UTF-8.
//
//   for (std::string_view line : split_lines(jsonl)) ...          // on '\n' only
//   if (auto bad = first_invalid_utf8(bytes)) complain(*bad);
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace clue {

/// Byte offset of the first byte that is not valid UTF-8 (overlong forms, surrogates and code
/// points over U+10FFFF are invalid); nullopt: all valid.
[[nodiscard]] std::optional<std::size_t> first_invalid_utf8(std::string_view bytes);
/// The code point at `pos` and moves `pos` behind it; an invalid byte gives U+FFFD and moves by the
/// length of the maximal bad part (as WHATWG and Python's errors="replace"). Requires: pos < size.
[[nodiscard]] char32_t next_code_point(std::string_view text, std::size_t& pos);
[[nodiscard]] std::u32string decode_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);
[[nodiscard]] std::string encode_utf8(std::u32string_view text);
/// Invalid parts replaced by U+FFFD; valid text comes back unchanged.
[[nodiscard]] std::string to_valid_utf8(std::string_view bytes);
/// Number of code points (Python's len).
[[nodiscard]] std::size_t count_code_points(std::string_view text);

enum class Encoding {
  automatic,  ///< UTF-8 (with or without byte order mark); anything else is an error with its place
  utf_8,      ///< the same
  cp1252,     ///< Windows Western European; the five undefined bytes are errors
  latin_1,    ///< ISO 8859-1
};
/// From "auto", "utf-8", "cp1252", "latin-1" and common spellings. Error: invalid_argument, listing
/// these.
[[nodiscard]] Result<Encoding> parse_encoding(std::string_view name);
/// Bytes to UTF-8, a leading byte order mark removed. Error: data, with `place`, line and byte
/// offset of the first bad byte, its value, and which encoding would fit. `line` is the number of
/// the first line of `bytes`, `offset` its place in the file.
[[nodiscard]] Result<std::string> to_utf8(std::string bytes, Encoding encoding,
                                          std::string_view place, std::size_t line = 1,
                                          std::size_t offset = 0);

[[nodiscard]] constexpr bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_ascii_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_ascii_alnum(char c) {
  return is_ascii_digit(c) || is_ascii_alpha(c);
}
[[nodiscard]] constexpr bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
[[nodiscard]] constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}
[[nodiscard]] std::string ascii_lower(std::string_view text);
[[nodiscard]] std::string ascii_upper(std::string_view text);
/// Without ASCII white space at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);
/// Lines without their '\n'; a last line without one counts, an empty rest after the last '\n' does
/// not. '\r' stays. Never splits at U+2028, U+0085 or other "line" characters.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);
/// At every separator (Python's text.split(separator)); "" gives one empty part.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  std::string_view separator);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// Every occurrence of `from` (not empty) replaced, left to right.
[[nodiscard]] std::string replace_all(std::string_view text, std::string_view from,
                                      std::string_view to);
/// Without a leading UTF-8 byte order mark.
[[nodiscard]] std::string_view without_bom(std::string_view text);

/// Python's str.isspace() for one code point (what split() and strip() without arguments use).
[[nodiscard]] bool py_is_space(char32_t c);
/// Python's text.split(), text.strip(), text.lstrip(), text.rstrip() without arguments.
[[nodiscard]] std::vector<std::string_view> py_split(std::string_view text);
[[nodiscard]] std::string_view py_strip(std::string_view text);
[[nodiscard]] std::string_view py_lstrip(std::string_view text);
[[nodiscard]] std::string_view py_rstrip(std::string_view text);
/// Python's text.lower() and text.upper(): full Unicode mappings (final sigma, U+0130, sharp s).
[[nodiscard]] std::string py_lower(std::string_view text);
[[nodiscard]] std::string py_upper(std::string_view text);

}  // namespace clue
