#include "run/compare.h"

#include <gtest/gtest.h>

#include "base/test_paths.h"
#include "run/test_task.h"

namespace clue::run {
namespace {

using testing::EchoTask;

/// Right on samples whose number is below `n`.
models::MockAnswer right_below(int n) {
  return [n](const models::Request& r) {
    core::Generation g = testing::echo(r);
    if (std::stoi(r.prompt->sample) >= n) g.text = "wrong";
    return g;
  };
}

Result<RunComparison> compare(const TempDir& tmp) {
  CLUE_TRY(auto a, store::RunStore::open_read(tmp / "a"));
  CLUE_TRY(auto b, store::RunStore::open_read(tmp / "b"));
  return compare_runs(a, b, core::RuleSet::corrected);
}

TEST(Compare, PairsSamplesAndCountsFlips) {
  const TempDir tmp;
  EchoTask task(60);
  ASSERT_TRUE(task.run(tmp / "a", right_below(50)).ok());
  task.request.facts.spec.model_hash = "other";
  ASSERT_TRUE(task.run(tmp / "b", right_below(20)).ok());
  const auto c = compare(tmp);
  ASSERT_TRUE(c.ok()) << c.error().message;
  const TaskComparison& t = c->tasks.at(0);
  EXPECT_EQ(t.common, 60U);
  EXPECT_EQ(t.spec_differences, "model_hash: mock against other");
  const MetricComparison& m = t.metrics.at(0);
  EXPECT_DOUBLE_EQ(m.test.difference.mean, 0.5);
  EXPECT_GT(m.test.difference.low, 0);
  EXPECT_EQ(m.test.clusters, 30U);
  EXPECT_LT(m.p_holm, 0.001);
  EXPECT_TRUE(m.right_or_wrong);
  EXPECT_EQ(m.both_right, 20U);
  EXPECT_EQ(m.only_a, 30U);
  EXPECT_EQ(m.only_b, 0U);
  EXPECT_EQ(m.both_wrong, 10U);
  EXPECT_EQ(t.flips.size(), 30U);
}

TEST(Compare, SaysWhatIsNotCommon) {
  const TempDir tmp;
  EchoTask task(10);
  ASSERT_TRUE(task.run(tmp / "a").ok());
  task.data.samples[0].targets = {"another reference"};
  task.data.samples[1].id = "elsewhere";
  task.data.samples.pop_back();
  const auto failing = [](const models::Request& r) {
    core::Generation g = testing::echo(r);
    if (r.prompt->sample == "5") g.error = "reset";
    return g;
  };
  ASSERT_TRUE(task.run(tmp / "b", failing).ok());
  const auto c = compare(tmp);
  ASSERT_TRUE(c.ok()) << c.error().message;
  const TaskComparison& t = c->tasks.at(0);
  EXPECT_EQ(t.only_in_a, 2U);
  EXPECT_EQ(t.only_in_b, 1U);
  EXPECT_EQ(t.other_data, 1U);
  EXPECT_EQ(t.without_answer, 1U);
  EXPECT_EQ(t.common, 6U);
}

TEST(Compare, RefusesRunsThatCannotBeCompared) {
  const TempDir tmp;
  EchoTask task(4);
  ASSERT_TRUE(task.run(tmp / "a").ok());
  task.request.facts.spec.task = "another";
  ASSERT_TRUE(task.run(tmp / "b").ok());
  EXPECT_NE(compare(tmp).error().message.find("no sample in common"), std::string::npos);

  task.request.facts.spec.task = "echo";
  std::filesystem::remove_all(tmp / "b");
  {
    ASSERT_TRUE(task.run(tmp / "b").ok());
    auto store = store::RunStore::create_or_open(tmp / "b", false);
    auto summaries = *store->summaries(1, core::RuleSet::corrected);
    summaries[0].signature = "other encoder";
    ASSERT_TRUE(store->put_summaries(1, core::RuleSet::corrected, summaries).ok());
  }
  EXPECT_NE(compare(tmp).error().message.find("computed in two ways"), std::string::npos);
  auto a = store::RunStore::open_read(tmp / "a");
  auto b = store::RunStore::open_read(tmp / "b");
  EXPECT_NE(compare_runs(*a, *b, core::RuleSet::clue_2024).error().message.find("is not scored"),
            std::string::npos);
}

}  // namespace
}  // namespace clue::run
