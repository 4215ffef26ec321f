// A BERT encoder: token ids in, hidden states of one layer out, equal to the reference within 3e-6
// in F32 (libllama's own BERT uses another GELU). F16 and Q8_0 files are unpacked to F32. Used by
// BertScorer. One encode() at a time; the weights are shared by nobody.
//
//   CLUE_TRY(BertEncoder e, BertEncoder::open("scibert.gguf", 2));
//   CLUE_TRY(auto states, e.encode(sequences, 8));     // states[i]: tokens x hidden, row by row
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "metrics/bert_import.h"
#include "text/wordpiece.h"

namespace clue::metrics {

class BertEncoder {
 public:
  /// A GGUF of architecture "bert", or a Hugging Face folder (read in F32). Error: not_found, data.
  [[nodiscard]] static Result<BertEncoder> open(const std::filesystem::path& path, int threads);
  ~BertEncoder();
  BertEncoder(BertEncoder&&) noexcept;
  BertEncoder& operator=(BertEncoder&&) noexcept;

  /// Hidden states after `layer` transformer layers (0: the embeddings); later layers are not
  /// computed. A sequence's states do not depend, to the last bit, on which ones are asked together
  /// or on the number of threads. Requires: 0 <= layer <= config().layers; every sequence has 1 to
  /// positions tokens, each in the vocabulary.
  [[nodiscard]] Result<std::vector<std::vector<float>>> encode(
      std::span<const std::vector<std::int32_t>> sequences, int layer);

  [[nodiscard]] const BertConfig& config() const;
  [[nodiscard]] const text::WordPiece& tokenizer() const;
  [[nodiscard]] const std::string& precision() const;
  [[nodiscard]] const std::string& content_hash() const;

 private:
  struct Impl;
  explicit BertEncoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace clue::metrics
