#include "models/openai_protocol.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace clue::models {
namespace {

using nlohmann::json;

struct Asked {
  core::Prompt prompt;
  Request request;
  Asked() {
    prompt.messages = {{core::Role::system, "Be brief."}, {core::Role::user, "Hello"}};
    prompt.max_tokens = 20;
    request.prompt = &prompt;
  }
};

HttpResponse reply(int status, std::string body) {
  HttpResponse r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

json body_of(const Request& request, const ServerDialect& dialect) {
  return json::parse(request_body(request, "m", dialect, nullptr));
}

TEST(OpenAiProtocol, GreedyBodySaysOnlyWhatMatters) {
  Asked a;
  a.prompt.stop = {"\n\n"};
  const json body = body_of(a.request, {});
  EXPECT_EQ(body["temperature"], 0.0);
  EXPECT_EQ(body["max_tokens"], 20);
  EXPECT_EQ(body["stop"][0], "\n\n");
  EXPECT_FALSE(body.contains("top_k"));
  EXPECT_EQ(body["messages"][0]["role"], "system");
}

TEST(OpenAiProtocol, SampledBodyOverridesServerDefaults) {
  Asked a;
  a.request.decoding.temperature = 0.7;
  a.request.decoding.seed = 0xffffffffffffffffU;
  const json body = body_of(a.request, {});
  EXPECT_EQ(body["top_k"], -1);
  EXPECT_EQ(body["min_p"], 0.0);
  EXPECT_EQ(body["top_p"], 1.0);
  EXPECT_EQ(body["seed"], 0x7fffffff);
}

TEST(OpenAiProtocol, PrefillWhereSupportedElseAsked) {
  Asked a;
  a.prompt.prefill = "Statements:\n-";
  ServerDialect vllm;
  vllm.kind = ServerKind::vllm;
  const json native = body_of(a.request, vllm);
  EXPECT_EQ(native["messages"].back()["role"], "assistant");
  EXPECT_EQ(native["continue_final_message"], true);
  const json emulated = body_of(a.request, {});
  EXPECT_EQ(emulated["messages"].back()["role"], "user");
  ServerDialect d;
  const Verdict v = read_response(
      reply(200, R"({"choices":[{"message":{"content":"Statements:\n- one"}}]})"), a.request, d, 0);
  EXPECT_EQ(v.generation.text, " one");
}

TEST(OpenAiProtocol, ReadsAnswerReasoningAndUsage) {
  Asked a;
  ServerDialect d;
  Verdict v =
      read_response(reply(200, R"({"choices":[{"finish_reason":"length","message":{"content":"yes",
        "reasoning_content":"hm"}}],"usage":{"prompt_tokens":9,"completion_tokens":4,
        "prompt_tokens_details":{"cached_tokens":5}}})"),
                    a.request, d, 0);
  ASSERT_EQ(v.kind, Verdict::Kind::answer);
  EXPECT_EQ(v.generation.text, "yes");
  EXPECT_EQ(v.generation.reasoning, "hm");
  EXPECT_EQ(v.generation.stop, core::StopReason::length);
  EXPECT_EQ(v.generation.prompt_tokens, 9);
  EXPECT_EQ(v.generation.reused_tokens, 5);
  // Null content because the budget went into reasoning is an answer, not a fault.
  v = read_response(reply(200, R"({"choices":[{"finish_reason":"length","message":
      {"content":null}}]})"),
                    a.request, d, 0);
  EXPECT_EQ(v.kind, Verdict::Kind::answer);
  EXPECT_EQ(v.generation.text, "");
  v = read_response(reply(200, R"({"choices":[{"finish_reason":"stop","message":
      {"content":null}}]})"),
                    a.request, d, 0);
  EXPECT_EQ(v.kind, Verdict::Kind::retry);
}

TEST(OpenAiProtocol, SplitsReasoning) {
  const auto split = [](std::string text) {
    std::string reasoning;
    split_reasoning(text, reasoning);
    return text + "|" + reasoning;
  };
  EXPECT_EQ(split("plain"), "plain|");
  EXPECT_EQ(split("\n<think>\na b\n</think>\n\nyes"), "yes|a b");
  EXPECT_EQ(split("a b\n</think>yes"), "yes|a b");
  EXPECT_EQ(split("<think>never ends"), "|never ends");
  EXPECT_EQ(split("the marks <think> and </think>"), "the marks <think> and </think>|");
}

