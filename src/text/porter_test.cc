#include "text/porter.h"

#include <gtest/gtest.h>

#include "text/golden.h"

namespace clue::text {
namespace {

TEST(Porter, EqualsNltkOnEveryRule) {
  const auto cases = golden_lines("porter.jsonl");
  ASSERT_GT(cases.size(), 3000u);
  for (const auto& c : cases) {
    std::string word = c[0];
    porter_stem(word);
    EXPECT_EQ(word, c[1]) << c[0];
  }
}

TEST(Porter, LongRunsOfYStayFast) {
  std::string word(20000, 'y');
  porter_stem(word);
  EXPECT_GE(word.size(), 19990u);
}

}  // namespace
}  // namespace clue::text
