// Abbreviations that a text defines itself, as "chronic kidney disease (CKD)": the algorithm of
// Schwartz and Hearst (PSB 2003) with the limits of scispaCy's AbbreviationDetector. Used by the
// concept extractor when asked to (the published metric never resolves them). Pure functions.
//
//   for (const Abbreviation& a : find_abbreviations(text, tokens))
//     text.substr(a.long_begin, a.long_end - a.long_begin);   // what tokens [first, last) stand
//     for
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace clue::concepts {

struct TextToken {
  std::size_t begin = 0;  ///< bytes [begin, end) in the text
  std::size_t end = 0;
  bool space_after = false;
};

/// One occurrence of a short form.
struct Abbreviation {
  std::size_t first = 0;  ///< tokens [first, last)
  std::size_t last = 0;
  std::size_t long_begin = 0;  ///< bytes of the long form where it is defined
  std::size_t long_end = 0;
};

/// Every occurrence of every short form that the text defines, in text order. Of several
/// definitions of one short or one long form the first counts. Requires: text is valid UTF-8.
[[nodiscard]] std::vector<Abbreviation> find_abbreviations(std::string_view text,
                                                           std::span<const TextToken> tokens);

/// Words and single other characters, for texts without a trained tokenizer.
[[nodiscard]] std::vector<TextToken> plain_tokens(std::string_view text);

}  // namespace clue::concepts
