#include "models/baseline.h"

#include <gtest/gtest.h>

namespace clue::models {
namespace {

core::Prompt prompt_with_shots(const std::vector<std::string>& answers) {
  core::Prompt prompt;
  for (const std::string& answer : answers) {
    prompt.messages.push_back({core::Role::user, "question"});
    prompt.messages.push_back({core::Role::assistant, answer});
  }
  prompt.messages.push_back({core::Role::user, "the item"});
  return prompt;
}

TEST(Baseline, MajorityOfShotsFirstWinsATie) {
  core::Prompt prompt = prompt_with_shots({"neutral", "entailment", "entailment", "neutral"});
  EXPECT_EQ(majority_of_shots({.prompt = &prompt}), "neutral");
  prompt = prompt_with_shots({"a", "b", "b"});
  EXPECT_EQ(majority_of_shots({.prompt = &prompt}), "b");
  EXPECT_EQ(majority_of_shots({}), "");
}

TEST(Baseline, RandomDependsOnTheSeedOnly) {
  const core::Prompt prompt = prompt_with_shots({"a", "b", "c"});
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::string first = random_of_shots({.prompt = &prompt, .seed = seed});
    EXPECT_EQ(first, random_of_shots({.prompt = &prompt, .seed = seed}));
    ++seen[first];
  }
  EXPECT_GT(seen["a"], 60);
  EXPECT_GT(seen["b"], 60);
  EXPECT_GT(seen["c"], 60);
}

TEST(Baseline, MedNliNeedsNoExamples) {
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    ++seen[find_baseline("random", "mednli")->answer({.seed = seed})];
  }
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_GT(seen["neutral"], 60);
  EXPECT_EQ(find_baseline("majority", "mednli")->answer({}), "entailment");
  const core::Prompt prompt = prompt_with_shots({"neutral"});
  EXPECT_EQ(find_baseline("random", "mednli")->answer({.prompt = &prompt}), "neutral");
}

TEST(Baseline, AnswersEveryRequestOnce) {
  auto model = open_model("baseline:majority", {});
  ASSERT_TRUE(model.ok());
  const core::Prompt prompt = prompt_with_shots({"yes"});
  const core::Sample sample;
  const std::vector<Request> requests(5, Request{&prompt, &sample, {}, "mytask"});
  std::vector<int> done(5, 0);
  ASSERT_TRUE((*model)
                  ->generate(requests,
                             [&](std::size_t i, const core::Generation& g) {
                               ++done[i];
                               EXPECT_EQ(g.text, "yes");
                             },
                             {})
                  .ok());
  EXPECT_EQ(done, std::vector<int>(5, 1));
  EXPECT_EQ((*model)->info().spec, "baseline:majority");
}

TEST(Baseline, UnknownKindListsKinds) {
  const auto model = open_model("baseline:best", {});
  ASSERT_FALSE(model.ok());
  EXPECT_NE(model.error().message.find("majority, random"), std::string::npos);
}

}  // namespace
}  // namespace clue::models
