#include "models/replay_model.h"

#include <filesystem>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "models/answer_stream.h"
#include "models/predictions.h"

namespace clue::models {
namespace {

/// (task or "", sample, repeat) -> text; no text: the answer was lost where the file was made.
using Answers = std::map<std::tuple<std::string, std::string, int>, std::optional<std::string>>;

Result<Answers> index_answers(PredictionFile& file) {
  Answers answers;
  for (Prediction& row : file.rows) {
    const std::string place = file.place(row);
    if (row.sample.empty()) {
      return Error{ErrorCode::data,
                   place +
                       ": no 'sample': each prediction must name its sample, as in "
                       "samples_TASK.jsonl; for published prediction files without ids use "
                       "`clue score --predictions FILE -t TASK`"};
    }
    if (!answers.emplace(std::make_tuple(row.task, row.sample, row.repeat), std::move(row.text))
             .second) {
      return Error{ErrorCode::data, place + ": sample '" + row.sample + "' is there twice"};
    }
  }
  return answers;
}

class ReplayModel final : public Model {
 public:
  ReplayModel(const std::string& path, const std::string& hash, Answers answers)
      : answers_(std::move(answers)), path_(path) {
    info_.spec = "replay:" + path;
    info_.kind = "replay";
    info_.name = std::filesystem::path(path).stem().string();
    info_.content_hash = hash;
    info_.details["predictions"] = std::to_string(answers_.size());
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
    const core::Prompt& prompt = *request.prompt;
    core::Generation out;
    auto found = answers_.find({std::string(request.task), prompt.sample, prompt.repeat});
    if (found == answers_.end()) found = answers_.find({"", prompt.sample, prompt.repeat});
    if (found == answers_.end()) {
      out.stop = core::StopReason::error;
      out.error = path_ + " has no prediction for sample " + prompt.sample + ", repeat " +
                  std::to_string(prompt.repeat);
      return out;
    }
    if (!found->second) {
      out.stop = core::StopReason::error;
      out.error = path_ + " holds no answer for sample " + prompt.sample + ", only its failure";
      return out;
    }
    read_answer(*found->second, out);
    return out;
  }

  Answers answers_;
  std::string path_;
  core::ModelInfo info_;
};

}  // namespace

Result<std::unique_ptr<Model>> open_replay(const std::string& path, const ModelOptions& options) {
  static_cast<void>(options);
  CLUE_TRY(PredictionFile file, read_predictions(path));
  CLUE_TRY(Answers answers, index_answers(file));
  return std::unique_ptr<Model>(
      std::make_unique<ReplayModel>(path, file.sha256, std::move(answers)));
}

}  // namespace clue::models
