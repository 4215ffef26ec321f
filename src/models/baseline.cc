#include "models/baseline.h"

#include <map>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace clue::models {
namespace {

/// Assistant turns of the prompt: the answers of the few-shot examples, in order.
std::vector<std::string_view> shot_answers(const BaselineInput& input) {
  std::vector<std::string_view> answers;
  if (input.prompt == nullptr) return answers;
  for (const core::Message& message : input.prompt->messages) {
    if (message.role == core::Role::assistant) answers.emplace_back(message.content);
  }
  return answers;
}

/// splitmix64's finaliser: neighbouring seeds give unrelated numbers.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

class BaselineModel final : public Model {
 public:
  explicit BaselineModel(const std::string& kind) : kind_(kind) {
    info_.spec = "baseline:" + kind;
    info_.kind = "baseline";
    info_.name = kind + " baseline";
    info_.content_hash = sha256_hex("baseline " + kind + " 1");
  }

  [[nodiscard]] const core::ModelInfo& info() const override { return info_; }
  TokenCounter* tokens() override { return nullptr; }
  Result<std::optional<int>> prompt_tokens(const core::Prompt& prompt) override {
    static_cast<void>(prompt);
    return std::optional<int>();
  }

  Status generate(std::span<const Request> requests, const OnDone& on_done,
                  std::stop_token stop) override {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (stop.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
      on_done(i, answer(requests[i]));
    }
    return {};
  }

 private:
  [[nodiscard]] core::Generation answer(const Request& request) const {
    core::Generation out;
    const BaselineRow* row = find_baseline(kind_, request.task);
    if (row == nullptr) {
      out.stop = core::StopReason::error;
      out.error = "baseline:" + kind_ + " has no answer for task '" + std::string(request.task) +
                  "'; use another baseline";
      return out;
    }
    out.text = row->answer({.task = request.task,
                            .sample = request.sample,
                            .prompt = request.prompt,
                            .seed = request.decoding.seed});
    return out;
  }

  std::string kind_;
  core::ModelInfo info_;
};

}  // namespace

const BaselineRow* find_baseline(std::string_view kind, std::string_view task) {
  const BaselineRow* general = nullptr;
  for (const BaselineRow& row : baseline_rows()) {
    if (row.kind != kind) continue;
    if (row.task == task) return &row;
    if (row.task.empty()) general = &row;
  }
  return general;
}

std::string majority_of_shots(const BaselineInput& input) {
  std::map<std::string_view, int> counts;
  std::string_view best;
  const std::vector<std::string_view> answers = shot_answers(input);
  for (const std::string_view answer : answers) ++counts[answer];
  for (const std::string_view answer : answers) {
    if (best.empty() || counts[answer] > counts[best]) best = answer;
  }
  return std::string(best);
}

std::string random_of_shots(const BaselineInput& input) {
  const std::vector<std::string_view> answers = shot_answers(input);
  if (answers.empty()) return "";
  return std::string(answers[mix(input.seed) % answers.size()]);
}

Result<std::unique_ptr<Model>> open_baseline(const std::string& kind, const ModelOptions& options) {
  static_cast<void>(options);
  std::string kinds;
  for (const BaselineRow& row : baseline_rows()) {
    if (row.kind == kind) return std::unique_ptr<Model>(std::make_unique<BaselineModel>(kind));
    if ((", " + kinds + ",").find(", " + std::string(row.kind) + ",") != std::string::npos)
      continue;
    kinds += (kinds.empty() ? "" : ", ") + std::string(row.kind);
  }
  return Error{ErrorCode::invalid_argument,
               "no baseline is named '" + kind + "'; there are: " + kinds};
}

}  // namespace clue::models
