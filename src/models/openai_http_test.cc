#include "models/openai_http.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "models/testing/fault_server.h"

namespace clue::models {
namespace {

using clue::testing::TestConnection;
using clue::testing::TestRequest;
using clue::testing::TestServer;
using testing::Fault;
using testing::FaultServer;
using namespace std::chrono_literals;
using nlohmann::json;

struct Batch {
  std::vector<core::Prompt> prompts;
  std::vector<core::Generation> out;
  std::vector<int> seen;
  Status status;

  explicit Batch(std::size_t n) : prompts(n), out(n), seen(n) {
    for (std::size_t i = 0; i < n; ++i) {
      prompts[i].messages = {{core::Role::user, "question " + std::to_string(i)}};
      prompts[i].max_tokens = 20;
    }
  }
  void ask(Model& model, const std::stop_token& stop = {}) {
    std::vector<Request> requests(prompts.size());
    for (std::size_t i = 0; i < prompts.size(); ++i) requests[i].prompt = &prompts[i];
    status = model.generate(
        requests,
        [&](std::size_t i, core::Generation g) {
          ++seen[i];
          out[i] = std::move(g);
        },
        stop);
  }
  [[nodiscard]] std::size_t right() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      n += seen[i] == 1 && out[i].error.empty() &&
           out[i].text == FaultServer::answer_to(prompts[i].messages[0].content);
    }
    return n;
  }
};

ModelOptions quick() {
  ModelOptions options;
  options.retry_wait = 0.002;
  options.request_timeout = 0.4;
  options.local_only = true;
  return options;
}

std::unique_ptr<Model> open(const std::string& spec, const ModelOptions& options) {
  auto model = open_model(spec, options);
  EXPECT_TRUE(model) << model.error().message;
  return std::move(model).value();
}

std::string answer(const std::string& text) {
  return json{{"choices", {{{"finish_reason", "stop"}, {"message", {{"content", text}}}}}}}.dump();
}

TEST(OpenAiHttp, FaultsDoNotChangeTheResult) {
  const FaultServer server({.rate = 0.05, .burst_500 = 20});
  ModelOptions options = quick();
  options.request_timeout = 1;  // a loaded machine is no fault
  options.max_retries = 20;
  auto model = open(server.spec(), options);
  Batch run(5000);
  run.ask(*model);
  ASSERT_TRUE(run.status) << run.status.error().message;
  EXPECT_EQ(run.right(), 5000U);
  EXPECT_GT(server.failed(), 200);
  EXPECT_EQ(model->traffic().size(), 1U);
  EXPECT_GT(model->traffic()[0].requests, 5000U);
}

TEST(OpenAiHttp, EveryFaultAloneIsSurvived) {
  for (int i = 0; i < testing::kFaults; ++i) {
    const FaultServer server({.rate = 0.4, .faults = {static_cast<Fault>(i)}});
    ModelOptions options = quick();
    options.max_retries = 20;
    auto model = open(server.spec(), options);
    Batch run(24);
    run.ask(*model);
    ASSERT_TRUE(run.status) << i << ": " << run.status.error().message;
    EXPECT_EQ(run.right(), 24U) << "fault " << i;
  }
}

TEST(OpenAiHttp, AServerThatDiesKeepsWhatWasDone) {
  auto server = std::make_unique<FaultServer>();
  ModelOptions options = quick();
  options.max_retries = 3;
  auto model = open(server->spec(), options);
  Batch run(400);
  std::vector<Request> requests(run.prompts.size());
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].prompt = &run.prompts[i];
  int done = 0;
  run.status = model->generate(requests,
                               [&](std::size_t, const core::Generation& g) {
                                 EXPECT_EQ(g.error, "");
                                 if (++done == 50) server.reset();
                               },
                               {});
  ASSERT_FALSE(run.status);
  EXPECT_EQ(run.status.error().code, ErrorCode::unavailable);
  EXPECT_GE(done, 50);
  EXPECT_LT(done, 400);
}

TEST(OpenAiHttp, ADeadEndpointIsDroppedAndALiveOneGoesOn) {
  const FaultServer live;
  const std::string dead = "http://127.0.0.1:" + std::to_string(clue::testing::unused_port());
  auto model = open(dead + "/v1," + live.spec(), quick());
  EXPECT_TRUE(model->info().details.contains("unreachable_at_start"));
  Batch run(300);
  run.ask(*model);
  ASSERT_TRUE(run.status) << run.status.error().message;
  EXPECT_EQ(run.right(), 300U);
}

