// A small byte-pair tokenizer, trained on a text of our own that is part of the program. Used to
// write the tiny models. Pure and deterministic.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clue::models {

/// Token texts in GPT-2's byte alphabet (a printable character for each byte), as GGUF stores them.
struct BytePairs {
  std::vector<std::string> tokens;  ///< 256 bytes first, then one for each merge
  std::vector<std::string> merges;  ///< "left right", in order of training
};

/// Trains up to `merges` merges: the most frequent pair first, ties by text.
[[nodiscard]] BytePairs train_byte_pairs(std::string_view corpus, int merges);

/// Bytes as GPT-2's alphabet spells them (" a" becomes "\u0120a").
[[nodiscard]] std::string spell_bytes(std::string_view bytes);

/// The text the tiny models' tokenizer is trained on: invented clinical prose.
[[nodiscard]] std::string_view tiny_corpus();

}  // namespace clue::models
