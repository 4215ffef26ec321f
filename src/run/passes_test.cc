#include "run/passes.h"

#include <gtest/gtest.h>

#include <map>

#include "base/test_paths.h"
#include "models/mock_model.h"
#include "run/test_task.h"
#include "tasks/resources.h"
#include "tasks/scoring.h"

namespace clue::run {
namespace {

using core::RuleSet;

/// A task whose prompt is the sample's field "q" and whose score is equality with the target.
Status equal_prompts(const tasks::Task&, const core::Dataset& data, const tasks::PromptOptions&,
                     models::TokenCounter*, const tasks::EmitPrompt& emit) {
  for (const core::Sample& s : data.samples) {
    core::Prompt p;
    p.sample = s.id;
    p.messages = {{core::Role::user, s.fields.at("q")}};
    p.max_tokens = 8;
    CLUE_OK(emit(std::move(p)));
  }
  return {};
}

core::Answer whole_text(const tasks::Task&, const core::Sample&, const core::Generation& g,
                        RuleSet) {
  core::Answer a;
  a.value = g.text;
  return a;
}

Result<std::vector<std::vector<core::Score>>> equality(const tasks::Task&,
                                                       std::span<const tasks::ScoreInput> inputs,
                                                       const tasks::MetricResources&, RuleSet) {
  std::vector<std::vector<core::Score>> out;
  for (const tasks::ScoreInput& in : inputs) {
    out.push_back(
        {{"accuracy", in.answer->value == in.sample->targets[0] ? 1.0 : 0.0, std::nullopt, ""}});
  }
  return out;
}

constexpr tasks::TaskDef kEqual{"equal", nullptr, equal_prompts, whole_text, equality};

using testing::Quiet;

class Passes : public ::testing::Test {
 protected:
  Passes() {
    task.def = &kEqual;
    task.file.name = "equal";
    task.file.metrics = {"accuracy"};
    task.file.headline = {"accuracy"};
    data.task = "equal";
    for (int i = 0; i < 200; ++i) {
      core::Sample s;
      s.id = std::to_string(i);
      s.fields["q"] = "question " + std::to_string(i);
      s.targets = {"question " + std::to_string(i)};
      data.samples.push_back(std::move(s));
    }
    request.task = &task;
    request.data = &data;
    request.facts.spec.task = "equal";
  }

  PassResult generate(models::Model& model, std::stop_token stop = {}) {
    auto store = store::RunStore::create_or_open(dir.path(), false);
    EXPECT_TRUE(store.ok()) << store.error().message;
    auto result = generate_pass(request, model, *store, progress, stop);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return *result;
  }

  std::map<std::string, std::string> stored() {
    auto store = store::RunStore::open_read(dir.path());
    std::map<std::string, std::string> texts;
    EXPECT_TRUE(store
                    ->samples(1, RuleSet::corrected,
                              [&](const store::SampleRow& row) {
                                texts[row.sample.id] = row.generation.text;
                                return true;
                              })
                    .ok());
    return texts;
  }

