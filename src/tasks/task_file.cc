#include "tasks/task_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/json.h"
#include "base/suggest.h"
#include "core/names.h"
#include "tasks/template.h"

namespace clue::tasks {
namespace {

constexpr std::array<std::string_view, 24> kMetrics = {
    "accuracy",  "accuracy_strict", "contradiction", "rouge_l_f1",  "rouge_1_f1",   "rouge_2_f1",
    "rouge_l_p", "rouge_l_r",       "bertscore_p",   "bertscore_r", "bertscore_f1", "concept_p",
    "concept_r", "concept_f1",      "em_p",          "em_r",        "em_f1",        "ap_p",
    "ap_r",      "ap_f1",           "valid_codes",   "chapter_f1",  "block_f1",     "category_f1"};
constexpr std::array<std::string_view, 6> kMoreMetrics = {
    "full_f1", "exact_match", "squad_exact_match", "token_p", "token_r", "token_f1"};

constexpr std::array<std::string_view, 26> kKeys = {"name",          "title",
                                                    "version",       "level",
                                                    "kind",          "loader",
                                                    "variants",      "data_use",
                                                    "language",      "data_file",
                                                    "expected_rows", "fields",
                                                    "target",        "cluster",
                                                    "labels",        "options",
                                                    "shots",         "shuffle",
                                                    "max_tokens",    "metrics",
                                                    "headline",      "prompts",
                                                    "own_sets",      "published_first_twice",
                                                    "code_table",    "published_two_decimals"};
constexpr std::array<std::string_view, 5> kPromptKeys = {"system", "user", "assistant", "prefill",
                                                         "stop"};
constexpr std::array<std::string_view, 4> kKinds = {"label", "choice", "text", "codes"};

/// Reads members of a YAML map; the first complaint is kept and everything after it is ignored.
class Reader {
 public:
  Reader(YAML::Node map, std::string path) : map_(std::move(map)), path_(std::move(path)) {}

  [[nodiscard]] Status status() const { return error_ ? Status(*error_) : Status(); }

