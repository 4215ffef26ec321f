// Thin, safe layer over libllama: RAII handles, loading with clear errors, tokens to text and back,
// its log kept quiet. The engine (llama_model.cc) and the tools around GGUF files stand on it.
// The library's log is process-wide; everything else follows llama.cpp's own thread rules.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "models/chat_template.h"
#include "models/model.h"
#include "models/prompt_trie.h"

struct llama_model;
struct llama_context;
struct llama_vocab;

namespace clue::models {

struct FreeModel {
  void operator()(llama_model* model) const;
};
struct FreeContext {
  void operator()(llama_context* context) const;
};
using ModelHandle = std::unique_ptr<llama_model, FreeModel>;
using ContextHandle = std::unique_ptr<llama_context, FreeContext>;

/// Loads a GGUF (splits follow their first part). Error: not_found; data for "not a GGUF",
/// truncated, unknown architecture, each with libllama's last words; cancelled.
[[nodiscard]] Result<ModelHandle> load_gguf(const std::string& path, bool vocab_only,
                                            int gpu_layers, std::stop_token stop = {});

struct Gpu {
  std::string name;            ///< as its driver calls it
  std::size_t free_bytes = 0;  ///< of its memory, now
};

/// The GPUs that this build can use; none in a build without a GPU's back end.
[[nodiscard]] std::vector<Gpu> list_gpus();
[[nodiscard]] std::size_t free_gpu_memory();  ///< bytes of all of them
[[nodiscard]] bool built_for_gpus();

/// libllama's messages since the last call, errors and warnings only, one line.
[[nodiscard]] std::string take_llama_log();

/// Makes libllama silent (messages go to take_llama_log) and starts its back ends; idempotent.
void quiet_llama();

/// Tokenizer of a loaded model. Does not own it.
class Vocabulary {
 public:
  explicit Vocabulary(const llama_vocab* vocab);

  /// `special`: add start/end tokens as the model wants; `parse`: special tokens spelled in the
  /// text become tokens.
  [[nodiscard]] Tokens encode(std::string_view text, bool special, bool parse) const;
  /// A rendered chat: no second start token, and special tokens spelled in data stay text.
  [[nodiscard]] Tokens encode_chat(const RenderedChat& chat) const;
  /// Would a data part of the chat become special tokens if it were parsed as the rest is?
  [[nodiscard]] bool data_spells_special(const RenderedChat& chat) const;
  /// Bytes of one token; special tokens give "" unless `special`.
  [[nodiscard]] std::string piece(std::int32_t token, bool special) const;
  /// Text of tokens as the tokenizer's decode gives it, special tokens spelled out. A character cut
  /// in the middle becomes U+FFFD as in Hugging Face's decoders: one for what is left of it, but
  /// one for each byte of a run of byte tokens (SentencePiece).
  [[nodiscard]] std::string decode(const Tokens& tokens) const;
  [[nodiscard]] bool ends_turn(std::int32_t token) const;
  [[nodiscard]] int size() const;
  [[nodiscard]] ChatTokens chat_tokens() const;

 private:
  [[nodiscard]] bool spells_special(std::string_view text) const;

  const llama_vocab* vocab_;
  std::shared_ptr<const std::vector<std::string>> special_;  ///< texts that parsing would turn
};

/// A TokenCounter over a model's vocabulary; `name` goes into reports. The model must outlive it.
/// cuts_tested() is true for the tokenizer kinds of tests/golden/token_cuts.jsonl: Llama 3's
/// byte-level BPE and Llama 2's SentencePiece BPE.
[[nodiscard]] std::unique_ptr<TokenCounter> make_token_counter(const llama_model& model,
                                                               const std::string& name);

}  // namespace clue::models
