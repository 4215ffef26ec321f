#include "models/server_ranking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/testing/test_server.h"
#include "models/testing/fault_server.h"

namespace clue::models {
namespace {

using clue::testing::TestConnection;
using clue::testing::TestRequest;
using clue::testing::TestServer;
using nlohmann::json;

const std::vector<Choice> kLetters = {
    {"letter", "A", "A"}, {"letter", "B", "B"}, {"text", "A", "a fever"}, {"text", "B", "a cough"}};

json table(std::span<const Choice> choices, const std::vector<FirstToken>& tokens) {
  return json::parse(ranking_table(choices, tokens));
}

TEST(ServerRanking, TokensThatBeginAnOptionAddUp) {
  const json rows = table(kLetters, {{"A", std::log(0.5)},
                                     {" A", std::log(0.1)},
                                     {"A)", std::log(0.05)},
                                     {"An", std::log(0.2)},
                                     {"", std::log(0.1)}});
  ASSERT_EQ(rows.size(), 2U) << "option texts are left out";
  EXPECT_NEAR(rows[0]["sum"].get<double>(), std::log(0.65), 1e-12);
  EXPECT_EQ(rows[0]["first_tokens"], json({"A", " A", "A)"}));
  EXPECT_TRUE(rows[1]["sum"].is_null());
  EXPECT_NE(rows[1]["why"].get<std::string>().find("not among the 5 likeliest"), std::string::npos);
}

TEST(ServerRanking, ASharedFirstTokenGivesNoValue) {
  const std::vector<Choice> labels = {{"label", "positive", "positive"},
                                      {"label", "possible", "possible"},
                                      {"label", "none", "none"}};
  const json rows = table(labels, {{"pos", std::log(0.5)}, {"no", std::log(0.1)}});
  EXPECT_TRUE(rows[0]["sum"].is_null());
  EXPECT_NE(rows[1]["why"].get<std::string>().find("also begins another option"),
            std::string::npos);
  EXPECT_NEAR(rows[2]["sum"].get<double>(), std::log(0.1), 1e-12);
  const json clear = table(labels, {{"positive", std::log(0.5)}, {"p", std::log(0.001)}});
  EXPECT_TRUE(clear[0]["sum"].is_number()) << "a hundredth of the weight changes nothing";
  EXPECT_TRUE(clear[1]["sum"].is_null());
}

TEST(ServerRanking, WhatAllOptionsShareIsWholeWords) {
  const std::vector<Choice> led = {
      {"letter", "A", "The answer: A"}, {"letter", "B", "The answer: B"}, {"text", "A", "fever"}};
  EXPECT_EQ(shared_start(led), "The answer:");
  EXPECT_EQ(shared_start(kLetters), "");
  const std::vector<Choice> near = {{"label", "", "positive"}, {"label", "", "possible"}};
  EXPECT_EQ(shared_start(near), "");
  const json rows = table(led, {{" A", -1.0}, {" B", -2.0}});
  EXPECT_NEAR(rows[0]["sum"].get<double>(), -1.0, 1e-12);
  EXPECT_NEAR(rows[1]["sum"].get<double>(), -2.0, 1e-12);
}

TEST(ServerRanking, BeginsTheAnswerOnlyWhereTheServerGoesOn) {
  const std::vector<Choice> led = {{"letter", "A", "Answer: A"}, {"letter", "B", "Answer: B"}};
  core::Prompt prompt;
  prompt.messages = {{core::Role::user, "Which?"}};
  const Request request{.prompt = &prompt, .choices = led};
  ServerDialect dialect;
  const auto refused = ranking_prompt(request, dialect, false);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("--chat-template"), std::string::npos);
  EXPECT_TRUE(ranking_prompt(request, dialect, true));
  dialect.kind = ServerKind::vllm;
  const auto begun = ranking_prompt(request, dialect, false);
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->prefill, "Answer:");
  EXPECT_EQ(begun->max_tokens, 1);
}

TEST(ServerRanking, ReadsBothShapes) {
  const auto chat = first_tokens(
      R"({"content":[{"token":"A","logprob":-0.5,"top_logprobs":[
          {"token":"B","logprob":-1.5,"bytes":[66]},{"token":"?","logprob":-2.5,"bytes":[195]}]}]})");
  ASSERT_EQ(chat.size(), 3U);
  EXPECT_EQ(chat[1].text, "\xc3") << "bytes outrank what became of them as text";
  EXPECT_EQ(chat[2].text, "A") << "the chosen one, where it is not listed";
  const auto older = first_tokens(
      R"({"tokens":[" A"],"token_logprobs":[-0.5],"top_logprobs":[{" A":-0.5," B":-1.5}]})");
  ASSERT_EQ(older.size(), 2U);
  EXPECT_EQ(older[1].logprob, -1.5);
  for (const char* none : {"", "null", "{}", R"({"content":[]})", R"({"top_logprobs":[null]})",
                           R"({"content":[{"token":"A"}]})"}) {
    EXPECT_TRUE(first_tokens(none).empty()) << none;
  }
}

