#include "run/derive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "base/test_paths.h"

namespace clue::run {
namespace {

class Derive : public ::testing::Test {
 protected:
  void fill(core::DataUse use, int limit) {
    auto store = store::RunStore::create_or_open(dir.path(), false);
    ASSERT_TRUE(store.ok()) << store.error().message;
    store::PassFacts facts;
    facts.spec.task = "mednli";
    facts.model.name = "m";
    facts.planned = 2;
    facts.use = use;
    facts.limit = limit;
    auto pass = store->begin_pass(facts);
    ASSERT_TRUE(pass.ok());
    for (const char* id : {"0", "1"}) {
      core::Sample sample;
      sample.id = id;
      sample.targets = {"neutral"};
      core::Prompt prompt;
      prompt.sample = id;
      prompt.messages = {{core::Role::user, "secret letter"}};
      core::Generation g;
      g.text = "NEUTRAL";
      ASSERT_TRUE(store->put_generation(*pass, id[0] - '0', sample, prompt, g).ok());
      core::Answer answer;
      answer.value = "neutral";
      ASSERT_TRUE(store
                      ->put_scores(*pass, core::RuleSet::corrected, id, 0, answer,
                                   {{"accuracy", 1.0, std::nullopt, ""}})
                      .ok());
    }
    core::Summary s;
    s.metric = "accuracy";
    s.mean = 1.0;
    s.n = 2;
    s.headline = true;
    ASSERT_TRUE(store->put_summaries(*pass, core::RuleSet::corrected, {s}).ok());
    ASSERT_TRUE(store->commit().ok());
    auto results = collect_results(*store, core::RuleSet::corrected);
    ASSERT_TRUE(results.ok()) << results.error().message;
    ASSERT_TRUE(write_results(dir.path(), *results).ok());
    ASSERT_TRUE(write_samples(dir.path(), *store, *results, false).ok());
  }
  TempDir dir;
};

TEST_F(Derive, ResultsSayWhatAPersonNeeds) {
  fill(core::DataUse::open, 0);
  const auto j = read_json(dir.path() / "results.json");
  ASSERT_TRUE(j.ok());
  const nlohmann::json& task = (*j)["tasks"][0];
  EXPECT_EQ(task["task"], "mednli");
  EXPECT_EQ(task["statuses"]["answered"], 2);
  EXPECT_EQ(task["score"], 1.0);
  EXPECT_EQ(task["complete"], true);
  EXPECT_TRUE((*j)["level1"].is_null()) << "two tasks are missing";
}

TEST_F(Derive, OpenTextIsThereGuardedTextIsNot) {
  fill(core::DataUse::open, 0);
  EXPECT_NE(read_file(dir.path() / "samples_mednli.jsonl")->find("secret"), std::string::npos);
}

TEST_F(Derive, GuardedTextIsLeftOut) {
  fill(core::DataUse::credentialed, 5);
  const std::string lines = *read_file(dir.path() / "samples_mednli.jsonl");
  EXPECT_EQ(lines.find("secret"), std::string::npos);
  EXPECT_EQ(lines.find("NEUTRAL"), std::string::npos);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  const auto j = read_json(dir.path() / "results.json");
  EXPECT_EQ((*j)["tasks"][0]["subset"], true);
}

}  // namespace
}  // namespace clue::run
