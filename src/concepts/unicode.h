// The character classes of Python's str methods, which spaCy's features and scispaCy's rules are
// made of. Tables from ICU. Pure functions.
//
//   if (is_alpha(U'é') && !is_upper(U'é')) ...
#pragma once

namespace clue::concepts {

[[nodiscard]] bool is_alpha(char32_t c);      ///< str.isalpha: general category L*
[[nodiscard]] bool is_digit(char32_t c);      ///< str.isdigit: Numeric_Type Decimal or Digit
[[nodiscard]] bool is_decimal(char32_t c);    ///< re's \\d: Numeric_Type Decimal
[[nodiscard]] bool is_upper(char32_t c);      ///< str.isupper of one character: Uppercase
[[nodiscard]] bool is_alnum(char32_t c);      ///< str.isalnum: alphabetic or any numeric type
[[nodiscard]] bool is_word_char(char32_t c);  ///< letter, digit or combining mark: part of a word

}  // namespace clue::concepts
