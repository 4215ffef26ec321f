#include "run/merge.h"

#include <gtest/gtest.h>

#include "base/test_paths.h"
#include "run/test_task.h"

namespace clue::run {
namespace {

using testing::contents;
using testing::EchoTask;
namespace fs = std::filesystem;

TEST(Merge, ShardsGiveTheWholeRun) {
  const TempDir tmp;
  EchoTask task(50);
  ASSERT_TRUE(task.run(tmp / "whole").ok());
  std::vector<fs::path> shards;
  for (int i = 0; i < 3; ++i) {
    task.request.shard = {i, 3};
    shards.push_back(tmp / ("shard" + std::to_string(i)));
    ASSERT_TRUE(task.run(shards.back()).ok());
  }
  // Two first: incomplete, and it says where.
  const auto part = merge_runs(std::span(shards).first(2), tmp / "merged");
  ASSERT_TRUE(part.ok()) << part.error().message;
  EXPECT_FALSE(part->complete());
  EXPECT_EQ(part->tasks.at(0).done, 34U);
  EXPECT_EQ(part->tasks.at(0).positions.at(0), "2");
  // The third into the same folder.
  const auto rest = merge_runs(std::span(shards).last(1), tmp / "merged");
  ASSERT_TRUE(rest.ok()) << rest.error().message;
  EXPECT_TRUE(rest->complete());
  EXPECT_EQ(rest->tasks.at(0).planned, 50U);
  EXPECT_TRUE(rest->tasks.at(0).positions.empty());
  EXPECT_EQ(contents(tmp / "merged"), contents(tmp / "whole"));
}

TEST(Merge, AnAnswerWinsOverAnError) {
  const TempDir tmp;
  EchoTask task(4);
  const auto failing = [](const models::Request& r) {
    core::Generation g = testing::echo(r);
    if (r.prompt->sample == "2") g.error = "reset";
    return g;
  };
  ASSERT_TRUE(task.run(tmp / "a", failing).ok());
  ASSERT_TRUE(task.run(tmp / "b").ok());
  for (const auto& runs :
       {std::vector<fs::path>{tmp / "a", tmp / "b"}, std::vector<fs::path>{tmp / "b", tmp / "a"}}) {
    const fs::path out = tmp / ("out" + runs[0].filename().string());
    const auto merged = merge_runs(runs, out);
    ASSERT_TRUE(merged.ok());
    EXPECT_TRUE(merged->complete());
    EXPECT_EQ(merged->tasks.at(0).twice, 4U);
    EXPECT_EQ(contents(out), contents(tmp / "b"));
  }
}

TEST(Merge, RunsMadeOtherwiseAreRefusedByName) {
  const TempDir tmp;
  EchoTask task(4);
  ASSERT_TRUE(task.run(tmp / "a").ok());
  task.request.facts.spec.decoding.seed = 7;
  ASSERT_TRUE(task.run(tmp / "b").ok());
  const std::vector<fs::path> runs = {tmp / "a", tmp / "b"};
  const auto merged = merge_runs(runs, tmp / "out");
  ASSERT_FALSE(merged.ok());
  EXPECT_NE(merged.error().message.find("decoding.seed: 1 against 7"), std::string::npos)
      << merged.error().message;
  EXPECT_FALSE(fs::exists(tmp / "out")) << "nothing is written";
  task.request.facts.spec.model_hash = "other";
  task.request.facts.spec.task = "other task";
  ASSERT_TRUE(task.run(tmp / "c").ok());
  const std::vector<fs::path> models = {tmp / "a", tmp / "c"};
  EXPECT_NE(merge_runs(models, tmp / "out").error().message.find("different models"),
            std::string::npos);
  const std::vector<fs::path> absent = {tmp / "nothing"};
  EXPECT_EQ(merge_runs(absent, tmp / "out").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace clue::run