  TempDir dir;
  tasks::Task task;
  core::Dataset data;
  PassRequest request;
  Quiet progress;
};

core::Generation echo(const models::Request& r) {
  core::Generation g;
  g.text = r.prompt->messages.back().content;
  g.output_tokens = 2;
  return g;
}

TEST_F(Passes, GenerateThenScore) {
  auto model = models::make_mock(echo);
  const PassResult result = generate(*model);
  EXPECT_TRUE(result.complete());
  EXPECT_EQ(progress.count, 200U);
  auto store = store::RunStore::create_or_open(dir.path(), false);
  auto summaries =
      score_pass(*store, result.pass, task, tasks::MetricResources{}, RuleSet::corrected);
  ASSERT_TRUE(summaries.ok()) << summaries.error().message;
  EXPECT_DOUBLE_EQ(*(*summaries)[0].mean, 1.0);
  EXPECT_EQ((*summaries)[0].n, 200U);
  EXPECT_EQ(store->summaries(result.pass, RuleSet::corrected)->size(), 1U);
}

TEST_F(Passes, SecondCommandAsksNothingAgain) {
  auto model = models::make_mock(echo);
  (void)generate(*model);
  auto dead = models::make_mock(
      [](const models::Request&) -> core::Generation {
        ADD_FAILURE() << "asked again";
        return {};
      },
      "another");
  progress = {};
  EXPECT_TRUE(generate(*dead).complete());
  EXPECT_EQ(progress.already, 200U);
  auto store = store::RunStore::open_read(dir.path());
  EXPECT_EQ(store->passes()->front().facts.model.name, "mock")
      << "what is kept of the model is of the one that answered";
}

TEST_F(Passes, FailedSamplesAreMissingAndAskedAgain) {
  auto flaky = models::make_mock([](const models::Request& r) {
    core::Generation g = echo(r);
    if (r.prompt->sample.ends_with('3')) g.error = "connection reset";
    return g;
  });
  const PassResult first = generate(*flaky);
  EXPECT_FALSE(first.complete());
  EXPECT_EQ(first.errors, 20U);
  {
    auto store = store::RunStore::create_or_open(dir.path(), false);
    auto s = score_pass(*store, first.pass, task, tasks::MetricResources{}, RuleSet::corrected);
    ASSERT_TRUE(s.ok());
    EXPECT_EQ((*s)[0].missing, 20U);
    EXPECT_EQ((*s)[0].n, 180U);
  }
  auto sound = models::make_mock(echo);
  EXPECT_TRUE(generate(*sound).complete());
  EXPECT_EQ(stored().size(), 200U);
}

struct HalfScorer final : tasks::PairScorer {
  Result<std::vector<tasks::PairScore>> score(std::span<const tasks::TextPair> pairs,
                                              RuleSet) override {
    return std::vector<tasks::PairScore>(pairs.size(), {0.5, 0.5, 0.5, "", ""});
  }
  [[nodiscard]] std::string signature(core::RuleSet) const override { return "bertscore|half"; }
  [[nodiscard]] std::string name() const override { return "bertscore"; }
};

TEST_F(Passes, RescoringWithoutTheEncoderKeepsItsScores) {
  static constexpr tasks::TaskDef kText{"text", nullptr, kEqual.prompts, tasks::parse_text,
                                        tasks::score_text};
  auto model = models::make_mock(echo);
  const PassResult result = generate(*model);
  task.def = &kText;
  task.file.metrics = {"bertscore_f1", "exact_match"};
  auto store = store::RunStore::create_or_open(dir.path(), false);
  const auto score = [&](const tasks::MetricResources& given) {
    auto summaries = score_pass(*store, result.pass, task, given, RuleSet::corrected);
    EXPECT_TRUE(summaries.ok());
    return (*summaries)[0];
  };
  tasks::MetricResources without;
  without.bert_score_why = "no encoder here";
  EXPECT_FALSE(score(without).mean);
  EXPECT_EQ(score(without).why, "no encoder here");
  HalfScorer half;
  tasks::MetricResources with;
  with.bert_score = &half;
  EXPECT_DOUBLE_EQ(*score(with).mean, 0.5);  // filled in later
  const core::Summary kept = score(without);
  ASSERT_TRUE(kept.mean);
  EXPECT_DOUBLE_EQ(*kept.mean, 0.5);
  EXPECT_EQ(kept.signature, "bertscore|half");
  EXPECT_EQ(kept.n, 200U);
}

TEST_F(Passes, InterruptKeepsWhatWasFinished) {
  std::stop_source source;
  int asked = 0;
  auto model = models::make_mock([&](const models::Request& r) {
    if (++asked == 50) source.request_stop();
    return echo(r);
  });
  const PassResult result = generate(*model, source.get_token());
  EXPECT_EQ(result.stopped, "interrupted");
  EXPECT_FALSE(result.complete());
  EXPECT_EQ(stored().size(), result.done);
  auto rest = models::make_mock(echo);
  EXPECT_TRUE(generate(*rest).complete());
  EXPECT_EQ(stored().size(), 200U);
}

TEST_F(Passes, TokenBudgetStopsCleanly) {
  request.max_output_tokens = 100;
  auto model = models::make_mock(echo);
  const PassResult result = generate(*model);
  EXPECT_EQ(result.stopped, "token budget reached");
  EXPECT_GE(result.done, 50U);
  EXPECT_LT(result.done, 200U);
}

TEST_F(Passes, ShardsSplitWithoutOverlap) {
  auto model = models::make_mock(echo);
  request.shard = {0, 3};
  const std::size_t a = generate(*model).planned;
  request.shard = {1, 3};
  const std::size_t b = generate(*model).planned;
  EXPECT_EQ(stored().size(), a + b);
  request.shard = {2, 3};
  (void)generate(*model);
  EXPECT_EQ(stored().size(), 200U);
}

TEST_F(Passes, DerivedSeedDoesNotDependOnOrder) {
  std::map<std::string, std::uint64_t> seeds;
  auto model = models::make_mock([&](const models::Request& r) {
    seeds[r.prompt->sample] = r.decoding.seed;
    return echo(r);
  });
  (void)generate(*model);
  const std::map<std::string, std::uint64_t> before = std::exchange(seeds, {});
  std::reverse(data.samples.begin(), data.samples.end());
  TempDir other;
  auto store = store::RunStore::create_or_open(other.path(), false);
  ASSERT_TRUE(generate_pass(request, *model, *store, progress, {}).ok());
  EXPECT_EQ(seeds, before);
  EXPECT_NE(before.at("0"), before.at("1"));
}

}  // namespace
}  // namespace clue::run
