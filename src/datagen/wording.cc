#include "datagen/wording.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <span>

#include "base/files.h"
#include "base/hash.h"
#include "base/suggest.h"
#include "base/text.h"
#include "datagen/shipped.h"
#include "tasks/task_file.h"
#include "tasks/template.h"

namespace clue::datagen {
namespace {

/// Text under a key. Error: missing or not text.
Result<std::string> text_at(const YAML::Node& map, const std::string& key,
                            const std::string& place) {
  const YAML::Node node = map[key];
  if (node && node.IsScalar()) return node.Scalar();
  return Error{ErrorCode::data, place + ":" + std::to_string(map.Mark().line + 1) + ": \"" + key +
                                    "\" is missing or no text"};
}

Result<StepWording> read_step(const YAML::Node& node, const std::string& reader,
                              std::string_view field, const std::string& place) {
  if (!node || !node.IsMap()) return Error{ErrorCode::data, place + ": is missing"};
  StepWording step;
  CLUE_TRY(step.prompts.system, text_at(node, "system", place));
  step.prompts.system = replace_all(step.prompts.system, "{reader}", reader);
  CLUE_TRY(step.prompts.user, text_at(node, "user", place));
  CLUE_TRY(step.prompts.prefill, text_at(node, "prefill", place));
  step.prompts.assistant = "{target}";
  CLUE_TRY(const std::vector<std::string> names,
           tasks::template_fields(step.prompts.user, place + ": user"));
  bool found = false;
  for (const std::string& name : names) {
    found = found || name == field;
    if (name != field && name != "reader") {
      return Error{ErrorCode::data, place + ": user: {" + name + "} is not known; use {" +
                                        std::string(field) + "} and {reader}"};
    }
  }
  if (found) return step;
  return Error{ErrorCode::data, place + ": user: {" + std::string(field) + "} is missing"};
}

/// "- statement" lines of a text, marks and empty lines dropped.
std::vector<std::string> statement_lines(std::string_view text) {
  std::vector<std::string> out;
  for (std::string_view line : split_lines(text)) {
    line = py_strip(line);
    if (line.starts_with("- ") || line.starts_with("* ")) line = py_strip(line.substr(2));
    if (!line.empty()) out.emplace_back(line);
  }
  return out;
}

Status read_examples(const YAML::Node& root, Wording& w, const std::string& place) {
  const YAML::Node letter = root["statements"]["example"];
  const YAML::Node questions = root["questions"]["example"]["questions"];
  if (!letter || !letter.IsMap() || !questions || !questions.IsSequence()) {
    return Error{ErrorCode::data,
                 place + ": statements: example and questions: example: questions are needed"};
  }
  CLUE_TRY(const std::string text, text_at(letter, "letter", place));
  CLUE_TRY(const std::string statements, text_at(letter, "statements", place));
  set_example(w, text, statements);
  const std::vector<std::string> lines = statement_lines(statements);
  if (lines.size() != questions.size()) {
    return Error{ErrorCode::data, place + ": the example has " + std::to_string(lines.size()) +
                                      " statements and " + std::to_string(questions.size()) +
                                      " questions; one question for each is needed"};
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    w.questions.example_field += (i == 0 ? "- " : "\n- ") + lines[i];
    w.questions.example_answer += w.labels.question + " " + questions[i].as<std::string>() + "\n" +
                                  w.labels.answer + " " + lines[i] + "\n\n";
  }
  w.questions.example_answer.pop_back();
  return {};
}

}  // namespace

void set_example(Wording& wording, const std::string& letter, std::string_view statements) {
  wording.statements.example_field = letter;
  // The example's turn opens as the model's own answer will.
  std::string answer = wording.statements.prompts.prefill;
  while (!answer.empty() && (answer.back() == '-' || answer.back() == ' ')) answer.pop_back();
  for (const std::string& line : statement_lines(statements)) {
    if (!answer.empty() && answer.back() != '\n') answer += "\n";
    answer += "- " + line;
  }
  wording.statements.example_answer = answer;
}

Result<Wording> published_wording(const tasks::GenerationWording& words) {
  std::string missing;
  const auto text = [&](const char* name) -> std::string {
    const auto it = words.find(name);
    if (it == words.end() && missing.empty()) missing = name;
    return it == words.end() ? "" : it->second;
  };
  Wording w;
  w.name = "clue-2024";
  w.labels = {};
  w.statements.prompts.system = text("fact_extraction_system_prompt");
  w.statements.prompts.user =
      replace_all(text("fact_extraction_user_template"), "{instructions}", "{letter}");
  w.statements.prompts.prefill = "\nStatements:\n- ";
  w.questions.prompts.system = text("question_generation_system_prompt");
  w.questions.prompts.user = text("questions_generation_user_template");
  w.questions.prompts.prefill = "\nQuestion: ";
  // The example's turn was written out; what stands in the template's place is its field.
  const std::string turn = text("question_generation_example_input");
  const std::string& user = w.questions.prompts.user;
  const std::size_t at = std::min(user.find("{statements}"), user.size());
  const std::string_view head = std::string_view(user).substr(0, at);
  const std::string_view tail = std::string_view(user).substr(std::min(at + 12, user.size()));
  const bool fits = turn.size() >= head.size() + tail.size() && turn.starts_with(head) &&
                    turn.ends_with(tail);
  w.questions.example_field =
      fits ? turn.substr(head.size(), turn.size() - head.size() - tail.size()) : turn;
  w.questions.example_answer = text("question_generation_example_output");
  if (!missing.empty()) {
    return Error{ErrorCode::data, "the imported generation wording has no " + missing +
                                      "; import it again from the published scripts of 2025"};
  }
  std::string all;
  for (const auto& [name, value] : words) all += name + "\n" + value + "\n";
  w.hash = sha256_hex(all);
  for (StepWording* step : {&w.statements, &w.questions}) {
    step->prompts.name = w.name;
    step->prompts.assistant = "{target}";
    step->prompts.hash = tasks::prompt_hash(step->prompts);
  }
  return w;
}

std::string published_statements(const tasks::GenerationWording& words) {
  const auto it = words.find("example_statements");
  if (it == words.end()) return "";
  std::string_view text = it->second;  // its first line is the heading that the prefill brings
  if (text.starts_with("Statements:")) text.remove_prefix(std::min(text.find('\n'), text.size()));
  return std::string(py_strip(text));
}

Result<Wording> parse_wording(std::string_view yaml, const std::string& place,
                              const std::string& reader) {
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (!root.IsMap()) return Error{ErrorCode::data, place + ": a wording is a map of keys"};
    Wording w;
    w.hash = sha256_hex(yaml);
    w.reader = reader;
    CLUE_TRY(w.name, text_at(root, "name", place));
    CLUE_TRY(w.statements, read_step(root["statements"], reader, "letter", place + ": statements"));
    CLUE_TRY(w.questions,
             read_step(root["questions"], reader, "statements", place + ": questions"));
    CLUE_TRY(w.labels.question, text_at(root["questions"], "question", place));
    CLUE_TRY(w.labels.answer, text_at(root["questions"], "answer", place));
    CLUE_OK(read_examples(root, w, place));
    for (StepWording* step : {&w.statements, &w.questions}) {
      step->prompts.name = w.name;
      step->prompts.hash = tasks::prompt_hash(step->prompts);
    }
    return w;
  } catch (const YAML::Exception& e) {
    return Error{ErrorCode::data, place + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg};
  }
}

Result<Wording> load_wording(const std::string& name_or_path, const std::string& reader) {
  if (name_or_path.ends_with(".yaml") || name_or_path.ends_with(".yml")) {
    CLUE_TRY(const std::string yaml, read_file(name_or_path));
    return parse_wording(yaml, name_or_path, reader);
  }
  const std::string file = "prompts/" + name_or_path + ".yaml";
  const std::string_view yaml = shipped::embedded(file);
  if (!yaml.empty()) return parse_wording(yaml, "profiles/" + file, reader);
  std::vector<std::string> names;
  for (const std::string_view name : shipped::embedded_names()) {
    if (name.starts_with("prompts/")) names.emplace_back(name.substr(8, name.size() - 13));
  }
  return Error{ErrorCode::invalid_argument,
               "no prompt set \"" + name_or_path + "\"; there are " + join(names, ", ") +
                   ", or give a file that ends in .yaml" +
                   did_you_mean(name_or_path, std::span<const std::string>(names))};
}

}  // namespace clue::datagen