TEST(OpenAiHttp, EndpointsShareTheLoad) {
  const FaultServer a, b;
  ModelOptions options = quick();
  options.concurrency = 8;
  auto model = open(a.spec() + "," + b.spec(), options);
  Batch run(400);
  run.ask(*model);
  EXPECT_EQ(run.right(), 400U);
  EXPECT_GT(a.asked(), 80);
  EXPECT_GT(b.asked(), 80);
}

TEST(OpenAiHttp, StopsWithinASecondInEveryState) {
  TestServer silent([](const TestRequest& r, TestConnection& c) {
    if (r.path == "/v1/models") return c.reply(200, R"({"data":[{"id":"m"}]})");
    std::this_thread::sleep_for(2s);
  });
  TestServer busy([](const TestRequest& r, TestConnection& c) {
    if (r.path == "/v1/models") return c.reply(200, R"({"data":[{"id":"m"}]})");
    c.reply(429, "{}", "Retry-After: 100\r\n");
  });
  for (const TestServer* server : {&silent, &busy}) {
    ModelOptions options = quick();
    options.request_timeout = 60;
    auto model = open(server->url() + "/v1", options);
    Batch run(10);
    std::stop_source source;
    std::thread stopper([&] {
      std::this_thread::sleep_for(200ms);
      source.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    run.ask(*model, source.get_token());
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
    stopper.join();
  }
}

TEST(OpenAiHttp, WindingDownLosesNoAnswer) {
  const FaultServer server;
  ModelOptions options = quick();
  options.concurrency = 16;
  auto model = open(server.spec(), options);
  EXPECT_TRUE(model->wind_down()) << "nothing runs: nothing to do";
  Batch run(300);
  std::vector<Request> requests(run.prompts.size());
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].prompt = &run.prompts[i];
  int done = 0;
  const Status status = model->generate(requests,
                                        [&](std::size_t, const core::Generation& g) {
                                          EXPECT_EQ(g.error, "");
                                          if (++done != 40) return;
                                          EXPECT_TRUE(model->wind_down());
                                        },
                                        {});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(done, server.asked()) << "what was asked is answered";
  EXPECT_GE(done, 40);
  EXPECT_LT(done, 40 + 16);
  run.ask(*model);
  EXPECT_EQ(run.right(), 300U) << "the next call is a new one";
}

TEST(OpenAiHttp, NeverAsksAgainAfterDenial) {
  for (const int status : {400, 401, 403, 404}) {
    TestServer server([&](const TestRequest& r, TestConnection& c) {
      if (r.path == "/v1/models") return c.reply(200, R"({"data":[{"id":"m"}]})");
      c.reply(status, R"({"error":{"message":"the words of the server"}})");
    });
    ModelOptions options = quick();
    options.concurrency = 1;
    auto model = open(server.url() + "/v1", options);
    Batch run(5);
    run.ask(*model);
    ASSERT_FALSE(run.status);
    EXPECT_NE(run.status.error().message.find("the words of the server"), std::string::npos);
    EXPECT_EQ(server.requests(), 2);
  }
}

TEST(OpenAiHttp, AsksAgainWhereWaitingMends) {
  for (const int status : {408, 409, 425, 429, 500, 502, 503, 504}) {
    std::atomic<int> asked = 0;
    TestServer server([&](const TestRequest& r, TestConnection& c) {
      if (r.path == "/v1/models") return c.reply(200, R"({"data":[{"id":"m"}]})");
      if (asked++ == 0) return c.reply(status, R"({"error":{"message":"not now"}})");
      c.reply(200, answer("fine"));
    });
    auto model = open(server.url() + "/v1", quick());
    Batch run(3);
    run.ask(*model);
    ASSERT_TRUE(run.status) << status << ": " << run.status.error().message;
    EXPECT_EQ(run.out[0].text + run.out[1].text + run.out[2].text, "finefinefine") << status;
    EXPECT_EQ(asked, 4) << status;
  }
}

TEST(OpenAiHttp, ABurstOfErrorsIsNoDeath) {
  std::atomic<int> asked = 0;
  TestServer server([&](const TestRequest& r, TestConnection& c) {
    if (r.path == "/v1/models") return c.reply(200, R"({"data":[{"id":"m"}]})");
    const int n = asked++;
    if (n >= 20 && n < 80) return c.reply(500, R"({"error":{"message":"burst"}})");
    c.reply(200, answer("fine"));
  });
  ModelOptions options = quick();
  options.concurrency = 8;
  auto model = open(server.url() + "/v1", options);
  Batch run(60);
  run.ask(*model);
  ASSERT_TRUE(run.status) << run.status.error().message;
  for (const core::Generation& g : run.out) EXPECT_EQ(g.text, "fine") << g.error;
}

TEST(OpenAiHttp, ADeadEndpointIsTriedAgain) {
  const int port = clue::testing::unused_port();
  const FaultServer live;
  std::unique_ptr<TestServer> late;
  std::atomic<int> late_answers = 0;
  ModelOptions options = quick();
  options.concurrency = 2;
  options.max_retries = 50;
  auto model = open("http://127.0.0.1:" + std::to_string(port) + "/v1," + live.spec(), options);
  Batch run(2000);
  std::vector<Request> requests(run.prompts.size());
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].prompt = &run.prompts[i];
  int done = 0;
  const Status status = model->generate(requests,
                                        [&](std::size_t, const core::Generation&) {
                                          if (++done != 100) return;
                                          late = std::make_unique<TestServer>(
                                              [&](const TestRequest&, TestConnection& c) {
                                                ++late_answers;
                                                c.reply(200, answer("late"));
                                              },
                                              port);
                                        },
                                        {});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(done, 2000);
  EXPECT_GT(late_answers, 0);
}

