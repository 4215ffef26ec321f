#include "tasks/ranking.h"

#include <gtest/gtest.h>

namespace clue::tasks {
namespace {

TEST(Ranking, LabelsAsTheExamplesSayThem) {
  Task task;
  task.file.kind = AnswerKind::label;
  task.file.labels = {"yes", "no"};
  PromptSet prompts;
  prompts.assistant = "Answer: {target}";
  const auto choices = ranked_choices(task, prompts, {});
  ASSERT_EQ(choices.size(), 2U);
  EXPECT_EQ(choices[1].form, "label");
  EXPECT_EQ(choices[1].answer, "no");
  EXPECT_EQ(choices[1].text, "Answer: no");
}

TEST(Ranking, LettersAndTexts) {
  Task task;
  task.file.kind = AnswerKind::choice;
  core::Sample sample;
  sample.fields = {{"option_A", "a fever"}, {"option_B", "a cough"}};
  const auto choices = ranked_choices(task, {}, sample);
  ASSERT_EQ(choices.size(), 4U);
  EXPECT_EQ(choices[1].text, "B");
  EXPECT_EQ(choices[2].text, "a fever");
  EXPECT_EQ(choices[3].answer, "B");
  task.file.kind = AnswerKind::text;
  EXPECT_TRUE(ranked_choices(task, {}, sample).empty());
}

TEST(Ranking, SumsForLettersBytesForTexts) {
  core::Generation g;
  EXPECT_TRUE(ranking_scores(g, "A").empty());
  g.extra["logprobs"] = R"([
    {"form":"letter","answer":"A","sum":-1.0,"per_byte":-1.0},
    {"form":"letter","answer":"B","sum":-2.0,"per_byte":-2.0},
    {"form":"text","answer":"A","sum":-9.0,"per_byte":-0.9},
    {"form":"text","answer":"B","sum":-10.0,"per_byte":-0.5}])";
  const auto scores = ranking_scores(g, "A");
  ASSERT_EQ(scores.size(), 2U);
  EXPECT_EQ(scores[0].metric, "accuracy_logprob");
  EXPECT_EQ(scores[0].value, 1.0);
  EXPECT_EQ(scores[1].value, 0.0);
  EXPECT_EQ(scores[1].why, "B");
}

TEST(Ranking, WhatHasNoValueIsMissingWithTheReason) {
  core::Generation g;
  g.extra["logprobs"] = R"([
    {"form":"letter","answer":"A","sum":null,"why":"not among the 20 likeliest first tokens"},
    {"form":"letter","answer":"B","sum":-7.5}])";
  auto scores = ranking_scores(g, "A");
  ASSERT_EQ(scores.size(), 2U);
  EXPECT_EQ(scores[0].value, 0.0) << "B is likelier than what is not even listed";
  EXPECT_FALSE(scores[1].value) << "a server tells no whole text's likelihood";
  g.extra["logprobs"] = R"([{"form":"label","answer":"yes","sum":null,"why":"not among them"}])";
  scores = ranking_scores(g, "yes");
  EXPECT_FALSE(scores[0].value);
  EXPECT_EQ(scores[0].why, "no option: not among them");
  g.extra = {{"logprobs_why", "too long"}};
  scores = ranking_scores(g, "yes");
  ASSERT_EQ(scores.size(), 2U);
  EXPECT_EQ(scores[1].why, "too long");
}

}  // namespace
}  // namespace clue::tasks