  void fail(const YAML::Node& at, const std::string& what) {
    if (!error_) error_ = Error{ErrorCode::data, place(at) + ": " + what};
  }
  [[nodiscard]] std::string place(const YAML::Node& at) const {
    return path_ + ":" + std::to_string(at.Mark().is_null() ? 1 : at.Mark().line + 1);
  }
  void known(std::span<const std::string_view> keys) {
    std::vector<std::string> seen;
    for (const auto& item : map_) {
      const std::string key = item.first.IsScalar() ? item.first.Scalar() : "";
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        fail(item.first, "unknown key \"" + key + "\"" + did_you_mean(key, keys));
      }
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
        fail(item.first, "key \"" + key + "\" stands here twice");
      }
      seen.push_back(key);
    }
  }
  void text(const char* key, std::string& out) {
    const YAML::Node node = map_[key];
    if (!node || node.IsNull()) return;
    if (!node.IsScalar()) return fail(node, std::string(key) + ": a text is wanted here");
    out = node.Scalar();
  }
  void integer(const char* key, int& out, int low, int high) {
    const YAML::Node node = map_[key];
    if (!node) return;
    int value = 0;
    if (!node.IsScalar() || !YAML::convert<int>::decode(node, value) || value < low ||
        value > high) {
      return fail(node, std::string(key) + ": a whole number from " + std::to_string(low) + " to " +
                            std::to_string(high) + " is wanted, not \"" +
                            (node.IsScalar() ? node.Scalar() : "(a list or map)") + "\"");
    }
    out = value;
  }
  void boolean(const char* key, bool& out) {
    const YAML::Node node = map_[key];
    if (!node) return;
    if (!node.IsScalar() || !YAML::convert<bool>::decode(node, out)) {
      fail(node, std::string(key) + ": true or false is wanted");
    }
  }
  /// A text or a list of texts.
  void list(const YAML::Node& node, const std::string& key, std::vector<std::string>& out) {
    if (!node || node.IsNull()) return;
    out.clear();
    if (node.IsScalar()) return out.push_back(node.Scalar());
    if (!node.IsSequence()) return fail(node, key + ": a text or a list of texts is wanted");
    for (const YAML::Node& part : node) {
      if (!part.IsScalar()) return fail(part, key + ": a text is wanted in this list");
      out.push_back(part.Scalar());
    }
  }
  void list(const char* key, std::vector<std::string>& out) { list(map_[key], key, out); }
  template <std::size_t N>
  int word(const char* key, const std::array<std::string_view, N>& words, int otherwise) {
    const YAML::Node node = map_[key];
    if (!node) return otherwise;
    const std::string value = node.IsScalar() ? node.Scalar() : "";
    const auto it = std::find(words.begin(), words.end(), value);
    if (it != words.end()) return static_cast<int>(it - words.begin());
    std::string all;
    for (const std::string_view w : words) all += (all.empty() ? "" : ", ") + std::string(w);
    fail(node, std::string(key) + ": \"" + value + "\" is none of " + all +
                   did_you_mean(value, std::span<const std::string_view>(words)));
    return otherwise;
  }
  YAML::Node operator[](const char* key) const { return map_[key]; }
  [[nodiscard]] const YAML::Node& node() const { return map_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  void adopt(const Status& status) {
    if (!status.ok() && !error_) error_ = status.error();
  }

 private:
  YAML::Node map_;
  std::string path_;
  std::optional<Error> error_;
};

PromptSet read_prompt_set(Reader& file, const std::string& name, const YAML::Node& node) {
  PromptSet set;
  set.name = name;
  if (!node.IsMap()) {
    file.fail(node, "prompts: " + name + ": a map with system, user, assistant is wanted");
    return set;
  }
  Reader reader(node, file.path());
  reader.known(kPromptKeys);
  reader.text("system", set.system);
  reader.text("user", set.user);
  reader.text("assistant", set.assistant);
  reader.text("prefill", set.prefill);
  reader.list("stop", set.stop);
  if (!node["user"]) reader.fail(node, "prompts: " + name + ": \"user\" is missing");
  file.adopt(reader.status());
  set.hash = prompt_hash(set);
  return set;
}

void read_fields(Reader& reader, TaskFile& task) {
  const YAML::Node fields = reader["fields"];
  if (!fields) return reader.fail(reader.node(), "fields: missing; name the columns of the data");
  if (!fields.IsMap()) return reader.fail(fields, "fields: a map FIELD: COLUMN is wanted");
  for (const auto& item : fields) {
    const std::string name = item.first.Scalar();
    FieldSource source;
    if (item.second.IsMap()) {
      static constexpr std::array<std::string_view, 2> kFieldKeys = {"column", "join"};
      Reader inner(item.second, reader.path());
      inner.known(kFieldKeys);
      inner.list("column", source.columns);
      if (item.second["join"]) source.join = "", inner.text("join", *source.join);
      reader.adopt(inner.status());
    } else {
      reader.list(item.second, "fields: " + name, source.columns);
    }
    if (source.columns.empty()) reader.fail(item.first, "fields: " + name + ": no column is named");
    task.fields[name] = source;
  }
}

/// Every field a template names must exist, so that the complaint comes before a run starts.
void check_templates(Reader& reader, const TaskFile& task) {
  Fields known;
  for (const auto& [name, source] : task.fields) known[name] = "";
  for (const char* name : {"documents", "options", "question_text"}) {
    if (task.kind == AnswerKind::choice) known[name] = "";
  }
  Fields with_target = known;
  with_target["target"] = "";
  for (const std::string& column : task.target) with_target[column] = "";
  for (const PromptSet& set : task.prompts) {
    const YAML::Node node = reader["prompts"][set.name];
    const std::string at = reader.place(node) + ": prompts: " + set.name + ": ";
    const auto check = [&](const char* key, const std::string& text, const Fields& fields) {
      const Result<std::string> r = render_template(text, fields, at + key);
      if (!r.ok()) reader.adopt(r.error());
    };
    check("user", set.user, known);
    check("assistant", set.assistant, with_target);
  }
}

void check_metrics(Reader& reader, const TaskFile& task) {
  const std::span<const std::string_view> all = metric_names();
  const auto check = [&](const char* key, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (std::find(all.begin(), all.end(), name) == all.end()) {
        reader.fail(reader[key], std::string(key) + ": unknown metric \"" + name + "\"" +
                                     did_you_mean(name, all));
      }
    }
  };
  check("metrics", task.metrics);
  check("headline", task.headline);
  for (const std::string& name : task.headline) {
    if (std::find(task.metrics.begin(), task.metrics.end(), name) == task.metrics.end()) {
      reader.fail(reader["headline"], "headline: \"" + name + "\" is not among the metrics");
    }
  }
}

