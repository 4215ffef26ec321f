#include "cli/speed_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace clue::cli {
namespace {

struct Asked {
  core::Generation answer;
  double seconds = 0;
};

Result<Asked> ask(models::Model& model, const std::string& text, int max_tokens) {
  core::Prompt prompt;
  prompt.sample = "probe";
  prompt.messages = {{core::Role::user, text}};
  prompt.max_tokens = max_tokens;
  models::Request request;
  request.prompt = &prompt;
  request.decoding.max_tokens = max_tokens;
  request.task = "probe";
  Asked out;
  const auto start = std::chrono::steady_clock::now();
  CLUE_OK(model.generate(
      {&request, 1}, [&](std::size_t, core::Generation g) { out.answer = std::move(g); },
      std::stop_token()));
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!out.answer.error.empty()) return Error{ErrorCode::unavailable, out.answer.error};
  return out;
}

std::string duration(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", std::max(1.0, seconds));
  if (seconds < 90 * 60) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} days", seconds / 86400);
}

}  // namespace

Result<std::optional<Speed>> probe_speed(models::Model& model) {
  if (model.info().kind != "llama") return std::optional<Speed>();
  std::string words;
  for (int i = 0; i < 120; ++i) words += "word ";
  CLUE_TRY(const Asked longer, ask(model, words, 1));
  CLUE_TRY(const Asked talk, ask(model, "Count from one to fifty.", 24));
  const double read = std::max(1, longer.answer.prompt_tokens);
  const double written = std::max(1, talk.answer.output_tokens);
  Speed speed;
  speed.prefill = read / std::max(longer.seconds, 1e-4);
  const double reading = talk.answer.prompt_tokens / speed.prefill;
  speed.decode = written / std::max(talk.seconds - reading, 1e-4 * written);
  return std::optional(speed);
}

std::string time_at_most(const Speed& speed, long long prompt_tokens, long long answer_tokens) {
  return duration(static_cast<double>(prompt_tokens) / speed.prefill +
                  static_cast<double>(answer_tokens) / speed.decode);
}

}  // namespace clue::cli
