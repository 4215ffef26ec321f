#include "models/mock_model.h"

#include <charconv>
#include <chrono>
#include <thread>
#include <utility>

#include "base/hash.h"

namespace clue::models {
namespace {

/// The words of a mock script, read.
struct Script {
  std::string text = "ok";
  bool echo = false;
  int refuse_percent = 0;
  int fail_percent = 0;
  int length_percent = 0;
  std::string fail_ids;
  int delay_ms = 0;
  int die_after = -1;
  int context = 0;
};

Result<int> read_number(std::string_view word, std::string_view value) {
  int number = 0;
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (problem != std::errc() || end != value.data() + value.size() || number < 0) {
    return Error{ErrorCode::invalid_argument, "mock word '" + std::string(word) +
                                                  "' needs a whole number, not '" +
                                                  std::string(value) + "'"};
  }
  return number;
}

Status read_word(std::string_view word, Script& script) {
  const std::size_t equals = word.find('=');
  const std::string_view key = word.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
  struct NumberWord {
    std::string_view key;
    int* target;
  };
  const NumberWord numbers[] = {
      {"refuse", &script.refuse_percent}, {"fail_percent", &script.fail_percent},
      {"length", &script.length_percent}, {"delay", &script.delay_ms},
      {"die", &script.die_after},         {"context", &script.context}};
  for (const NumberWord& row : numbers) {
    if (row.key != key) continue;
    CLUE_TRY(*row.target, read_number(key, value));
    return {};
  }
  if (key == "text")
    script.text = value;
  else if (key == "fail")
    script.fail_ids = value;
  else if (key == "empty")
    script.text.clear();
  else if (key == "echo")
    script.echo = true;
  else
    return Error{ErrorCode::invalid_argument,
                 "unknown mock word '" + std::string(key) +
                     "'; there are: text=T, echo, empty, refuse=PERCENT, delay=MS, fail=TEXT, "
                     "fail_percent=P, length=PERCENT, die=N, context=N"};
  return {};
}

Result<Script> read_script(std::string_view text) {
  Script script;
  while (!text.empty()) {
    const std::size_t end = text.find(';');
    CLUE_OK(read_word(text.substr(0, end), script));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return script;
}

/// 0..99, the same for a sample in every run; `salt` keeps the kinds of event apart.
int percentile(const core::Prompt& prompt, std::string_view salt) {
  std::uint64_t h = 14695981039346656037U;  // FNV-1a
  const auto add = [&h](std::string_view bytes) {
    for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211U;
  };
  add(salt);
  add(prompt.sample);
  add(std::to_string(prompt.repeat));
  h ^= h >> 32;
  return static_cast<int>((h * 0x9E3779B97F4A7C15U >> 33) % 100);
}

std::string_view last_user_turn(const core::Prompt& prompt) {
  for (auto turn = prompt.messages.rbegin(); turn != prompt.messages.rend(); ++turn) {
    if (turn->role == core::Role::user) return turn->content;
  }
  return {};
}

core::Generation scripted_answer(const Script& script, const Request& request) {
  const core::Prompt& prompt = *request.prompt;
  core::Generation out;
  if ((!script.fail_ids.empty() && prompt.sample.find(script.fail_ids) != std::string::npos) ||
      percentile(prompt, "fail") < script.fail_percent) {
    out.stop = core::StopReason::error;
    out.error = "scripted failure of sample " + prompt.sample;
    return out;
  }
  out.text = script.echo ? std::string(last_user_turn(prompt)) : script.text;
  if (percentile(prompt, "refuse") < script.refuse_percent) {
    out.text = "I'm sorry, but I can't help with that request.";
  }
  if (percentile(prompt, "length") < script.length_percent) out.stop = core::StopReason::length;
  return out;
}

class MockModel final : public Model {
 public:
  MockModel(const std::string& name, MockAnswer answer, const Script& script)
      : answer_(std::move(answer)), script_(script) {
    info_.spec = "mock:" + name;
    info_.kind = "mock";
    info_.name = "mock";
    info_.content_hash = sha256_hex("mock " + name);
    info_.context_length = script.context;
  }

  [[nodiscard]] const core::ModelInfo& info() const override { return info_; }
  TokenCounter* tokens() override { return nullptr; }
  Result<std::optional<int>> prompt_tokens(const core::Prompt& prompt) override {
    static_cast<void>(prompt);
    return std::optional<int>();
  }

  Status generate(std::span<const Request> requests, const OnDone& on_done,
                  std::stop_token stop) override {
    using Clock = std::chrono::steady_clock;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const auto begin = Clock::now();
      const auto until = begin + std::chrono::milliseconds(script_.delay_ms);
      while (Clock::now() < until && !stop.stop_requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      if (stop.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
      if (script_.die_after >= 0 && answered_ >= script_.die_after) {
        return Error{ErrorCode::unavailable, "the mock back end died, as its script says"};
      }
      core::Generation out = answer_(requests[i]);
      out.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      ++answered_;
      on_done(i, std::move(out));
    }
    return {};
  }

 private:
  MockAnswer answer_;
  Script script_;
  core::ModelInfo info_;
  int answered_ = 0;
};

}  // namespace

Result<std::unique_ptr<Model>> open_mock(const std::string& script, const ModelOptions& options) {
  static_cast<void>(options);
  CLUE_TRY(Script words, read_script(script));
  MockAnswer answer = [words](const Request& request) { return scripted_answer(words, request); };
  return std::unique_ptr<Model>(std::make_unique<MockModel>(script, std::move(answer), words));
}

std::unique_ptr<Model> make_mock(MockAnswer answer, const std::string& name) {
  return std::make_unique<MockModel>(name, std::move(answer), Script());
}

}  // namespace clue::models