void default_metrics(TaskFile& task) {
  if (task.metrics.empty()) {
    switch (task.kind) {
      case AnswerKind::label:
      case AnswerKind::choice:
        task.metrics = {"accuracy"};
        break;
      case AnswerKind::text:
        task.metrics = {"rouge_l_f1", "rouge_1_f1", "rouge_2_f1"};
        break;
      case AnswerKind::codes:
        task.metrics = {"em_f1", "ap_f1", "valid_codes"};
        break;
    }
  }
  if (task.headline.empty()) task.headline = task.metrics;
}

TaskFile read_task(Reader& reader) {
  TaskFile task;
  task.path = reader.path();
  reader.known(kKeys);
  int expected = 0;
  int use = 0;
  reader.text("name", task.name);
  reader.text("title", task.title);
  reader.text("loader", task.loader);
  reader.text("language", task.language);
  reader.text("data_file", task.data_file);
  reader.integer("version", task.version, 1, 1000000);
  reader.integer("level", task.level, 0, 2);
  reader.integer("variants", task.variants, 0, 9);
  reader.integer("expected_rows", expected, 0, 1000000000);
  reader.integer("shots", task.shots, 0, 1000);
  reader.integer("max_tokens", task.max_tokens, 1, 1000000);
  reader.boolean("shuffle", task.shuffle);
  reader.boolean("own_sets", task.own_sets);
  reader.boolean("published_first_twice", task.published_first_twice);
  reader.boolean("published_two_decimals", task.published_two_decimals);
  reader.text("code_table", task.code_table);
  reader.list("target", task.target);
  reader.list("cluster", task.cluster);
  reader.list("labels", task.labels);
  reader.list("options", task.options);
  reader.list("metrics", task.metrics);
  reader.list("headline", task.headline);
  task.expected_rows = static_cast<std::size_t>(expected);
  if (!reader["kind"])
    reader.fail(reader.node(), "kind: missing; one of label, choice, text, codes");
  task.kind = static_cast<AnswerKind>(reader.word("kind", kKinds, 2));
  static constexpr std::array<std::string_view, 3> kUses = {"open", "credentialed", "private"};
  use = reader.word("data_use", kUses, 0);
  task.use = static_cast<core::DataUse>(use);
  read_fields(reader, task);
  if (const YAML::Node prompts = reader["prompts"]; prompts && prompts.IsMap()) {
    for (const auto& item : prompts) {
      task.prompts.push_back(read_prompt_set(reader, item.first.Scalar(), item.second));
    }
  }
  return task;
}

void check_task(Reader& reader, TaskFile& task) {
  if (task.name.empty()) reader.fail(reader.node(), "name: missing");
  if (task.name.find_first_of("/:, \t\n") != std::string::npos) {
    reader.fail(reader["name"], "name: \"" + task.name + "\" must not hold blanks or any of / : ,");
  }
  if (task.data_file.empty()) reader.fail(reader.node(), "data_file: missing");
  if (task.prompts.empty()) reader.fail(reader.node(), "prompts: at least one set is wanted");
  if (task.target.empty() && task.loader != "longhealth") {
    reader.fail(reader.node(), "target: missing; name the column of the reference");
  }
  if (task.kind == AnswerKind::label && task.labels.size() < 2) {
    reader.fail(reader.node(), "labels: at least two are wanted for kind label");
  }
  if (task.kind == AnswerKind::choice && task.loader.empty() && task.options.size() < 2) {
    reader.fail(reader.node(), "options: at least two columns are wanted for kind choice");
  }
  if (!task.code_table.empty() && task.kind != AnswerKind::codes) {
    reader.fail(reader["code_table"], "code_table: is for kind codes only");
  }
  if (task.title.empty()) task.title = task.name;
  task.family = task.name;
  default_metrics(task);
  check_metrics(reader, task);
  if (reader.status().ok()) check_templates(reader, task);
}