TEST(OpenAiHttp, MemoryStaysFlat) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep freed memory";
#endif
  const auto resident = [] {
    std::ifstream statm("/proc/self/statm");
    long size = 0, pages = 0;
    statm >> size >> pages;
    return pages * 4096;
  };
  const FaultServer server;
  ModelOptions options = quick();
  options.concurrency = 32;
  options.request_timeout = 30;
  auto model = open(server.spec(), options);
  Batch run(5000);
  run.ask(*model);
  const long after_one = resident();
  for (int i = 0; i < 3; ++i) run.ask(*model);
  EXPECT_LT(resident() - after_one, 8L << 20);
  EXPECT_GE(server.asked(), 20'000);
}

TEST(OpenAiHttp, GuardedTextIsNotInErrors) {
  TestServer server([&](const TestRequest& r, TestConnection& c) {
    if (r.path == "/v1/models") return c.reply(200, R"({"data":[{"id":"m"}]})");
    const std::string text = json::parse(r.body)["messages"][0]["content"];
    c.reply(500, json{{"error", {{"message", "cannot parse: " + text}}}}.dump());
  });
  ModelOptions options = quick();
  options.guarded = true;
  options.max_retries = 1;
  auto model = open(server.url() + "/v1", options);
  Batch run(1);
  run.prompts[0].messages[0].content = "Mrs. Muster has a cough";
  run.ask(*model);
  EXPECT_NE(run.out[0].error.find("cannot parse: [2 words withheld] has a [1 word withheld]"),
            std::string::npos)
      << run.out[0].error;
  EXPECT_EQ(run.out[0].error.find("Muster"), std::string::npos);
}

TEST(OpenAiHttp, APlainServerBehindHttpsIsNamed) {
  const FaultServer server;
  const std::string spec = "https" + server.spec().substr(4);
  const auto model = open_model(spec, quick());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::unavailable);
  EXPECT_NE(model.error().message.find("no secure connection"), std::string::npos);
}

TEST(OpenAiHttp, LearnsOnceWhatAServerRefuses) {
  std::atomic<int> refused = 0;
  TestServer server([&](const TestRequest& r, TestConnection& c) {
    if (r.path == "/v1/models") return c.reply(200, R"({"data":[{"id":"m"}]})");
    if (json::parse(r.body).contains("min_p")) {
      ++refused;
      return c.reply(400, R"({"error":{"message":"Unknown parameter: 'min_p'.","param":"min_p"}})");
    }
    c.reply(200, answer("fine"));
  });
  ModelOptions options = quick();
  options.concurrency = 4;
  auto model = open(server.url() + "/v1", options);
  Batch run(50);
  std::vector<Request> requests(50);
  for (std::size_t i = 0; i < 50; ++i) {
    requests[i].prompt = &run.prompts[i];
    requests[i].decoding.temperature = 1;
  }
  int done = 0;
  const Status status = model->generate(
      requests, [&](std::size_t, const core::Generation& g) { done += g.text == "fine"; }, {});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(done, 50);
  EXPECT_LE(refused, 4);
  EXPECT_NE(model->info().details.at("dropped_parameters").find("min_p"), std::string::npos);
}

TEST(OpenAiHttp, FindsTheModel) {
  TestServer two([](const TestRequest&, TestConnection& c) {
    c.reply(200, R"({"data":[{"id":"one"},{"id":"two","max_model_len":4096,"owned_by":"vllm"}]})");
  });
  const auto unnamed = open_model(two.url() + "/v1", quick());
  ASSERT_FALSE(unnamed);
  EXPECT_NE(unnamed.error().message.find("one, two"), std::string::npos);
  auto named = open(two.url() + "/v1#two", quick());
  EXPECT_EQ(named->info().name, "two");
  EXPECT_EQ(named->info().context_length, 4096);
  EXPECT_FALSE(open_model("http://127.0.0.1:" + std::to_string(clue::testing::unused_port()), {}));
}

