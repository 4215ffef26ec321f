// Character trigrams inside word boundaries, as scikit-learn's analyzer "char_wb" cuts them. Used
// by the dictionary builder and the linker. Pure functions.
//
//   std::vector<std::uint64_t> keys;  trigrams("MI", keys);   // " mi", "mi "
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clue::concepts {

/// Lower-cased (Python's str.lower) and white space runs as one blank, none at the ends. Texts
/// equal here have equal trigrams.
[[nodiscard]] std::string normalise_blanks(std::string_view text);

/// Appends one key per window of three code points of " word ", in text order. Keys order like the
/// trigrams compare by code point.
void trigrams(std::string_view text, std::vector<std::uint64_t>& out);

/// The three code points of a key as UTF-8.
[[nodiscard]] std::string trigram_text(std::uint64_t key);

/// Lower-cased letters-and-digits words joined by one blank: the key of the dictionary matcher.
[[nodiscard]] std::string word_key(std::string_view text);

/// scikit-learn's smoothed idf of a trigram that is in `frequency` of `documents` rows, in float32
/// with numpy's vector logarithm: bit-equal to a vectoriser fitted on an x86 processor with AVX2.
[[nodiscard]] float smooth_idf(std::uint64_t documents, std::uint32_t frequency);

/// IEEE half precision and back, round to nearest even: scispaCy stores its vectors so.
[[nodiscard]] float round_to_half(float value);

}  // namespace clue::concepts
