#include "models/replay_model.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <tuple>

#include "base/hash.h"

namespace clue::models {
namespace {

using nlohmann::json;

/// (task or "", sample, repeat) -> text.
using Answers = std::map<std::tuple<std::string, std::string, int>, std::string>;

constexpr std::string_view kTextKeys[] = {"output", "text", "prediction", "Model Answer"};
constexpr std::string_view kSampleKeys[] = {"sample", "id"};

const json* find_any(const json& record, std::span<const std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const auto it = record.find(key); it != record.end()) return &*it;
  }
  return nullptr;
}

Error record_error(const std::string& place, const std::string& what) {
  return {ErrorCode::data, place + ": " + what};
}

Status add_record(const json& record, const std::string& place, Answers& answers) {
  if (!record.is_object()) return record_error(place, "expected a JSON object");
  const json* sample = find_any(record, kSampleKeys);
  if (sample == nullptr || !(sample->is_string() || sample->is_number_integer())) {
    return record_error(place,
                        "no 'sample': each prediction must name its sample, as in "
                        "samples_TASK.jsonl; for published prediction files without ids use "
                        "`clue score --predictions FILE -t TASK`");
  }
  const json* text = find_any(record, kTextKeys);
  if (text == nullptr || !text->is_string()) {
    return record_error(place,
                        "no text: expected a string under 'output', 'text', 'prediction' or "
                        "'Model Answer'");
  }
  const auto task = record.find("task");
  const auto repeat = record.find("repeat");
  const bool has_repeat = repeat != record.end() && repeat->is_number_integer();
  std::tuple<std::string, std::string, int> key{
      task != record.end() && task->is_string() ? task->get<std::string>() : "",
      sample->is_string() ? sample->get<std::string>() : sample->dump(),
      has_repeat ? repeat->get<int>() : 0};
  const std::string id = std::get<1>(key);
  if (!answers.emplace(std::move(key), text->get<std::string>()).second) {
    return record_error(place, "sample '" + id + "' is there twice");
  }
  return {};
}

Result<Answers> read_array(const std::string& text, const std::string& path) {
  Answers answers;
  const json records = json::parse(text);
  for (std::size_t i = 0; i < records.size(); ++i) {
    CLUE_OK(add_record(records[i], path + ": record " + std::to_string(i), answers));
  }
  return answers;
}

Result<Answers> read_lines(std::string_view text, const std::string& path) {
  Answers answers;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view record = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (record.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string place = path + ":" + std::to_string(line);
    const json parsed = json::parse(record, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_discarded()) return record_error(place, "not valid JSON");
    CLUE_OK(add_record(parsed, place, answers));
  }
  return answers;
}

Result<Answers> read_answers(const std::string& text, const std::string& path) {
  try {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start != std::string::npos && text[start] == '[') return read_array(text, path);
    return read_lines(text, path);
  } catch (const std::exception& e) {
    return record_error(path, e.what());
  }
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
    out.text = found->second;
    return out;
  }

  Answers answers_;
  std::string path_;
  core::ModelInfo info_;
};

}  // namespace

Result<std::unique_ptr<Model>> open_replay(const std::string& path, const ModelOptions& options) {
  static_cast<void>(options);
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    const int code = errno;
    return Error{code == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                 path + ": cannot read: " + std::generic_category().message(code)};
  }
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  CLUE_TRY(Answers answers, read_answers(text, path));
  if (answers.empty()) return record_error(path, "no predictions in the file");
  return std::unique_ptr<Model>(
      std::make_unique<ReplayModel>(path, sha256_hex(text), std::move(answers)));
}

}  // namespace clue::models
