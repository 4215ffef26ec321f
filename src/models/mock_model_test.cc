#include "models/mock_model.h"

#include <gtest/gtest.h>

namespace clue::models {
namespace {

struct Outcome {
  Status status;
  std::vector<core::Generation> answers;
};

Outcome run(const std::string& spec, int n, std::stop_token stop = {}) {
  auto model = open_model(spec, {});
  EXPECT_TRUE(model.ok()) << (model.ok() ? "" : model.error().message);
  std::vector<core::Prompt> prompts(static_cast<std::size_t>(n));
  std::vector<Request> requests;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    prompts[i].sample = std::to_string(i);
    prompts[i].messages = {{core::Role::user, "turn " + std::to_string(i)}};
    requests.push_back({.prompt = &prompts[i]});
  }
  Outcome out;
  out.answers.resize(prompts.size());
  out.status = (*model)->generate(
      requests, [&](std::size_t i, core::Generation g) { out.answers[i] = std::move(g); }, stop);
  return out;
}

TEST(Mock, FixedTextAndEcho) {
  EXPECT_EQ(run("mock:text=neutral", 3).answers[2].text, "neutral");
  EXPECT_EQ(run("mock:echo", 3).answers[2].text, "turn 2");
  EXPECT_EQ(run("mock:empty", 1).answers[0].text, "");
}

TEST(Mock, SharesAreAboutRightAndStable) {
  const Outcome first = run("mock:text=A;refuse=20;fail_percent=10", 1000);
  const Outcome second = run("mock:text=A;refuse=20;fail_percent=10", 1000);
  int refused = 0;
  int failed = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(first.answers[i].text, second.answers[i].text);
    refused += first.answers[i].text.starts_with("I'm sorry") ? 1 : 0;
    failed += first.answers[i].error.empty() ? 0 : 1;
  }
  EXPECT_NEAR(refused, 180, 60);
  EXPECT_NEAR(failed, 100, 40);
}

TEST(Mock, FailsByPatternAndDies) {
  const Outcome failing = run("mock:fail=1", 3);
  EXPECT_EQ(failing.answers[1].stop, core::StopReason::error);
  EXPECT_EQ(failing.answers[0].error, "");
  const Outcome dying = run("mock:text=a;die=2", 3);
  ASSERT_FALSE(dying.status.ok());
  EXPECT_EQ(dying.status.error().code, ErrorCode::unavailable);
  EXPECT_EQ(dying.answers[1].text, "a");
}

TEST(Mock, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  const Outcome stopped = run("mock:delay=10000", 1, source.get_token());
  ASSERT_FALSE(stopped.status.ok());
  EXPECT_EQ(stopped.status.error().code, ErrorCode::cancelled);
}

TEST(Mock, UnknownWordsAndSpecsExplainThemselves) {
  EXPECT_NE(open_model("mock:speak", {}).error().message.find("text=T"), std::string::npos);
  EXPECT_NE(open_model("mock:delay=x", {}).error().message.find("whole number"), std::string::npos);
  EXPECT_NE(open_model("llama7b", {}).error().message.find("replay:FILE"), std::string::npos);
}

}  // namespace
}  // namespace clue::models
