#include "base/withhold.h"

#include <gtest/gtest.h>

namespace clue {
namespace {

bool column(std::string_view word) { return word == "Text" || word == "label"; }

TEST(Withhold, QuotedTextBecomesItsLength) {
  EXPECT_EQ(withhold_quoted("a.csv:3: label: \"Mr. Moon\" is none of yes, no", column),
            "a.csv:3: label: \"[8 bytes withheld]\" is none of yes, no");
  EXPECT_EQ(withhold_quoted("a.csv: no column \"Text\"; it's \"label\"", column),
            "a.csv: no column \"Text\"; it's \"label\"");
  EXPECT_EQ(withhold_quoted("in \"Text\": \"he said \"hi\" twice\" is wrong", column),
            "in \"Text\": \"[18 bytes withheld]\" is wrong");
  EXPECT_EQ(withhold_quoted("unexpected literal; last read: '\"Mr. Moon'", column),
            "unexpected literal; last read: '[19 bytes withheld]");
  EXPECT_EQ(withhold_quoted("last read: 'Mr Moon's letter'", column),
            "last read: '[16 bytes withheld]'");
  EXPECT_EQ(withhold_quoted("nothing quoted", column), "nothing quoted");
}

TEST(Withhold, OnlyKnownWordsStay) {
  const auto known = [](std::string_view w) { return w == "invalid" || w == "token" || w == "8192"; };
  EXPECT_EQ(withhold_words("Invalid token: Müller, Anna (8192)", known),
            "Invalid token: [2 words withheld] (8192)");
  EXPECT_EQ(withhold_words("Anna", known), "[1 word withheld]");
  EXPECT_EQ(withhold_words("", known), "");
}

}  // namespace
}  // namespace clue
