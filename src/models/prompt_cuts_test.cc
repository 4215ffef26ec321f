#include "models/prompt_cuts.h"

#include <gtest/gtest.h>

#include <set>

namespace clue::models {
namespace {

std::set<std::size_t> cuts(std::size_t size) {
  std::set<std::size_t> out = {0};
  for (std::size_t at = 0; at < size; at = *out.rbegin()) out.insert(next_cut(at, size));
  return out;
}

TEST(PromptCuts, FollowFromTheLengthAlone) {
  EXPECT_EQ(cuts(1), (std::set<std::size_t>{0, 1}));
  EXPECT_EQ(cuts(70), (std::set<std::size_t>{0, 32, 64, 70}));
  EXPECT_EQ(cuts(512), (std::set<std::size_t>{0, 512}));
  EXPECT_EQ(cuts(1089), (std::set<std::size_t>{0, 512, 1024, 1056, 1088, 1089}));
}

TEST(PromptCuts, WhatIsInCommonHasTheSameCallsInBoth) {
  for (std::size_t a = 1; a < 1700; a += 37) {
    for (std::size_t b = 1; b < 1700; b += 41) {
      const std::set<std::size_t> of_a = cuts(a), of_b = cuts(b);
      for (std::size_t shared = 0; shared <= std::min(a, b); shared += 29) {
        const std::size_t common = cut_in_common(shared, a, b);
        ASSERT_LE(common, shared);
        EXPECT_EQ(std::set<std::size_t>(of_a.begin(), of_a.upper_bound(common)),
                  std::set<std::size_t>(of_b.begin(), of_b.upper_bound(common)));
        EXPECT_TRUE(of_a.contains(common) && of_b.contains(common)) << a << ' ' << b;
      }
    }
  }
}

TEST(PromptCuts, LosesLittle) {
  EXPECT_EQ(cut_in_common(680, 750, 760), 672U);
  EXPECT_EQ(cut_in_common(8000, 8100, 8150), 7680U + 320U);
  EXPECT_EQ(cut_in_common(1000, 1020, 1030), 512U) << "the second block is complete in one only";
}

}  // namespace
}  // namespace clue::models
