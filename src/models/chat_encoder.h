// Tokens of rendered chats. Prompts of a task begin alike (system text, examples), so what a chat
// shares with the one before it is not tokenized again, where that cannot change a token: byte-pair
// vocabularies cut the text at control tokens and encode each stretch on its own. Used by the llama
// back end. Not for several threads.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/llama_runtime.h"

namespace clue::models {

class ChatEncoder {
 public:
  explicit ChatEncoder(const llama_vocab* vocab);

  /// Same as Vocabulary::encode_chat.
  [[nodiscard]] Tokens encode(const RenderedChat& chat);

 private:
  /// Behind a control token: what follows is encoded on its own.
  struct Cut {
    std::size_t byte = 0, token = 0;
  };
  void remember(std::string text, const Tokens& tokens, std::vector<Cut> cuts, Cut from);

  const llama_vocab* vocab_;
  Vocabulary vocabulary_;
  bool cuts_known_;                  ///< of this kind of vocabulary
  std::size_t longest_special_ = 0;  ///< bytes; so far a text decides what is cut before
  std::string text_;                 ///< the chat before
  Tokens tokens_;
  std::vector<Cut> cuts_;  ///< rising; empty: nothing is reused
};

}  // namespace clue::models
