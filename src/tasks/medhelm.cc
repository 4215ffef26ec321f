#include "tasks/medhelm.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "tasks/task_file.h"
#include "tasks/template.h"

namespace clue::tasks {
namespace {
namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kMetricNames = {{
    {"exact_match", "exact_match"},
    {"rouge_1", "rouge_1_f1"},
    {"rouge_2", "rouge_2_f1"},
    {"rouge_l", "rouge_l_f1"},
    {"bert_score", "bertscore_f1"},
}};

std::string_view our_metric(std::string_view name) {
  for (const auto& [theirs, ours] : kMetricNames) {
    if (theirs == name) return ours;
  }
  return {};
}

std::string scalar(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  return node && node.IsScalar() ? node.Scalar() : "";
}

Status read_metrics(const YAML::Node& map, const std::string& path, TaskFile& task) {
  std::string refused;
  const YAML::Node list = map["metrics"];
  for (std::size_t i = 0; list && list.IsSequence() && i < list.size(); ++i) {
    const YAML::Node entry = list[i];
    const std::string name = entry.IsMap() ? scalar(entry, "name") : entry.Scalar();
    const std::string_view ours = our_metric(name);
    if (ours.empty()) refused += (refused.empty() ? "" : ", ") + name;
    if (!ours.empty()) task.metrics.emplace_back(ours);
  }
  const std::string main = scalar(map, "main_metric");
  const std::string_view ours = our_metric(main);
  if (!ours.empty() &&
      std::find(task.metrics.begin(), task.metrics.end(), ours) == task.metrics.end()) {
    task.metrics.insert(task.metrics.begin(), std::string(ours));
  }
  if (task.metrics.empty()) {
    return Error{ErrorCode::data, path + ": metrics: none that works without a judge model (" +
                                      (refused.empty() ? main : refused) +
                                      "); there are exact_match, rouge_1, rouge_2, rouge_l, "
                                      "bert_score"};
  }
  task.headline = {ours.empty() ? task.metrics.front() : std::string(ours)};
  return {};
}

Result<TaskFile> convert(const YAML::Node& map, const fs::path& path) {
  TaskFile task;
  task.path = path.string();
  task.kind = AnswerKind::text;
  task.shuffle = false;
  task.name = scalar(map, "name");
  task.title = task.name;
  for (char& c : task.name) c = is_ascii_alnum(c) || c == '-' ? ascii_lower(c) : '_';
  if (task.name.empty()) return Error{ErrorCode::data, task.path + ": name: missing"};
  task.family = task.name;
  task.data_file = scalar(map, "dataset_file");
  task.target = {"correct_answer"};
  if (const YAML::Node n = map["max_tokens"];
      n && !YAML::convert<int>::decode(n, task.max_tokens)) {
    return Error{ErrorCode::data, task.path + ":" + std::to_string(n.Mark().line + 1) +
                                      ": max_tokens: a whole number is wanted"};
  }
  const fs::path prompt_path = path.parent_path() / scalar(map, "prompt_file");
  CLUE_TRY(const std::string bytes, read_file(prompt_path));
  PromptSet set;
  set.name = "default";
  CLUE_TRY(set.user, to_utf8(bytes, Encoding::automatic, prompt_path.string()));
  CLUE_TRY(const auto names, template_fields(set.user, prompt_path.string()));
  for (const std::string& name : names) task.fields[name] = {{name}, {}};
  set.assistant = "{target}";
  set.hash = prompt_hash(set);
  task.prompts = {set};
  CLUE_OK(read_metrics(map, task.path, task));
  return task;
}

}  // namespace

bool is_medhelm(std::string_view text) {
  try {
    const YAML::Node map = YAML::Load(std::string(text));
    return map.IsMap() && map["prompt_file"] && map["dataset_file"];
  } catch (const YAML::Exception&) {
    return false;
  }
}

Result<std::vector<TaskFile>> parse_medhelm(std::string_view text, const fs::path& path) {
  try {
    CLUE_TRY(TaskFile task, convert(YAML::Load(std::string(text)), path));
    return std::vector<TaskFile>{std::move(task)};
  } catch (const YAML::Exception& e) {
    return Error{ErrorCode::data, path.string() + ": " + e.msg};
  }
}

}  // namespace clue::tasks
