#include "models/answer_stream.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/prompt_trie.h"
#include "models/sampler.h"

namespace clue::models {
namespace {

core::Generation stream(const std::vector<std::string>& pieces,
                        const std::vector<std::string>& stop, bool in_reasoning = false) {
  AnswerStream answer(stop, in_reasoning);
  for (const std::string& piece : pieces) {
    if (!answer.stopped()) answer.add(piece);
  }
  core::Generation out;
  answer.finish(out);
  return out;
}

TEST(AnswerStream, StopStringsAcrossPieces) {
  EXPECT_EQ(stream({"ab", "cd", "ef"}, {"bcde"}).text, "a");
  EXPECT_EQ(stream({"abc"}, {"b", "a"}).text, "");
  EXPECT_EQ(stream({"abc"}, {"", "x"}).text, "abc");
}

TEST(AnswerStream, Reasoning) {
  core::Generation g = stream({" <thi", "nk>why\n\n", "</th", "ink>\n\nB"}, {"\n\n"});
  EXPECT_EQ(g.reasoning, "why");
  EXPECT_EQ(g.text, "B");
  g = stream({"still thinking"}, {"think"}, true);
  EXPECT_EQ(g.reasoning, "still thinking");
  EXPECT_EQ(g.text, "");
  g = stream({"why</think> A"}, {}, true);
  EXPECT_EQ(g.reasoning, "why");
  EXPECT_EQ(g.text, "A");
  EXPECT_EQ(stream({"a <think> b"}, {}).text, "a <think> b");  // not at the start: text
}

TEST(MendUtf8, BrokenSequences) {
  EXPECT_EQ(mend_utf8("Gr\xC3\xB6\xC3\x9F"
                      "e"),
            "Größe");
  EXPECT_EQ(mend_utf8("a\xE2\x82"), "a");  // cut at the end
  EXPECT_EQ(mend_utf8("a\xFF"
                      "b\x80"),
            "a\uFFFDb\uFFFD");
  EXPECT_EQ(mend_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
}

TEST(Sampler, GreedyTakesTheFirstOfTheHighestAtEveryLength) {
  std::uint64_t state = 1;
  for (std::size_t size = 1; size < 100; ++size) {
    std::vector<float> logits(size);
    for (float& logit : logits) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      const auto drawn = static_cast<int>(state >> 60);  // 16 values: many are equal
      logit = drawn == 15 ? NAN : static_cast<float>(drawn) - 20;
    }
    int best = 0;
    float highest = -INFINITY;
    for (std::size_t i = 0; i < size; ++i) {
      if (!(logits[i] > highest)) continue;
      highest = logits[i];
      best = static_cast<int>(i);
    }
    EXPECT_EQ(Sampler({}).choose(logits), best) << size;
  }
}

TEST(Sampler, GreedyFiltersAndSeeds) {
  const std::vector<float> logits = {1.0F, 3.0F, 3.0F, NAN, -INFINITY};
  EXPECT_EQ(Sampler({}).choose(logits), 1);
  core::Decoding decoding{.temperature = 1.0, .top_k = 1};
  EXPECT_EQ(Sampler(decoding).choose(logits), 1);
  decoding = {.temperature = 2.0, .top_p = 0.5};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    decoding.seed = seed;
    const int chosen = Sampler(decoding).choose(logits);
    EXPECT_TRUE(chosen == 1 || chosen == 2);
    EXPECT_EQ(chosen, Sampler(decoding).choose(logits));
  }
  decoding = {.temperature = 1.0};
  int zero = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    decoding.seed = seed;
    zero += Sampler(decoding).choose(logits) == 0 ? 1 : 0;
  }
  const double expected = 4000 / (1 + 2 * std::exp(2.0));
  EXPECT_NEAR(zero, expected, 5 * std::sqrt(expected));
  EXPECT_NEAR(log_probability(std::vector<float>{0, 0}, 1), -std::log(2.0), 1e-12);
}

TEST(PromptTrie, OrderAndSize) {
  const std::vector<Tokens> prompts = {{1, 2, 3}, {1, 2}, {5}, {1, 2, 4}, {1, 2, 3}};
  EXPECT_EQ(trie_order(prompts), (std::vector<std::size_t>{1, 0, 4, 3, 2}));
  EXPECT_EQ(trie_size(prompts), 5);
  EXPECT_EQ(common_prefix(prompts[0], prompts[3]), 2U);
}

}  // namespace
}  // namespace clue::models
