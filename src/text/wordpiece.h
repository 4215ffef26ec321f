// BERT's tokenizer: lower-casing, clean-up, splitting at punctuation and word pieces, equal to
// Hugging Face's slow BertTokenizer (transformers 4.46, Unicode 14), which is what bert_score uses.
// Immutable after creation; safe from any thread.
//
//   CLUE_TRY(WordPiece wp, WordPiece::from_vocab(vocab_lines, {}));
//   std::vector<std::int32_t> ids = wp.encode("high blood pressure", 512);   // with [CLS] and
//   [SEP]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"

namespace clue::text {

struct WordPieceOptions {
  bool lower_case = true;
  /// 1: drop combining marks; 0: keep; -1: as lower_case says (Hugging Face's null).
  int strip_accents = -1;
  bool split_chinese = true;
  std::string unk = "[UNK]", sep = "[SEP]", pad = "[PAD]", cls = "[CLS]", mask = "[MASK]";
};

class WordPiece {
 public:
  /// `vocab[i]` is the text of id i ("##ing" continues a word). Of equal entries the last one
  /// counts. Error: data, when one of the unknown, [CLS] or [SEP] tokens is missing.
  [[nodiscard]] static Result<WordPiece> from_vocab(std::vector<std::string> vocab,
                                                    WordPieceOptions options);

  /// Ids without [CLS] and [SEP]. Special tokens written out in the text ("[SEP]") are taken as
  /// such.
  [[nodiscard]] std::vector<std::int32_t> pieces(std::string_view text) const;
  /// The text stripped, [CLS], pieces, [SEP]; cut to max_tokens (0: never). `full_length`: tokens
  /// before the cut, if not null.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text, std::size_t max_tokens,
                                                 std::size_t* full_length = nullptr) const;

  [[nodiscard]] std::int32_t cls() const { return cls_; }
  [[nodiscard]] std::int32_t sep() const { return sep_; }
  [[nodiscard]] const std::vector<std::string>& vocab() const { return vocab_; }
  [[nodiscard]] const WordPieceOptions& options() const { return options_; }

 private:
  void word(std::u32string_view characters, std::vector<std::int32_t>& out) const;
  void plain(std::string_view text, std::vector<std::int32_t>& out) const;

  std::vector<std::string> vocab_;
  std::unordered_map<std::string, std::int32_t> ids_;
  std::vector<std::pair<std::string, std::int32_t>> specials_;
  WordPieceOptions options_;
  std::int32_t unk_ = 0, cls_ = 0, sep_ = 0;
};

}  // namespace clue::text
