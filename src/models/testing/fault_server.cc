#include "models/testing/fault_server.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/hash.h"

namespace clue::models::testing {
namespace {

using clue::testing::TestConnection;
using clue::testing::TestRequest;
using nlohmann::json;

std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

std::string completion(const json& content, const json& logprobs = nullptr) {
  json body;
  body["choices"] = json::array({{{"index", 0},
                                  {"finish_reason", "stop"},
                                  {"logprobs", logprobs},
                                  {"message", {{"role", "assistant"}, {"content", content}}}}});
  body["usage"] = {{"prompt_tokens", 7}, {"completion_tokens", 3}};
  return body.dump();
}

std::string head(std::size_t length) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(length) + "\r\n\r\n";
}

/// A first token that depends on the question alone: A or B, the likelier the other way round.
json first_token(const std::string& user) {
  const double a = -1.0 - static_cast<double>(sha256_hex(user)[0]) / 100;
  const json top = {{{"token", "A"}, {"logprob", a}}, {{"token", "B"}, {"logprob", -3 - a}}};
  return {{"content", json::array({{{"token", "A"}, {"logprob", a}, {"top_logprobs", top}}})}};
}

}  // namespace

FaultServer::FaultServer(FaultOptions options)
    : options_(std::move(options)),
      server_([this](const TestRequest& r, TestConnection& c) { handle(r, c); }, options_.port) {
  if (options_.faults.empty()) {
    for (int i = 0; i < kFaults; ++i) options_.faults.push_back(static_cast<Fault>(i));
  }
}

std::string FaultServer::answer_to(const std::string& user) {
  return "answer " + sha256_hex(user).substr(0, 12) + " äöü";
}

void FaultServer::handle(const TestRequest& request, TestConnection& c) {
  if (request.path == "/v1/models") {
    return c.reply(200, R"({"data":[{"id":"test","owned_by":"fault"}]})");
  }
  const int number = asked_++;
  const json body = json::parse(request.body);
  const std::string user = body["messages"].back()["content"];
  const json logprobs = body.contains("logprobs") ? first_token(user) : json();
  const std::string good = completion(answer_to(user), logprobs);
  if (options_.burst_500 > 0 && number >= 500 && number % 500 < options_.burst_500) {
    ++failed_;
    return c.reply(500, R"({"error":{"message":"burst"}})");
  }
  const std::uint64_t draw = mix(options_.seed * 1'000'003 + draws_++);
  if (static_cast<double>(draw >> 11U) * 0x1p-53 >= options_.rate) return c.reply(200, good);
  ++failed_;
  misbehave(options_.faults[mix(draw) % options_.faults.size()], good, c);
}

void FaultServer::misbehave(Fault fault, const std::string& good, TestConnection& c) {
  using std::this_thread::sleep_for;
  switch (fault) {
    case Fault::reset_before:
      return c.reset();
    case Fault::reset_inside:
      c.send_raw(head(good.size()) + good.substr(0, good.size() / 2));
      return c.reset();
    case Fault::cut_after:
      c.send_raw(head(good.size()));
      return c.close_after();
    case Fault::slow_drip:
      c.send_raw(head(good.size()));
      for (const char byte : good) {
        if (server_.stopping() || !c.send_raw(std::string(1, byte))) break;
        sleep_for(std::chrono::milliseconds(50));
      }
      return;
    case Fault::half_json:
      return c.reply(200, good.substr(0, good.size() / 2));
    case Fault::wrong_json:
      return c.reply(200, R"(["what", {"is": "this"}])");
    case Fault::error_in_200:
      return c.reply(200, R"({"error":{"message":"worker died","code":500}})");
    case Fault::busy:
      return c.reply(429, R"({"error":{"message":"slow down"}})");
    case Fault::busy_wait:
      return c.reply(429, R"({"error":{"message":"slow down"}})", "Retry-After: 0.05\r\n");
    case Fault::busy_date:
      return c.reply(503, "loading", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    case Fault::error_500:
      return c.reply(500, "<html>Internal Server Error</html>");
    case Fault::no_choices:
      return c.reply(200, R"({"choices":[]})");
    case Fault::null_content:
      return c.reply(200, completion(nullptr));
    case Fault::huge_content:
      return c.reply(200, completion(std::string(10'000'000, 'x')));
    case Fault::never_ending:
      c.send_raw("HTTP/1.1 200 OK\r\n\r\n{\"choices\":\"");
      while (!server_.stopping() && c.send_raw(std::string(65536, 'x'))) {
      }
      return c.close_after();
    case Fault::length_too_long:
      c.send_raw(head(good.size() + 50) + good);
      return c.close_after();
    case Fault::length_too_short:
      c.send_raw(head(good.size() - 20) + good);
      return c.close_after();
  }
}

}  // namespace clue::models::testing
