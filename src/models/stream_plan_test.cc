#include "models/stream_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace clue::models {
namespace {

TEST(StreamPlan, GivesEveryPromptOnce) {
  std::vector<Tokens> prompts;
  for (int i = 0; i < 50; ++i) prompts.push_back({i % 7, i % 3, i});
  for (const std::size_t streams : {1U, 3U, 50U, 80U}) {
    StreamPlan plan(prompts, streams);
    std::set<std::size_t> seen;
    for (std::size_t turn = 0; !plan.empty(); ++turn) {
      const auto next = plan.next(turn * turn % streams);
      ASSERT_TRUE(next);
      EXPECT_TRUE(seen.insert(*next).second);
    }
    EXPECT_EQ(seen.size(), prompts.size());
    EXPECT_FALSE(plan.next(0));
  }
}

TEST(StreamPlan, NeighboursOfTheTrieStayInOneStream) {
  std::vector<Tokens> prompts;  // four families of three, mixed up
  for (int i = 0; i < 12; ++i) prompts.push_back({9, i % 4, i % 4, i % 4, i});
  StreamPlan plan(prompts, 2);
  for (int turn = 0; turn < 6; ++turn) {
    const std::size_t first = *plan.next(0), second = *plan.next(1);
    EXPECT_LT(prompts[first][1], 2) << turn;
    EXPECT_GE(prompts[second][1], 2) << turn;
  }
  EXPECT_TRUE(plan.empty());
}

}  // namespace
}  // namespace clue::models
