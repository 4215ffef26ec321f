// Against tokenizing each chat as a whole, with the tiny model and the real vocabularies that
// llama.cpp's sources bring (CLUE_VOCABULARIES, set by ctest).
#include "models/chat_encoder.h"

#include <llama.h>

#include <cstdlib>
#include <filesystem>

#include "models/llama_test_kit.h"

namespace clue::models {
namespace {

RenderedChat rendered(const std::vector<ChatPart>& parts) {
  RenderedChat out;
  out.parts = parts;
  return out;
}

/// Chats that share beginnings of many lengths, with marks as the vocabulary spells them.
void expect_same(const llama_vocab* vocab, const std::string& name) {
  const Vocabulary plain(vocab);
  std::vector<std::string> marks = {"", "[INST]"};
  for (llama_token token = 0; token < plain.size() && marks.size() < 8; ++token) {
    if ((llama_vocab_get_attr(vocab, token) & LLAMA_TOKEN_ATTR_CONTROL) != 0) {
      marks.push_back(plain.piece(token, true));
    }
  }
  ChatEncoder encoder(vocab);
  const std::vector<std::string> texts = {
      "Fever since 3 days.",         "  Fever since", "\n\nna\u00efve \u4e2d", "", "don't", " \t x",
      "Fever since 3 days. No cough"};
  unsigned seed = 1;
  const auto next = [&](std::size_t n) {
    seed = (seed * 1103515245U + 12345U) & 0x7fffffffU;
    return (seed >> 8) % n;
  };
  std::vector<ChatPart> parts;
  for (int round = 0; round < 300; ++round) {
    parts.resize(next(parts.size() + 1));  // keeps some of the last one
    for (std::size_t i = next(6); i > 0; --i) {
      parts.push_back({marks[next(marks.size())], false});
      parts.push_back({texts[next(texts.size())], true});
      if (next(40) == 0) parts.push_back({marks.back(), true});  // data spells a mark
    }
    const RenderedChat chat = rendered(parts);
    ASSERT_EQ(encoder.encode(chat), plain.encode_chat(chat)) << name << ": " << chat.text();
  }
}

TEST(ChatEncoder, SameTokensAsEachChatAlone) {
  const Result<ModelHandle> model = load_gguf(tiny(), /*vocab_only=*/true, 0);
  ASSERT_TRUE(model.ok());
  expect_same(llama_model_get_vocab(model->get()), "tiny");
}

TEST(ChatEncoder, SameTokensWithRealVocabularies) {
  const char* const folder = std::getenv("CLUE_VOCABULARIES");
  if (folder == nullptr) GTEST_SKIP() << "CLUE_VOCABULARIES names no folder of ggml-vocab-*.gguf";
  int tried = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("ggml-vocab-") || !name.ends_with(".gguf")) continue;
    const Result<ModelHandle> model = load_gguf(entry.path().string(), /*vocab_only=*/true, 0);
    if (!model.ok()) continue;
    expect_same(llama_model_get_vocab(model->get()), name);
    ++tried;
  }
  EXPECT_GT(tried, 8);
}

}  // namespace
}  // namespace clue::models
