// Reads a Hugging Face BERT folder and writes it as one GGUF file, without Python: config.json,
// vocab.txt or tokenizer.json, model.safetensors or pytorch_model.bin (the zip form; its pickle is
// read by an interpreter that knows tensors and nothing else). Used by `clue model import-bert`,
// and by BertEncoder when it is given such a folder. Pure functions.
//
//   CLUE_OK(import_bert("scibert_scivocab_uncased/", "scibert.gguf", BertPrecision::f32));
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/wordpiece.h"

namespace clue::metrics {

/// How the matrices are kept. f32 equals the reference; the others are smaller and deviate.
enum class BertPrecision { f32, f16, q8_0 };
[[nodiscard]] std::string_view name(BertPrecision precision);  // "f32", "f16", "q8_0"

struct BertConfig {
  std::string model_name;  ///< "allenai/scibert_scivocab_uncased", or the folder's name
  int hidden = 0, layers = 0, heads = 0, intermediate = 0, positions = 0;
  float norm_eps = 1e-12F;
  std::string activation = "gelu";  ///< gelu (erf), gelu_new (tanh), relu
  /// What the tokenizer files declare; 0: nothing (then the reference's older versions fail on
  /// texts that are longer than `positions`).
  int model_max_length = 0;
  int score_layer = 0;  ///< BERTScore's layer where the model's name tells none; 0: not stated
};

/// A tensor as a file holds it: row-major shape, little-endian data in `dtype` (F32, F16, BF16,
/// F64).
struct RawTensor {
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::string_view data;
};

struct BertFolder {
  BertConfig config;
  text::WordPieceOptions tokenizer;
  std::vector<std::string> vocab;
  std::map<std::string, std::vector<float>>
      tensors;  ///< under llama.cpp's names: "blk.0.attn_q.weight"
};

/// Error: not_found (which files are missing), data (file and field).
[[nodiscard]] Result<BertFolder> read_bert_folder(const std::filesystem::path& folder);
/// Writes atomically (a neighbouring file, then rename).
[[nodiscard]] Status write_bert_gguf(const BertFolder& model, const std::filesystem::path& out,
                                     BertPrecision precision);
/// `score_layer` 0: as the model's name tells, if it does.
[[nodiscard]] Status import_bert(const std::filesystem::path& folder,
                                 const std::filesystem::path& out,
                                 BertPrecision precision = BertPrecision::f32, int score_layer = 0);

/// Tensors of a safetensors file; views into `bytes`. Error: data.
[[nodiscard]] Result<std::map<std::string, RawTensor>> parse_safetensors(std::string_view bytes);

/// Tensors of a PyTorch state dictionary: `pickle` is data.pkl, `storage` finds the bytes of a
/// storage by key. Only dictionaries, numbers, strings, tuples and tensor storages are understood:
/// any other object is an error, nothing is ever executed. Views into what `storage` returns.
/// Error: data.
[[nodiscard]] Result<std::map<std::string, RawTensor>> parse_torch_pickle(
    std::string_view pickle,
    const std::function<std::optional<std::string_view>(std::string_view key)>& storage);

}  // namespace clue::metrics
