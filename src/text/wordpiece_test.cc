#include "text/wordpiece.h"

#include <gtest/gtest.h>

#include "text/golden.h"

namespace clue::text {
namespace {

std::vector<std::string> lines(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::string> out;
  for (std::string l; std::getline(in, l);) out.push_back(l);
  return out;
}

TEST(WordPiece, EqualsHuggingFaceOnGoldenTexts) {
  const auto cases = shared_lines("golden/metrics/bert_tokens.jsonl");
  if (cases.empty()) GTEST_SKIP() << "no reference folder beside the checkout (CLUE_SHARED)";
  auto wp = WordPiece::from_vocab(lines(shared_path("golden/metrics/minilm/vocab.txt")), {});
  ASSERT_TRUE(wp.ok());
  for (const auto& c : cases) {
    EXPECT_EQ(wp->encode(c["text"].get<std::string>(), 512),
              c["ids"].get<std::vector<std::int32_t>>())
        << c["text"];
  }
}

TEST(WordPiece, SmallVocabulary) {
  const std::vector<std::string> vocab = {
      "[PAD]", "[UNK]",    "[CLS]",      "[SEP]", "[MASK]",       "high",          "##er",
      "er",    "\xCF\x83", "##\xCF\x83", "!",     "\xE1\x84\x80", "##\xE1\x85\xA1"};
  auto wp = WordPiece::from_vocab(vocab, {});
  ASSERT_TRUE(wp.ok());
  using Ids = std::vector<std::int32_t>;
  EXPECT_EQ(wp->pieces("Higher!"), (Ids{5, 6, 10}));
  EXPECT_EQ(wp->pieces("high\xC2\x85"
                       "er"),
            (Ids{5, 6}));  // NEL is removed
  EXPECT_EQ(wp->pieces("high\xE2\x80\xA8"
                       "er"),
            (Ids{5, 7}));                                  // U+2028 splits
  EXPECT_EQ(wp->pieces("\xCE\xA3\xCE\xA3"), (Ids{8, 9}));  // no final sigma
  EXPECT_EQ(wp->pieces("\xEA\xB0\x80"), (Ids{11, 12}));    // Hangul into jamo
  EXPECT_EQ(wp->pieces("[MASK]high[mask]"), (Ids{4, 5, 1, 1, 1}));
  EXPECT_EQ(wp->pieces(std::string(101, 'x')), (Ids{1}));
  EXPECT_EQ(wp->pieces("\xFF high"), (Ids{5}));
  EXPECT_EQ(wp->encode("  ", 512), (Ids{2, 3}));
  std::size_t full = 0;
  EXPECT_EQ(wp->encode("high high high", 4, &full), (Ids{2, 5, 5, 3}));
  EXPECT_EQ(full, 5u);
  EXPECT_FALSE(WordPiece::from_vocab({"a"}, {}).ok());
}

TEST(WordPiece, CasedKeepsAccents) {
  auto wp = WordPiece::from_vocab({"[UNK]", "[CLS]", "[SEP]", "\xC3\x84"}, {.lower_case = false});
  ASSERT_TRUE(wp.ok());
  EXPECT_EQ(wp->pieces("A\xCC\x88"), (std::vector<std::int32_t>{3}));
}

}  // namespace
}  // namespace clue::text