Result<YAML::Node> load_map(std::string_view text, const std::string& path) {
  try {
    YAML::Node node = YAML::Load(std::string(text));
    if (!node.IsMap()) return Error{ErrorCode::data, path + ":1: a YAML map is wanted"};
    return node;
  } catch (const YAML::Exception& e) {
    const int line = e.mark.is_null() ? 1 : e.mark.line + 1;
    return Error{ErrorCode::data, path + ":" + std::to_string(line) + ": not YAML: " + e.msg};
  }
}

}  // namespace

std::span<const std::string_view> metric_names() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> v(kMetrics.begin(), kMetrics.end());
    v.insert(v.end(), kMoreMetrics.begin(), kMoreMetrics.end());
    return v;
  }();
  return all;
}

const PromptSet* TaskFile::prompt_set(std::string_view set) const {
  for (const PromptSet& p : prompts) {
    if (set.empty() || p.name == set) return &p;
  }
  return nullptr;
}

std::string prompt_hash(const PromptSet& set) {
  nlohmann::json j = {{"system", set.system},
                      {"user", set.user},
                      {"assistant", set.assistant},
                      {"prefill", set.prefill},
                      {"stop", set.stop}};
  return sha256_hex(dump_json(j));
}

Result<std::vector<TaskFile>> parse_task_yaml(std::string_view text, const std::string& path) {
  CLUE_TRY(const YAML::Node node, load_map(text, path));
  try {
    Reader reader(node, path);
    TaskFile task = read_task(reader);
    check_task(reader, task);
    CLUE_OK(reader.status());
    if (task.variants == 0) return std::vector<TaskFile>{task};
    std::vector<TaskFile> out;
    for (int v = 1; v <= task.variants; ++v) {
      out.push_back(task);
      out.back().variant = v;
      out.back().name += "-" + std::to_string(v);
      out.back().title += " task " + std::to_string(v);
    }
    return out;
  } catch (const YAML::Exception& e) {
    const int line = e.mark.is_null() ? 1 : e.mark.line + 1;
    return Error{ErrorCode::data, path + ":" + std::to_string(line) + ": " + e.msg};
  }
}

Result<std::vector<PromptSet>> parse_prompt_yaml(std::string_view text, const std::string& path) {
  CLUE_TRY(const YAML::Node node, load_map(text, path));
  try {
    Reader reader(node, path);
    std::vector<PromptSet> sets;
    for (const auto& item : node) {
      sets.push_back(read_prompt_set(reader, item.first.Scalar(), item.second));
    }
    CLUE_OK(reader.status());
    return sets;
  } catch (const YAML::Exception& e) {
    return Error{ErrorCode::data, path + ": " + e.msg};
  }
}

std::string prompt_yaml(const std::vector<PromptSet>& sets) {
  const auto quoted = [](const std::string& s) { return dump_json(nlohmann::json(s)); };
  std::string out;
  for (const PromptSet& set : sets) {
    out += quoted(set.name) + ":\n";
    out += "  system: " + quoted(set.system) + "\n  user: " + quoted(set.user) +
           "\n  assistant: " + quoted(set.assistant) + "\n  prefill: " + quoted(set.prefill) + "\n";
    if (!set.stop.empty()) out += "  stop: " + dump_json(nlohmann::json(set.stop)) + "\n";
  }
  return out;
}

}  // namespace clue::tasks
