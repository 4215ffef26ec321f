#include "tasks/scoring.h"

#include <gtest/gtest.h>

#include "tasks/library.h"

namespace clue::tasks {
namespace {

using core::AnswerStatus;
using core::RuleSet;

Task task_named(std::string_view name) { return find_task(name, load_library().value()).value(); }

core::Generation said(const std::string& text,
                      core::StopReason stop = core::StopReason::end_of_turn) {
  core::Generation g;
  g.text = text;
  g.stop = stop;
  return g;
}

/// Scores one output; metric name -> value.
std::map<std::string, std::optional<double>> scores(const Task& task, const core::Sample& sample,
                                                    const core::Generation& generation,
                                                    RuleSet rules, AnswerStatus* status = nullptr) {
  const core::Answer answer = task.def->parse(task, sample, generation, rules);
  if (status != nullptr) *status = answer.status;
  const ScoreInput input{&sample, nullptr, &generation, &answer};
  const auto rows = task.def->score(task, {&input, 1}, MetricResources{}, rules).value();
  std::map<std::string, std::optional<double>> out;
  for (const core::Score& s : rows[0]) out[s.metric] = s.value;
  return out;
}

core::Sample with_target(std::vector<std::string> targets) {
  core::Sample sample;
  sample.targets = std::move(targets);
  return sample;
}

TEST(Scoring, MedNliBothRules) {
  const Task task = task_named("mednli");
  const core::Sample gold = with_target({"entailment"});
  // Published: once as a substring is right, whatever else is said; twice is wrong.
  const auto odd = said("neither entailment nor contradiction, so neutral");
  EXPECT_EQ(scores(task, gold, odd, RuleSet::clue_2024)["accuracy"], 1.0);
  EXPECT_EQ(scores(task, gold, odd, RuleSet::corrected)["accuracy"], 0.0);
  const auto twice = said("ENTAILMENT. The answer is ENTAILMENT.");
  EXPECT_EQ(scores(task, gold, twice, RuleSet::clue_2024)["accuracy"], 0.0);
  EXPECT_EQ(scores(task, gold, twice, RuleSet::corrected)["accuracy"], 1.0);
}

TEST(Scoring, LongHealthBothRules) {
  const Task task = task_named("longhealth-1");
  core::Sample sample;
  const char* const texts[] = {"No aspirin", "aspirin", "x", "y", "z"};
  for (int i = 0; i < 5; ++i) {
    sample.fields[std::string("option_") + static_cast<char>('A' + i)] = texts[i];
  }
  sample.fields["_correct"] = "aspirin";
  const auto bold = said("The correct answer is **B**.");
  EXPECT_EQ(scores(task, sample, bold, RuleSet::clue_2024)["accuracy"], 0.0);
  EXPECT_EQ(scores(task, sample, bold, RuleSet::corrected)["accuracy"], 1.0);
  EXPECT_EQ(scores(task, sample, bold, RuleSet::corrected)["accuracy_strict"], 0.0);
  const auto strict = said("The correct answer is B: aspirin");
  EXPECT_EQ(scores(task, sample, strict, RuleSet::clue_2024)["accuracy"], 0.0);  // letter A there
  EXPECT_EQ(scores(task, sample, strict, RuleSet::corrected)["accuracy_strict"], 1.0);
  const auto apart = said("The correct answer is B: No aspirin");
  EXPECT_EQ(scores(task, sample, apart, RuleSet::corrected)["contradiction"], 1.0);
}

TEST(Scoring, CodesBothRules) {
  const Task task = task_named("medisumcode");
  const core::Sample gold = with_target({"I10", "E119"});
  const auto repeated = said("I10, I10, J45");
  EXPECT_DOUBLE_EQ(scores(task, gold, repeated, RuleSet::clue_2024)["em_p"].value(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(scores(task, gold, repeated, RuleSet::corrected)["em_p"].value(), 0.5);
  const core::Sample empty = with_target({});
  EXPECT_EQ(scores(task, empty, repeated, RuleSet::clue_2024)["em_f1"], 0.0);
  EXPECT_EQ(scores(task, empty, repeated, RuleSet::corrected)["em_f1"], 0.0);
}

/// Task-level numbers of pairs (answer, targets).
std::map<std::string, std::optional<double>> pooled(
    const Task& task, const std::vector<std::pair<std::string, std::vector<std::string>>>& pairs) {
  std::vector<core::Sample> samples;
  std::vector<core::Generation> outputs;
  std::vector<core::Answer> answers;
  for (const auto& [text, targets] : pairs) {
    samples.push_back(with_target(targets));
    outputs.push_back(said(text));
    answers.push_back(task.def->parse(task, samples.back(), outputs.back(), RuleSet::corrected));
  }
  std::vector<ScoreInput> inputs;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    inputs.push_back({&samples[i], nullptr, &outputs[i], &answers[i]});
  }
  std::map<std::string, std::optional<double>> out;
  for (const core::Summary& s : task_summaries(task, inputs, RuleSet::corrected)) {
    EXPECT_FALSE(s.headline);
    out[s.metric] = s.mean;
  }
  return out;
}

TEST(TaskSummaries, PoolCodesAndLabels) {
  const auto codes = pooled(task_named("medisumcode"),
                            {{"I10, E11.65, X99.9", {"I10", "E119"}}, {"none", {"J449", "I10"}}});
  EXPECT_DOUBLE_EQ(codes.at("micro_p").value(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(codes.at("micro_r").value(), 1.0 / 4);
  EXPECT_DOUBLE_EQ(codes.at("near_miss").value(), 1.0 / 3);   // E1165 for E119
  EXPECT_DOUBLE_EQ(codes.at("over_coded").value(), 1.0 / 3);  // X999
  EXPECT_DOUBLE_EQ(codes.at("under_coded").value(), 2.0 / 4);
  // I10: tp 1, fn 1; the other four codes are never right.
  EXPECT_DOUBLE_EQ(codes.at("macro_f1").value(), (2.0 / 3) / 5);
  const auto labels = pooled(task_named("mednli"), {{"ENTAILMENT", {"entailment"}},
                                                    {"NEUTRAL", {"entailment"}},
                                                    {"NEUTRAL", {"neutral"}},
                                                    {"I cannot say", {"contradiction"}}});
  EXPECT_DOUBLE_EQ(labels.at("macro_f1").value(), (2.0 / 3 + 2.0 / 3 + 0) / 3);
}

TEST(Scoring, AbstentionAgainstHallucination) {
  core::Sample sample;
  const char* const texts[] = {"a", "b", "c",
                               "d", "e", "Question cannot be answered with provided documents"};
  for (int i = 0; i < 6; ++i) {
    sample.fields[std::string("option_") + static_cast<char>('A' + i)] = texts[i];
  }
  sample.fields["_correct"] = "b";
  const Task there = task_named("longhealth-2"), not_there = task_named("longhealth-3");
  const auto f =
      said("The correct answer is F: Question cannot be answered with provided documents");
  const auto b = said("The correct answer is B: b");
  EXPECT_EQ(scores(there, sample, f, RuleSet::corrected).at("abstained"), 1.0);
  EXPECT_EQ(scores(there, sample, f, RuleSet::corrected).at("accuracy"), 0.0);
  EXPECT_EQ(scores(not_there, sample, f, RuleSet::corrected).at("accuracy"), 1.0);
  EXPECT_EQ(scores(not_there, sample, f, RuleSet::corrected).at("hallucinated"), 0.0);
  EXPECT_EQ(scores(not_there, sample, b, RuleSet::corrected).at("hallucinated"), 1.0);
  EXPECT_EQ(scores(there, sample, b, RuleSet::corrected).count("hallucinated"), 0U);
  EXPECT_EQ(scores(not_there, sample, said("hm"), RuleSet::corrected).at("hallucinated"), 0.0);
}

TEST(Status, EverySampleHasOne) {
  const Task text = task_named("meqsum");
  const core::Sample gold = with_target({"What is it?"});
  AnswerStatus status{};
  scores(text, gold, said("What is it?"), RuleSet::corrected, &status);
  EXPECT_EQ(status, AnswerStatus::answered);
  const auto refused = said("I\xE2\x80\x99m sorry, but I can't help with what is it.");
  EXPECT_EQ(scores(text, gold, refused, RuleSet::corrected, &status)["rouge_1_f1"], 0.0);
  EXPECT_EQ(status, AnswerStatus::refused);
  EXPECT_GT(scores(text, gold, refused, RuleSet::clue_2024)["rouge_1_f1"].value(), 0.0);
  const auto cut = said("What is it? What is", core::StopReason::length);
  EXPECT_EQ(scores(text, gold, cut, RuleSet::corrected, &status)["rouge_1_f1"], 0.0);
  EXPECT_EQ(status, AnswerStatus::cut);
  core::Generation thinking = said("", core::StopReason::length);
  thinking.reasoning = "Let me see: What is it?";
  EXPECT_EQ(scores(text, gold, thinking, RuleSet::corrected, &status)["rouge_1_f1"], 0.0);
  EXPECT_EQ(status, AnswerStatus::cut_reasoning);
  core::Generation failed;
  failed.error = "connection reset";
  EXPECT_EQ(scores(text, gold, failed, RuleSet::corrected, &status)["rouge_1_f1"], std::nullopt);
  EXPECT_EQ(status, AnswerStatus::error);
  // A label that was read counts although the text was cut afterwards.
  const Task label = task_named("mednli");
  const auto long_label = said("NEUTRAL because the", core::StopReason::length);
  EXPECT_EQ(
      scores(label, with_target({"neutral"}), long_label, RuleSet::corrected, &status)["accuracy"],
      1.0);
  EXPECT_EQ(status, AnswerStatus::answered);
}

TEST(Status, RefusingFortyPercentLowersTheMeanByFortyPercent) {
  const Task task = task_named("mednli");
  double sum = 0;
  for (int i = 0; i < 10; ++i) {
    const auto g = i < 4 ? said("As an AI model, I cannot judge this.") : said("NEUTRAL");
    sum += scores(task, with_target({"neutral"}), g, RuleSet::corrected)["accuracy"].value();
  }
  EXPECT_DOUBLE_EQ(sum / 10, 0.6);
}

TEST(Status, RefusalIsAnAnswerNotAMention) {
  EXPECT_TRUE(is_refusal("I cannot provide a diagnosis."));
  EXPECT_TRUE(is_refusal("I'm unable to access the letter."));
  EXPECT_FALSE(is_refusal("The patient said: I cannot breathe."));
  EXPECT_FALSE(is_refusal(""));
  EXPECT_FALSE(is_refusal("I cannot swallow since yesterday. " + std::string(800, 'x')));
}

TEST(Resources, AMissingEncoderIsAMissingValueWithItsReason) {
  const Task task = task_named("meqsum");
  const core::Sample gold = with_target({"a"});
  const auto g = said("a");
  const core::Answer answer = task.def->parse(task, gold, g, RuleSet::corrected);
  const ScoreInput input{&gold, nullptr, &g, &answer};
  const auto rows = task.def->score(task, {&input, 1}, {}, RuleSet::corrected).value();
  for (const core::Score& s : rows[0]) {
    if (s.metric != "bertscore_f1") continue;
    EXPECT_FALSE(s.value);
    EXPECT_NE(s.why.find("--encoder"), std::string::npos);
  }
}

TEST(Scoring, OrderAndBatchesDoNotMatter) {
  const Task task = task_named("meqsum");
  std::vector<core::Sample> samples;
  std::vector<core::Generation> outputs;
  std::vector<core::Answer> answers;
  for (int i = 0; i < 7; ++i) {
    samples.push_back(with_target({"word" + std::to_string(i % 3) + " a b"}));
    outputs.push_back(said("word" + std::to_string(i % 2) + " b"));
  }
  for (int i = 0; i < 7; ++i) {
    answers.push_back(task.def->parse(task, samples[i], outputs[i], RuleSet::corrected));
  }
  std::vector<ScoreInput> forward;
  for (int i = 0; i < 7; ++i) forward.push_back({&samples[i], nullptr, &outputs[i], &answers[i]});
  const std::vector<ScoreInput> backward(forward.rbegin(), forward.rend());
  const auto a = task.def->score(task, forward, {}, RuleSet::corrected).value();
  const auto b = task.def->score(task, backward, {}, RuleSet::corrected).value();
  for (std::size_t i = 0; i < 7; ++i) {
    const auto one = task.def->score(task, {&forward[i], 1}, {}, RuleSet::corrected).value();
    for (std::size_t m = 0; m < a[i].size(); ++m) {
      EXPECT_EQ(a[i][m].value, b[6 - i][m].value);
      EXPECT_EQ(a[i][m].value, one[0][m].value);
    }
  }
}

}  // namespace
}  // namespace clue::tasks
