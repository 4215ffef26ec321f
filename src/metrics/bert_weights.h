// The weights of a BERT encoder in ggml's memory, from a folder or a GGUF file. Internal to
// BertEncoder and the importer. Immutable once loaded.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "metrics/bert_import.h"

struct ggml_context;
struct ggml_tensor;

namespace clue::metrics {

struct FreeGgml {
  void operator()(ggml_context* context) const;
};

struct BertWeights {
  BertConfig config;
  text::WordPieceOptions tokenizer;
  std::vector<std::string> vocab;
  std::string precision;     ///< of the matrices: "f32", "f16", "q8_0", ...
  std::string content_hash;  ///< sha256 of the file the tensors came from
  std::map<std::string, ggml_tensor*, std::less<>> tensors;
  std::unique_ptr<ggml_context, FreeGgml> context;  ///< owns the tensors
};

/// Checks that every tensor is there with the shape that the configuration asks for.
[[nodiscard]] Result<BertWeights> make_bert_weights(const BertFolder& folder,
                                                    BertPrecision precision);
/// A GGUF of architecture "bert", written by us or by llama.cpp's converter.
[[nodiscard]] Result<BertWeights> load_bert_gguf(const std::filesystem::path& path);

}  // namespace clue::metrics