TEST(OpenAiProtocol, LeavesOutRefusedParametersOnce) {
  Asked a;
  a.request.decoding.temperature = 1;
  const auto refuse = [&](ServerDialect& d, int status, const std::string& text) {
    return read_response(reply(status, text), a.request, d, d.version).kind;
  };
  ServerDialect d;
  EXPECT_EQ(refuse(d, 400, R"({"error":{"message":"Unrecognized request argument supplied: min_p",
      "type":"invalid_request_error"}})"),
            Verdict::Kind::adapt);
  EXPECT_FALSE(body_of(a.request, d).contains("min_p"));
  EXPECT_EQ(refuse(d, 422, R"({"detail":[{"type":"extra_forbidden","loc":["body","top_k"],
      "msg":"Extra inputs are not permitted"}]})"),
            Verdict::Kind::adapt);
  EXPECT_FALSE(body_of(a.request, d).contains("top_k"));
  EXPECT_TRUE(body_of(a.request, d).contains("top_p"));
  EXPECT_EQ(refuse(d, 400, R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not
      supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens",
      "code":"unsupported_parameter"}})"),
            Verdict::Kind::adapt)
      << "a raw newline in a string is not JSON, but the words are read all the same";
}

TEST(OpenAiProtocol, RenamesTheLengthLimit) {
  Asked a;
  ServerDialect d;
  const std::string words =
      R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this )"
      R"(model. Use 'max_completion_tokens' instead.","param":"max_tokens"}})";
  EXPECT_EQ(read_response(reply(400, words), a.request, d, 0).kind, Verdict::Kind::adapt);
  EXPECT_EQ(body_of(a.request, d)["max_completion_tokens"], 20);
  EXPECT_FALSE(body_of(a.request, d).contains("max_tokens"));
  // Another request of the old form, refused later: asked again, nothing else is dropped.
  EXPECT_EQ(read_response(reply(400, words), a.request, d, 0).kind, Verdict::Kind::adapt);
  EXPECT_EQ(d.version, 1U);
  EXPECT_EQ(read_response(reply(400, words), a.request, d, 1).kind, Verdict::Kind::bad_request);
}

TEST(OpenAiProtocol, FoldsTheSystemRole) {
  Asked a;
  ServerDialect d;
  EXPECT_EQ(
      read_response(reply(400, R"({"error":"System role not supported"})"), a.request, d, 0).kind,
      Verdict::Kind::adapt);
  const json body = body_of(a.request, d);
  ASSERT_EQ(body["messages"].size(), 1U);
  EXPECT_EQ(body["messages"][0]["content"], "Be brief.\n\nHello");
}

TEST(OpenAiProtocol, KnowsOverflowQuotaAndDenial) {
  Asked a;
  ServerDialect d;
  for (const char* body :
       {R"({"error":{"code":400,"type":"exceed_context_size_error","message":"request (90 tokens)
           exceeds the available context size"}})",
        R"({"error":{"message":"This model's maximum context length is 4096 tokens."}})"}) {
    const Verdict v = read_response(reply(400, body), a.request, d, 0);
    EXPECT_EQ(v.kind, Verdict::Kind::overflow);
    EXPECT_TRUE(v.generation.overflow);
    EXPECT_FALSE(v.generation.error.empty());
  }
  EXPECT_EQ(
      read_response(reply(429, R"({"error":{"code":"insufficient_quota"}})"), a.request, d, 0).kind,
      Verdict::Kind::fatal);
  const Verdict denied = read_response(reply(401, R"({"error":"no"})"), a.request, d, 0);
  EXPECT_EQ(denied.kind, Verdict::Kind::fatal);
  EXPECT_EQ(denied.code, ErrorCode::denied);
}

TEST(OpenAiProtocol, CutsAtStopStringsItself) {
  Asked a;
  a.prompt.stop = {"\nQ:"};
  ServerDialect d;
  const Verdict v = read_response(
      reply(200, R"({"choices":[{"finish_reason":"stop","message":{"content":"A\nQ: next"}}]})"),
      a.request, d, 0);
  EXPECT_EQ(v.generation.text, "A");
  EXPECT_EQ(v.generation.stop, core::StopReason::stop_string);
}

}  // namespace
}  // namespace clue::models
