// The fault server as a program, for the command line cases: prints its URL, serves until its
// standard input ends.
//
//   clue_test_peer [--rate 0.05 | --fail STATUS | --hang yes | --die-after N |
//                  --refuse PARAMETER | --mute yes] [--meta JSON] [--usage no] [--port N]
#include <array>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>

#include "models/testing/fault_server.h"

namespace {

using clue::testing::TestConnection;
using clue::testing::TestRequest;
using nlohmann::json;

struct Habits {
  int fail = 0;        ///< answers every question with this status
  bool hang = false;   ///< takes questions and says nothing
  int die_after = -1;  ///< ends the process with the Nth question
  std::string refuse;  ///< 400 for a body with this parameter, or "system" for that role
  std::string meta;    ///< says it is a llama-server with this JSON about its model
  bool usage = true;   ///< tells how many tokens there were
  bool mute = false;   ///< no log-probabilities, whatever is asked
};

// The likeliest first tokens, in the shape of chats or of /completions.
json first_token(const json& body) {
  constexpr std::array<std::pair<const char*, double>, 4> kTokens = {
      {{"ne", -0.4}, {" neutral", -2.5}, {"ent", -3.0}, {"B", -4.0}}};
  json chat = json::array(), older = json::object();
  for (const auto& [token, logprob] : kTokens) {
    chat.push_back({{"token", token}, {"logprob", logprob}});
    older[token] = logprob;
  }
  if (!body.contains("messages")) {
    return {{"tokens", {"ne"}}, {"token_logprobs", {-0.4}}, {"top_logprobs", json::array({older})}};
  }
  return {{"content", json::array({{{"token", "ne"}, {"logprob", -0.4}, {"top_logprobs", chat}}})}};
}

// A server that answers every question with the same label and no faults but the asked one.
void answer(const Habits& habits, std::atomic<int>& asked, const TestRequest& request,
            TestConnection& c) {
  if (request.path == "/v1/models") {
    if (habits.meta.empty()) return c.reply(200, R"({"data":[{"id":"test","owned_by":"peer"}]})");
    return c.reply(200,
                   R"({"data":[{"id":"test","owned_by":"llamacpp","meta":)" + habits.meta + "}]}");
  }
  if (!request.path.ends_with("/completions")) return c.reply(404, "{}");
  if (habits.die_after >= 0 && asked++ >= habits.die_after) std::_Exit(0);
  const json body = json::parse(request.body);
  if (habits.fail != 0) {
    return c.reply(habits.fail, json{{"error", {{"message", "the words of the server"}}}}.dump());
  }
  while (habits.hang) std::this_thread::sleep_for(std::chrono::seconds(1));
  const bool system = body.contains("messages") && body["messages"][0]["role"] == "system";
  if (habits.refuse == "system" ? system : body.contains(habits.refuse)) {
    const std::string words = habits.refuse == "system" ? "System role not supported"
                                                        : "Unsupported parameter: " + habits.refuse;
    return c.reply(400, json{{"error", {{"message", words}}}}.dump());
  }
  json choice{{"index", 0}, {"finish_reason", "stop"}};
  if (body.contains("messages")) {
    choice["message"] = {{"role", "assistant"}, {"content", "neutral"}};
  } else {
    choice["text"] = "neutral";
  }
  if (body.contains("logprobs") && !habits.mute) choice["logprobs"] = first_token(body);
  json reply{{"choices", json::array({choice})}};
  if (habits.usage) reply["usage"] = {{"prompt_tokens", 7}, {"completion_tokens", 3}};
  c.reply(200, reply.dump());
}

/// A flag's number; what is none ends the program, so that a case does not test something else.
template <typename Number>
Number number(const std::string& flag, const std::string& text) {
  Number value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return value;
  std::cerr << flag << ' ' << text << ": not a number\n";
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  Habits habits;
  double rate = -1;
  int port = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--rate") rate = number<double>(flag, value);
    if (flag == "--fail") habits.fail = number<int>(flag, value);
    if (flag == "--hang") habits.hang = value == "yes";
    if (flag == "--die-after") habits.die_after = number<int>(flag, value);
    if (flag == "--refuse") habits.refuse = value;
    if (flag == "--meta") habits.meta = value;
    if (flag == "--usage") habits.usage = value != "no";
    if (flag == "--mute") habits.mute = value == "yes";
    if (flag == "--port") port = number<int>(flag, value);
  }
  std::string line;
  if (rate >= 0) {
    const clue::models::testing::FaultServer server({.rate = rate, .burst_500 = 20});
    std::cout << server.spec() << std::endl;
    while (std::getline(std::cin, line)) {
    }
    return 0;
  }
  std::atomic<int> asked = 0;
  const clue::testing::TestServer server(
      [&](const TestRequest& request, TestConnection& c) { answer(habits, asked, request, c); },
      port);
  std::cout << server.url() << "/v1#test" << std::endl;
  while (std::getline(std::cin, line)) {
  }
  std::_Exit(0);  // hanging handlers do not hold the process
}