/// A server's chat answers: `likeliest` for the first token, then the written answer.
struct Ranked {
  core::Generation generation;
  Status status;
  std::string details;
};
Ranked rank(const std::function<void(const json& body, TestConnection& c)>& likeliest) {
  TestServer server([&](const TestRequest& r, TestConnection& c) {
    if (r.path == "/v1/models") return c.reply(200, R"({"data":[{"id":"m"}]})");
    const json body = json::parse(r.body);
    if (body.contains("logprobs")) return likeliest(body, c);
    c.reply(200, R"({"choices":[{"finish_reason":"stop","message":{"content":"B it is"}}]})");
  });
  ModelOptions options;
  options.retry_wait = 0.002;
  options.local_only = true;
  auto model = open_model(server.url() + "/v1", options);
  EXPECT_TRUE(model);
  core::Prompt prompt;
  prompt.messages = {{core::Role::user, "Which?"}};
  prompt.max_tokens = 9;
  const Request request{.prompt = &prompt, .choices = kLetters};
  Ranked out;
  out.status = (*model)->generate(
      {&request, 1}, [&](std::size_t, core::Generation g) { out.generation = std::move(g); }, {});
  const auto& details = (*model)->info().details;
  if (const auto found = details.find("logprobs"); found != details.end())
    out.details = found->second;
  return out;
}

TEST(ServerRanking, AsksForOneTokenAndThenForTheAnswer) {
  json asked;
  const Ranked got = rank([&](const json& body, TestConnection& c) {
    asked = body;
    c.reply(200, R"({"choices":[{"finish_reason":"length","message":{"content":"B"},"logprobs":
        {"content":[{"token":"B","logprob":-0.1,"top_logprobs":[{"token":"B","logprob":-0.1}]}]}}],
        "usage":{"prompt_tokens":5,"completion_tokens":1}})");
  });
  ASSERT_TRUE(got.status) << got.status.error().message;
  EXPECT_EQ(asked["max_tokens"], 1);
  EXPECT_EQ(asked["logprobs"], true);
  EXPECT_EQ(asked["top_logprobs"], 20);
  EXPECT_EQ(got.generation.text, "B it is");
  const json rows = json::parse(got.generation.extra.at("logprobs"));
  EXPECT_NEAR(rows[1]["sum"].get<double>(), -0.1, 1e-12);
  EXPECT_EQ(got.details, "first token, top 20");
}

TEST(ServerRanking, AsksForFewerWhereTwentyAreRefused) {
  const Ranked got = rank([&](const json& body, TestConnection& c) {
    if (body["top_logprobs"] > 5) {
      return c.reply(422, R"({"error":{"message":"top_logprobs must be <= 5"}})");
    }
    c.reply(200, R"({"choices":[{"finish_reason":"length","message":{"content":"A"},"logprobs":
        {"content":[{"token":"A","logprob":-0.2,"top_logprobs":[]}]}}],
        "usage":{"prompt_tokens":5,"completion_tokens":1}})");
  });
  ASSERT_TRUE(got.status) << got.status.error().message;
  EXPECT_EQ(got.details, "first token, top 5");
}

TEST(ServerRanking, AServerWithoutLogprobsIsAnErrorThatNamesTheRemedy) {
  const Ranked refused = rank([](const json&, TestConnection& c) {
    c.reply(400, R"({"error":{"message":"Unsupported parameter: logprobs"}})");
  });
  ASSERT_FALSE(refused.status);
  EXPECT_NE(refused.status.error().message.find("400: Unsupported parameter: logprobs"),
            std::string::npos);
  EXPECT_NE(refused.status.error().message.find("embedded engine"), std::string::npos);
  const Ranked silent = rank([](const json&, TestConnection& c) {
    c.reply(200, R"({"choices":[{"finish_reason":"stop","message":{"content":"B"}}]})");
  });
  ASSERT_FALSE(silent.status);
  EXPECT_NE(silent.status.error().message.find("without the log-probabilities"), std::string::npos);
  EXPECT_EQ(silent.generation.text, "") << "no answer passes for a ranked one";
}

TEST(ServerRanking, FaultsBetweenRankingAndAnswerLoseNeither) {
  constexpr std::size_t kAsked = 400;
  const auto ask = [](double rate) {
    const testing::FaultServer server({.rate = rate});
    ModelOptions options;
    options.retry_wait = 0.002;
    options.request_timeout = 1;
    options.max_retries = 20;
    options.local_only = true;
    auto model = open_model(server.spec(), options);
    std::vector<core::Prompt> prompts(kAsked);
    std::vector<Request> requests(kAsked);
    for (std::size_t i = 0; i < kAsked; ++i) {
      prompts[i].messages = {{core::Role::user, "question " + std::to_string(i)}};
      prompts[i].max_tokens = 20;
      requests[i] = {.prompt = &prompts[i], .choices = kLetters};
    }
    std::vector<std::string> out(kAsked);
    const Status status = (*model)->generate(
        requests,
        [&](std::size_t i, core::Generation g) {
          EXPECT_EQ(g.error, "");
          EXPECT_EQ(g.text, testing::FaultServer::answer_to(prompts[i].messages[0].content));
          out[i] += g.extra["logprobs"];
        },
        {});
    EXPECT_TRUE(status.ok()) << status.error().message;
    EXPECT_GE(server.asked(), static_cast<int>(2 * kAsked));
    EXPECT_EQ(server.failed() > 0, rate > 0);
    return out;
  };
  const std::vector<std::string> sound = ask(0);
  EXPECT_EQ(ask(0.1), sound);
  EXPECT_NE(sound[0].find("\"sum\":-"), std::string::npos) << sound[0];
}

}  // namespace
}  // namespace clue::models
