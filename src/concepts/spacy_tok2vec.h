// spaCy's token encoder: hashed embeddings, one maxout layer, then windowed maxout layers with
// residuals. Used by SpacyPipeline. Remembers what depends on a word alone: one per thread.
//
//   CLUE_TRY(Tok2Vec encoder, Tok2Vec::from_model(model));
//   encoder.encode(tokens, tokenizer, out);            // out[token][width]
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/gemm.h"
#include "base/result.h"
#include "concepts/spacy_doc.h"
#include "concepts/spacy_model.h"
#include "concepts/spacy_tokenizer.h"

namespace clue::concepts {

/// y[o] = max_p (W[o][p] x + b[o][p]), outputs ordered piece by piece for straight loops.
struct MaxoutLayer {
  PackedMatrix weights;
  std::vector<float> bias;
  std::vector<float> gain, shift;  ///< of the layer norm behind it
  std::size_t width = 0, pieces = 0;

  [[nodiscard]] static Result<MaxoutLayer> from_model(const ThincModel& m, std::size_t maxout,
                                                      std::size_t norm);
  /// One row: raw products (weights.stride() floats) to the normalised output.
  void finish(const float* raw, float* out) const;
};

class Tok2Vec {
 public:
  /// Error: data, naming file and the part that is missing or unsupported.
  [[nodiscard]] static Result<Tok2Vec> from_model(const ThincModel& m);

  [[nodiscard]] std::size_t width() const { return mix_.width; }
  void encode(std::span<const SpacyToken> tokens, const SpacyTokenizer& tokenizer,
              std::vector<float>& out);

 private:
  enum class Column { norm, prefix, suffix, shape, spacy, is_space, orth, lower };
  struct Embedding {
    Column column = Column::norm;
    std::uint32_t seed = 0;
    std::size_t rows = 0, width = 0;
    std::vector<float> table;
  };
  const float* mixed(const SpacyToken& token, const SpacyTokenizer& tokenizer);

  std::vector<Embedding> embeddings_;
  MaxoutLayer mix_;
  std::vector<MaxoutLayer> layers_;
  std::size_t window_ = 1, pad_ = 0, input_width_ = 0;
  bool uses_spacy_ = false;
  std::unordered_map<std::uint64_t, std::size_t> memo_;  // lexeme * 2 + space -> offset
  std::vector<float> memo_rows_;
  std::vector<float> input_, raw_, x_, y_;
};

}  // namespace clue::concepts
