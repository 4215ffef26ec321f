#include "run/overflow.h"

#include <gtest/gtest.h>

#include "models/token_counters.h"

namespace clue::run {
namespace {

/// Counts words; nothing else is asked of it.
class Counting final : public models::Model {
 public:
  Counting() : counter_(std::move(models::open_token_counter("ws")).value()) {}
  const core::ModelInfo& info() const override { return info_; }
  models::TokenCounter* tokens() override { return counter_.get(); }
  Result<std::optional<int>> prompt_tokens(const core::Prompt& prompt) override {
    int sum = 0;
    for (const core::Message& m : prompt.messages) {
      CLUE_TRY(const int n, counter_->count(m.content));
      sum += n;
    }
    return std::optional<int>(sum);
  }
  Status generate(std::span<const models::Request>, const models::OnDone&,
                  std::stop_token) override {
    return {};
  }

 private:
  core::ModelInfo info_;
  std::unique_ptr<models::TokenCounter> counter_;
};

std::string words(const std::string& word, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += word + std::to_string(i) + " ";
  return out;
}

core::Prompt prompt(const std::string& user) {
  core::Prompt p;
  p.sample = "0";
  p.messages = {{core::Role::system, "Answer."}, {core::Role::user, user}};
  p.max_tokens = 20;
  return p;
}

TEST(Overflow, LevelsOffTheLongest) {
  using Lengths = std::vector<std::size_t>;
  EXPECT_EQ(level_off({10, 100, 40}, 150), Lengths({10, 100, 40}));
  EXPECT_EQ(level_off({10, 100, 40}, 100), Lengths({10, 50, 40}));
  EXPECT_EQ(level_off({10, 100, 40}, 60), Lengths({10, 25, 25}));
  EXPECT_EQ(level_off({10, 10}, 6), Lengths({3, 3}));
}

TEST(Overflow, CutsTheMiddleOfTheLongestMessage) {
  Counting model;
  core::Dataset data;
  std::vector<core::Prompt> prompts = {prompt(words("ü", 400)), prompt("short")};
  const auto cut = fit_prompts(
      prompts, {.policy = core::Overflow::cut_middle, .data = &data, .context = 120}, model);
  ASSERT_TRUE(cut);
  EXPECT_EQ(*cut, 1U);
  const std::string& text = prompts[0].messages[1].content;
  EXPECT_LE(**model.prompt_tokens(prompts[0]), 100);
  EXPECT_GE(**model.prompt_tokens(prompts[0]), 85);
  EXPECT_TRUE(text.starts_with("ü0 ü1 "));
  EXPECT_NE(text.find("\n[...]\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("ü398 ü399 "));
  ASSERT_EQ(prompts[0].cuts.size(), 1U);
  EXPECT_EQ(prompts[0].cuts[0].tokens_before, 400);
  EXPECT_LT(prompts[0].cuts[0].tokens_after, 100);
  EXPECT_TRUE(prompts[1].cuts.empty());
}

TEST(Overflow, CutsTheLongestDocumentsAndKeepsTheQuestion) {
  Counting model;
  core::Dataset data;
  data.documents = {{"text_0", "p", words("long", 300)}, {"text_1", "p", words("brief", 50)}};
  const std::string letters = data.documents[0].text + "\n--\n" + data.documents[1].text;
  std::vector<core::Prompt> prompts = {prompt(letters + "\nQuestion: which wound was it?")};
  const auto cut = fit_prompts(
      prompts, {.policy = core::Overflow::cut_documents, .data = &data, .context = 200}, model);
  ASSERT_TRUE(cut);
  EXPECT_EQ(*cut, 1U);
  EXPECT_LE(**model.prompt_tokens(prompts[0]), 180);
  const std::string& text = prompts[0].messages[1].content;
  EXPECT_NE(text.find(data.documents[1].text), std::string::npos);
  EXPECT_TRUE(text.ends_with("Question: which wound was it?"));
  ASSERT_EQ(prompts[0].cuts.size(), 1U);
  EXPECT_EQ(prompts[0].cuts[0].what, "p/text_0");
}

TEST(Overflow, FieldsOfTheSampleWhereThereAreNoDocuments) {
  Counting model;
  core::Dataset data;
  core::Sample sample;
  sample.id = "0";
  sample.fields = {{"letter", words("w", 300)}, {"_answer", words("secret", 100)}};
  data.samples = {sample};
  std::vector<core::Prompt> prompts = {prompt("Letter: " + sample.fields["letter"] + "\nSum up.")};
  const auto cut = fit_prompts(
      prompts, {.policy = core::Overflow::cut_documents, .data = &data, .context = 100}, model);
  ASSERT_TRUE(cut);
  EXPECT_EQ(*cut, 1U);
  EXPECT_TRUE(prompts[0].messages[1].content.ends_with("\n[...]\n\nSum up."));
}

TEST(Overflow, WhatCannotFitIsLeftAlone) {
  Counting model;
  core::Dataset data;
  std::vector<core::Prompt> prompts = {prompt(words("w", 300))};
  const std::string before = prompts[0].messages[1].content;
  const FitRequest documents{
      .policy = core::Overflow::cut_documents, .data = &data, .context = 100};
  EXPECT_EQ(fit_prompts(prompts, documents, model).value(), 0U);
  EXPECT_EQ(prompts[0].messages[1].content, before);
  EXPECT_EQ(fit_prompts(prompts, {.data = &data, .context = 100}, model).value(), 0U);
  EXPECT_NE(fit_prompts(prompts, {.policy = core::Overflow::cut_middle, .data = &data}, model)
                .error()
                .message.find("--max-context"),
            std::string::npos);
}

}  // namespace
}  // namespace clue::run
