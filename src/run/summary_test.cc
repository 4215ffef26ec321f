#include "run/summary.h"

#include <gtest/gtest.h>

namespace clue::run {
namespace {

ScoredSample scored(const std::string& cluster, std::optional<double> value,
                    core::AnswerStatus status = core::AnswerStatus::answered) {
  ScoredSample s;
  s.cluster = cluster;
  s.status = status;
  if (status != core::AnswerStatus::error)
    s.scores = {{"accuracy", value, std::nullopt, "no encoder"}};
  return s;
}

tasks::TaskFile task() {
  tasks::TaskFile t;
  t.metrics = {"accuracy"};
  t.headline = {"accuracy"};
  return t;
}

TEST(Summary, RefusedCountsAsWrongErrorIsMissing) {
  std::vector<ScoredSample> samples;
  for (int i = 0; i < 6; ++i) samples.push_back(scored(std::to_string(i), 1.0));
  for (int i = 6; i < 10; ++i) {
    samples.push_back(scored(std::to_string(i), 0.0, core::AnswerStatus::refused));
  }
  samples.push_back(scored("10", std::nullopt, core::AnswerStatus::error));
  const auto s = summarize(task(), samples, core::RuleSet::corrected);
  ASSERT_EQ(s.size(), 1U);
  EXPECT_DOUBLE_EQ(*s[0].mean, 0.6);
  EXPECT_EQ(s[0].n, 10U);
  EXPECT_EQ(s[0].missing, 1U);
  EXPECT_TRUE(s[0].headline);
  EXPECT_LT(*s[0].ci_low, 0.6);
  EXPECT_GT(*s[0].ci_high, 0.6);
}

TEST(Summary, PublishedAggregationCountsTheFirstTwice) {
  const std::vector<ScoredSample> samples = {scored("a", 1.0), scored("b", 0.0), scored("c", 0.0)};
  tasks::TaskFile published = task();
  published.published_first_twice = true;
  EXPECT_DOUBLE_EQ(*summarize(published, samples, core::RuleSet::corrected)[0].mean, 1.0 / 3);
  EXPECT_DOUBLE_EQ(*summarize(published, samples, core::RuleSet::clue_2024)[0].mean, 2.0 / 4);
  EXPECT_DOUBLE_EQ(*summarize(task(), samples, core::RuleSet::clue_2024)[0].mean, 1.0 / 3);
}

TEST(Summary, PublishedTextAveragesHaveTwoDecimals) {
  const std::vector<ScoredSample> samples = {scored("a", 1.0), scored("b", 0.0), scored("c", 0.0)};
  tasks::TaskFile published = task();
  published.published_two_decimals = true;
  EXPECT_DOUBLE_EQ(*summarize(published, samples, core::RuleSet::corrected)[0].mean, 1.0 / 3);
  EXPECT_DOUBLE_EQ(*summarize(published, samples, core::RuleSet::clue_2024)[0].mean, 0.33);
}

TEST(Summary, AMetricNobodyCouldComputeIsMissingWithTheReason) {
  const auto s = summarize(task(), {scored("a", std::nullopt), scored("b", std::nullopt)},
                           core::RuleSet::corrected);
  EXPECT_FALSE(s[0].mean.has_value());
  EXPECT_EQ(s[0].why, "no encoder");
  EXPECT_EQ(s[0].missing, 2U);
}

TEST(Summary, ClustersWidenTheInterval) {
  std::vector<ScoredSample> single, grouped;
  for (int i = 0; i < 100; ++i) {
    single.push_back(scored(std::to_string(i), i < 50 ? 1.0 : 0.0));
    grouped.push_back(scored(std::to_string(i / 25), i < 50 ? 1.0 : 0.0));
  }
  const auto a = summarize(task(), single, core::RuleSet::corrected)[0],
             b = summarize(task(), grouped, core::RuleSet::corrected)[0];
  EXPECT_DOUBLE_EQ(*a.mean, *b.mean);
  EXPECT_LT(*a.ci_high - *a.ci_low, *b.ci_high - *b.ci_low);
  tasks::TaskFile named = task();
  named.cluster = {"patient"};
  const auto c = summarize(named, grouped, core::RuleSet::corrected)[0];
  EXPECT_TRUE(c.ci_method.ends_with("4 clusters (by patient)")) << c.ci_method;
}

TEST(Summary, NoSamplesNoNumber) {
  const auto s = summarize(task(), {}, core::RuleSet::corrected);
  ASSERT_EQ(s.size(), 1U);
  EXPECT_FALSE(s[0].mean.has_value());
}

}  // namespace
}  // namespace clue::run
