// What a GGUF file says about itself, and vocabulary-only files as token counters. Used by
// `clue model info`, the llama back end and prompts rendered for servers. Reads no weights.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "core/types.h"
#include "models/llama_runtime.h"

namespace clue::models {

/// SHA-256 of a GGUF; of a split one, of its parts' hashes in order. `cache`: see file_hash.h.
[[nodiscard]] Result<std::string> hash_of_model(const std::string& path, const std::string& cache,
                                                const std::stop_token& stop = {});

/// The summary `clue model info` prints.
struct GgufSummary {
  std::string path;
  std::string sha256;
  std::string name;
  std::string architecture;
  std::string quantisation;  ///< "Q8_0", "all F32", ...
  std::int64_t parameters = 0;
  std::int64_t bytes = 0;
  int context_length = 0;
  int layers = 0;
  int embedding = 0;
  int vocabulary = 0;
  std::string tokenizer;  ///< "gpt2/llama-bpe", "llama/default"
  std::string chat_template;
  std::string chat_template_hash;
  std::map<std::string, std::string> metadata;  ///< every scalar key
};

/// `cache`: see file_hash.h. Error: as load_gguf.
[[nodiscard]] Result<GgufSummary> summarize_gguf(const std::string& path, const std::string& cache,
                                                 const std::stop_token& stop = {});

/// The same of a model that is loaded (hash left empty).
[[nodiscard]] GgufSummary summarize_loaded(const std::string& path, const llama_model& model);

/// Tokenizer of FILE.gguf, weights not read.
[[nodiscard]] Result<std::unique_ptr<TokenCounter>> open_gguf_counter(const std::string& path);

}  // namespace clue::models
