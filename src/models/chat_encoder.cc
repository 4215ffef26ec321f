#include "models/chat_encoder.h"

#include <llama.h>

#include <algorithm>

namespace clue::models {

ChatEncoder::ChatEncoder(const llama_vocab* vocab)
    : vocab_(vocab),
      vocabulary_(vocab),
      cuts_known_(llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_BPE &&
                  !llama_vocab_get_add_eos(vocab)) {
  constexpr int kCutting =
      LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN | LLAMA_TOKEN_ATTR_USER_DEFINED;
  for (llama_token token = 0; cuts_known_ && token < vocabulary_.size(); ++token) {
    if ((llama_vocab_get_attr(vocab_, token) & kCutting) == 0) continue;
    longest_special_ = std::max(longest_special_, vocabulary_.piece(token, true).size());
  }
}

Tokens ChatEncoder::encode(const RenderedChat& chat) {
  if (!cuts_known_ || vocabulary_.data_spells_special(chat)) return vocabulary_.encode_chat(chat);
  std::string text = chat.text();
  const auto differ = std::mismatch(text.begin(), text.end(), text_.begin(), text_.end());
  const auto same = static_cast<std::size_t>(differ.first - text.begin());
  std::vector<Cut> cuts = std::move(cuts_);
  cuts_.clear();
  while (!cuts.empty() && cuts.back().byte + longest_special_ > same) cuts.pop_back();
  if (cuts.empty()) {
    Tokens tokens = vocabulary_.encode_chat(chat);
    // A start token that the text does not spell.
    const std::string bos = vocabulary_.chat_tokens().bos;
    const bool added = !tokens.empty() && !bos.empty() && !text.starts_with(bos) &&
                       tokens.front() == llama_vocab_bos(vocab_);
    remember(std::move(text), tokens, {}, {0, added ? 1U : 0U});
    return tokens;
  }
  const Cut from = cuts.back();
  Tokens tokens(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(from.token));
  const Tokens rest = vocabulary_.encode(std::string_view(text).substr(from.byte), false, true);
  tokens.insert(tokens.end(), rest.begin(), rest.end());
  remember(std::move(text), tokens, std::move(cuts), from);
  return tokens;
}

/// Finds the cuts behind `from`; none are kept if the tokens do not spell the text.
void ChatEncoder::remember(std::string text, const Tokens& tokens, std::vector<Cut> cuts,
                           Cut from) {
  std::size_t byte = from.byte;
  for (std::size_t i = from.token; i < tokens.size(); ++i) {
    const std::string piece = vocabulary_.piece(tokens[i], true);
    if (text.compare(byte, piece.size(), piece) != 0) return;
    byte += piece.size();
    const int attributes = llama_vocab_get_attr(vocab_, tokens[i]);
    if ((attributes & LLAMA_TOKEN_ATTR_CONTROL) != 0 &&
        (attributes & LLAMA_TOKEN_ATTR_RSTRIP) == 0) {
      cuts.push_back({byte, i + 1});
    }
  }
  if (byte != text.size()) return;
  text_ = std::move(text);
  tokens_ = tokens;
  cuts_ = std::move(cuts);
}

}  // namespace clue::models