TEST(OpenAiHttp, TheSameModelElsewhereIsTheSameModel) {
  const auto serving = [](const std::string& models) {
    return [models](const TestRequest& r, TestConnection& c) {
      if (r.path == "/v1/models") return c.reply(200, models);
      if (r.path == "/version") return c.reply(200, R"({"version":"0.9.9"})");
      if (r.path == "/api/tags") {
        return c.reply(200,
                       R"({"models":[{"name":"m","digest":"abc"},{"name":"n","digest":"d"}]})");
      }
      if (r.path == "/props") {
        return c.reply(200, R"({"build_info":"b7","chat_template":"{{ x }}"})");
      }
      c.reply(404, "{}");
    };
  };
  TestServer vllm(serving(R"({"data":[{"id":"m","owned_by":"vllm","root":"org/m"}]})"));
  TestServer ollama(serving(R"({"data":[{"id":"m","owned_by":"library"}]})"));
  TestServer llama(serving(
      R"({"data":[{"id":"m","owned_by":"llamacpp","meta":{"n_params":7,"size":14,"ftype":"F16"}}]})"));
  TestServer other(serving(R"({"data":[{"id":"m","owned_by":"llamacpp","meta":{"n_params":8}}]})"));
  const auto a = open(vllm.url() + "/v1", quick()), b = open(ollama.url() + "/v1", quick()),
             c = open(llama.url() + "/v1," + vllm.url() + "/v1", quick());
  EXPECT_EQ(a->info().content_hash, b->info().content_hash);
  EXPECT_EQ(a->info().content_hash, c->info().content_hash);
  EXPECT_EQ(a->info().details.at("server_version"), "0.9.9");
  EXPECT_EQ(a->info().details.at("served_from"), "org/m");
  EXPECT_EQ(b->info().details.at("weights_hash"), "abc");
  EXPECT_EQ(c->info().details.at("parameters"), "7");
  EXPECT_EQ(c->info().details.at("quantisation"), "F16");
  EXPECT_EQ(c->info().details.at("chat_template").size(), 16U);
  EXPECT_NE(c->info().details.at("endpoints_differ").find("server_version: b7 and 0.9.9"),
            std::string::npos);
  const auto mixed = open_model(llama.url() + "/v1," + other.url() + "/v1", quick());
  ASSERT_FALSE(mixed);
  EXPECT_NE(mixed.error().message.find("parameters: 7 and 8"), std::string::npos);
}

TEST(OpenAiHttp, GuardedTextStaysHere) {
  ModelOptions options = quick();
  const auto model = open_model("http://192.0.2.1:9/v1#m", options);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::denied);
}

TEST(OpenAiHttp, CountsWithTheServersTokenizer) {
  TestServer server([](const TestRequest& r, TestConnection& c) {
    if (r.path == "/v1/models") {
      return c.reply(200, R"({"data":[{"id":"m","owned_by":"llamacpp"}]})");
    }
    if (r.path == "/props") {
      return c.reply(200, R"({"total_slots":2,"default_generation_settings":{"n_ctx":1024}})");
    }
    const json body = json::parse(r.body);
    if (r.path == "/tokenize") {
      json tokens = json::array();
      for (const char byte : body["content"].get<std::string>()) tokens.push_back(byte);
      return c.reply(200, json{{"tokens", tokens}}.dump());
    }
    std::string text;
    for (const json& token : body["tokens"]) text += static_cast<char>(token.get<int>());
    c.reply(200, json{{"content", text}}.dump());
  });
  auto model = open(server.url() + "/v1", quick());
  EXPECT_EQ(model->info().context_length, 1024);
  ASSERT_TRUE(model->tokens()->exact());
  EXPECT_EQ(*model->tokens()->count("hello"), 5);
  EXPECT_EQ(*model->tokens()->first("hello", 3), "hel");
  // One endpoint is down: the other counts, so that prompts are cut as before.
  const std::string dead = "http://127.0.0.1:" + std::to_string(clue::testing::unused_port());
  model = open(dead + "/v1," + server.url() + "/v1", quick());
  ASSERT_TRUE(model->tokens()->exact());
  EXPECT_EQ(*model->tokens()->count("hello"), 5);
}

}  // namespace
}  // namespace clue::models
