#include "models/token_counters.h"

#include <gtest/gtest.h>

namespace clue::models {
namespace {

std::unique_ptr<TokenCounter> open(const std::string& name) {
  auto counter = open_token_counter(name);
  EXPECT_TRUE(counter.ok());
  return std::move(counter).value();
}

TEST(TokenCounters, WordsSplitLikePython) {
  const auto ws = open("ws");
  EXPECT_EQ(*ws->count(""), 0);
  EXPECT_EQ(*ws->count("  two\twords\n"), 2);
  // U+0085, U+00A0, U+2028, U+3000 and U+001C split; U+200B (zero width space) does not.
  EXPECT_EQ(*ws->count("a\u0085b\u00a0c\u2028d\u3000e\x1c"
                       "f\u200bg"),
            6);
  EXPECT_EQ(*ws->first("  one   two three", 2), "one two");
  EXPECT_EQ(*ws->first("one two", 0), "");
  EXPECT_EQ(*ws->first("one two", 99), "one two");
}

TEST(TokenCounters, StartTokenCountsAndIsPrinted) {
  const auto bos = open("ws_bos");
  EXPECT_EQ(*bos->count(""), 1);
  EXPECT_EQ(*bos->count("one two"), 3);
  EXPECT_EQ(*bos->first("one two", 2), "<s> one");
  EXPECT_EQ(*bos->first("one two", 0), "");
}

TEST(TokenCounters, CharactersAreCodePoints) {
  const auto chars = open("char");
  EXPECT_EQ(*chars->count("Größe 😀"), 7);
  EXPECT_EQ(*chars->first("Größe", 3), "Grö");
  EXPECT_EQ(*chars->count("\xff\xc3"), 2);  // invalid bytes: one each
}

TEST(TokenCounters, EstimateSaysSoAndNeverCutsACharacter) {
  const auto estimate = open("estimate");
  EXPECT_FALSE(estimate->exact());
  EXPECT_EQ(*estimate->count(""), 0);
  EXPECT_EQ(*estimate->count("12345678"), 3);
  EXPECT_EQ(*estimate->first("äöü", 1), "ä");  // 3 bytes of room hold one two-byte letter
}

TEST(TokenCounters, UnknownNameListsTheNames) {
  const auto counter = open_token_counter("words");
  ASSERT_FALSE(counter.ok());
  EXPECT_EQ(counter.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(counter.error().message.find("ws_bos"), std::string::npos);
}

}  // namespace
}  // namespace clue::models
