#include "models/engine_stats.h"

#include <gtest/gtest.h>

namespace clue::models {
namespace {

EngineStats some() {
  EngineStats s;
  s.prompt_tokens = 1000;
  s.computed_tokens = 210;
  s.reused_tokens = 790;
  s.trie_lower_bound = 200;
  s.output_tokens = 50;
  s.decode_rows = 45;
  s.decode_places = 48;
  s.prefill_seconds = 2;
  s.decode_seconds = 0.5;
  s.streams = 8;
  s.checked = 4;
  s.differing = 1;
  return s;
}

TEST(EngineStats, SaysWhatCounts) {
  EXPECT_EQ(describe(some()),
            "1000 prompt tokens, 210 computed (1.050 x the least possible 200), 790 reused; "
            "prefill 105 tokens/s, decode 100 tokens/s; 8 streams 94 % full; 1 of 4 answers "
            "checked in exact mode differ");
  EXPECT_EQ(describe({}), "");
  EXPECT_EQ(occupancy({}), 1);
}

TEST(EngineStats, AddsUpOverSessionsAndKeepsThroughJson) {
  EngineStats sum = some();
  sum += some();
  EXPECT_EQ(sum.prompt_tokens, 2000);
  EXPECT_EQ(sum.streams, 8);
  EXPECT_EQ((sum - some()).decode_rows, 45);
  const EngineStats back = stats_from_json(stats_json(sum));
  EXPECT_EQ(describe(back), describe(sum));
  EXPECT_EQ(stats_from_json("not json").prompt_tokens, 0);
}

}  // namespace
}  // namespace clue::models
