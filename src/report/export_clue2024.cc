// The published scripts' output folders (protocol, section 4), byte for byte as their json.dump
// writes them: TASK/MODEL/{debug_model_input.txt, predictions.json, results.json}. Their collect
// step, and everything people built on it, reads what is written here.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "base/text.h"
#include "core/names.h"
#include "metrics/choice.h"
#include "report/export.h"
#include "tasks/longhealth.h"

namespace clue::report {
namespace {

namespace fs = std::filesystem;

/// Python's repr of a float: shortest digits, an exponent below 1e-4 and from 1e16.
std::string py_float(double value) {
  if (std::isnan(value)) return "NaN";
  std::array<char, 64> buffer{};
  char* const begin = buffer.data();
  char* const last = begin + buffer.size();
  char* end = std::to_chars(begin, last, value, std::chars_format::scientific).ptr;
  const std::string scientific(begin, end);
  const std::size_t e = scientific.find('e');
  int exponent = 0;
  const char* digits = scientific.data() + e + (scientific[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits, scientific.data() + scientific.size(), exponent);
  if (exponent < -4 || exponent >= 16) return scientific;
  end = std::to_chars(begin, last, value, std::chars_format::fixed).ptr;
  std::string fixed(begin, end);
  if (fixed.find('.') == std::string::npos) fixed += ".0";
  return fixed;
}

/// json.dump's string: ASCII only.
std::string py_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// An object in json.dump's layout; values are JSON already.
class PyObject {
 public:
  void add(std::string_view key, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + py_string(key) + ": " + value;
  }
  void append(const PyObject& other) {
    if (!other.text_.empty()) text_ += (text_.empty() ? "" : ", ") + other.text_;
  }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string str() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

/// statistics.mean: the exact sum, divided and rounded once (in two doubles, good for any run).
double exact_mean(const std::vector<double>& values) {
  double high = 0, low = 0;
  for (const double v : values) {
    const double sum = high + v;
    const double part = sum - high;
    low += (high - (sum - part)) + (v - part);
    high = sum;
  }
  const double n = static_cast<double>(values.size());
  const double quotient = high / n;
  return quotient + (std::fma(-quotient, n, high) + low) / n;
}

struct Name {
  std::string_view metric;
  std::string_view key;
};

/// How a task's scores look in the published files.
struct Style {
  std::string_view folder = {};
  bool text = false;      ///< two decimals as text, behind the answers, each sample once
  bool integers = false;  ///< 0 and 1 without a point
  std::span<const Name> names = {};
};

constexpr std::array<Name, 1> kLabel = {{{"accuracy", "ACCURACY"}}};
constexpr std::array<Name, 9> kText = {{{"rouge_l_f1", "ROUGE_L"},
                                        {"rouge_1_f1", "ROUGE1"},
                                        {"rouge_2_f1", "ROUGE2"},
                                        {"bertscore_p", "BERT_P"},
                                        {"bertscore_r", "BERT_R"},
                                        {"bertscore_f1", "BERT_F1"},
                                        {"concept_p", "UMLS_P"},
                                        {"concept_r", "UMLS_R"},
                                        {"concept_f1", "UMLS_F1"}}};
constexpr std::array<Name, 7> kCodes = {{{"em_p", "ICD EM P"},
                                         {"em_r", "ICD EM R"},
                                         {"em_f1", "ICD EM F1"},
                                         {"ap_p", "ICD AP P"},
                                         {"ap_r", "ICD AP R"},
                                         {"ap_f1", "ICD AP F1"},
                                         {"valid_codes", "VALID CODES"}}};

struct TaskStyle {
  std::string_view task;
  Style style;
};
constexpr std::array<TaskStyle, 5> kStyles = {
    {{"mednli", {.folder = "MedNLI", .integers = true, .names = kLabel}},
     {"meqsum", {.folder = "MeQSum", .text = true, .names = kText}},
     {"problemsummary", {.folder = "ProblemSummary", .text = true, .names = kText}},
     {"medisumqa", {.folder = "MeDiSumQA", .text = true, .names = kText}},
     {"medisumcode", {.folder = "MeDiSumCode", .names = kCodes}}}};

/// A set of one's own carries its hash behind the task's name.
std::string_view without_hash(std::string_view task) { return task.substr(0, task.find(':')); }

/// The scripts' own style; for other tasks that of the task most like it, under its own name.
Style style_of(const run::TaskResults& task) {
  for (const TaskStyle& row : kStyles) {
    if (row.task == without_hash(task.pass.facts.spec.task)) return row.style;
  }
  for (const core::Summary& s : task.metrics) {
    if (s.metric == "rouge_l_f1") return {.text = true, .names = kText};
    if (s.metric == "em_f1") return {.names = kCodes};
  }
  return {.integers = true, .names = kLabel};
}

/// The scripts name a folder after the last part of the model's name.
std::string model_folder(const std::string& name) {
  return file_part(std::string_view(name).substr(name.find_last_of('/') + 1));
}

std::string as_input(const core::Prompt& prompt) {
  std::string text;
  for (const core::Message& m : prompt.messages) {
    text += fmt::format("[{}]\n{}\n\n", core::name(m.role), m.content);
  }
  return text;
}

std::string number(double value, const Style& style) {
  if (style.text) return py_string(std::isnan(value) ? "nan" : fmt::format("{:.2f}", value));
  if (style.integers && value == std::floor(value)) return fmt::format("{:.0f}", value);
  return py_float(value);
}

/// What is written about one task: predictions line by line, and its averages.
struct Written {
  std::string lines, first_input;
  PyObject results;
};

/// Rows of the two families of scripts: answers first and texts as scores, or the reverse.
Status write_scored(ExportJob& job, const run::TaskResults& task, Written& out) {
  const Style style = style_of(task);
  std::vector<Name> names;  // columns that have a value at all: a missing encoder has no column
  for (const Name& name : style.names) {
    const auto has = [&](const core::Summary& s) { return s.metric == name.metric && s.n > 0; };
    if (std::any_of(task.metrics.begin(), task.metrics.end(), has)) names.push_back(name);
  }
  std::map<std::string_view, std::vector<double>> columns;
  CLUE_OK(job.store.samples(task.pass.id, job.results.rules, [&](const store::SampleRow& row) {
    if (out.lines.empty()) out.first_input = as_input(row.prompt);
    PyObject answers, scores;
    answers.add("Model Answer", py_string(row.generation.text));
    answers.add("Ground Truth Answer", py_string(reference_of(row)));
    for (const Name& name : names) {
      double value = std::nan("");
      for (const core::Score& s : row.scores) {
        if (s.metric == name.metric && s.value) value = *s.value;
      }
      (style.text ? answers : scores).add(name.key, number(value, style));
      columns[name.metric].push_back(value);
    }
    scores.append(answers);
    out.lines += scores.str() + "\n";
    return true;
  }));
  for (const Name& name : names) {
    std::vector<double>& values = columns[name.metric];
    if (!style.text) values.push_back(values.front());  // the scripts count the first one twice
    out.results.add(name.key, number(exact_mean(values), style));
  }
  return {};
}

/// LongHealth keeps the parsed letter and whether it is right.
Status write_choices(ExportJob& job, const run::TaskResults& task, int variant, Written& out) {
  std::size_t right = 0, rows = 0;
  CLUE_OK(job.store.samples(task.pass.id, job.results.rules, [&](const store::SampleRow& row) {
    const std::string letter = metrics::parse_choice_strict(row.generation.text).value;
    const std::string gold =
        tasks::longhealth_letter(row.sample, variant, core::RuleSet::clue_2024);
    std::string options;
    for (const char name : std::string_view(variant == 3 ? "ABCDEF" : "ABCDE")) {
      const auto option = row.sample.fields.find(fmt::format("option_{}", name));
      if (option == row.sample.fields.end()) continue;
      options += fmt::format("{}{}: {}", options.empty() ? "" : "\n", name, option->second);
    }
    const auto question = row.sample.fields.find("question");
    const bool correct = !gold.empty() && letter == gold;
    PyObject line;
    line.add("Question", py_string(question == row.sample.fields.end() ? "" : question->second));
    line.add("Options", py_string(options));
    line.add("Model Answer", py_string(letter));
    line.add("Ground Truth Answer", gold.empty() ? "null" : py_string(gold));
    line.add("Correct", correct ? "true" : "false");
    out.lines += line.str() + "\n";
    right += correct ? 1 : 0;
    ++rows;
    return true;
  }));
  if (rows > 0) {
    out.results.add(fmt::format("Task{}_Accuracy", variant),
                    py_float(static_cast<double>(right) / static_cast<double>(rows) * 100));
  }
  return {};
}

/// Rows are joined by their order in this layout, so none may be missing.
Status require_whole(const run::TaskResults& task) {
  const std::size_t answered = task.pass.done - task.pass.errors;
  if (task.complete() && !task.metrics.empty()) return {};
  const std::string& name = task.pass.facts.spec.task;
  if (task.complete()) {
    return Error{ErrorCode::invalid_argument,
                 "task " + name +
                     " is not scored under clue-2024 yet; clue score RUN --rules "
                     "clue-2024 does it"};
  }
  return Error{ErrorCode::data,
               fmt::format("task {} is incomplete ({} of {} answered), and this layout joins rows "
                           "by their order; finish the run first, or export jsonl or csv",
                           name, answered, task.pass.facts.planned)};
}

}  // namespace

std::string published_metric(std::string_view task, std::string_view metric) {
  if (task.starts_with("longhealth-")) {
    return metric == "accuracy" ? fmt::format("Task{}_Accuracy", task.back()) : std::string();
  }
  for (const TaskStyle& row : kStyles) {
    if (row.task != without_hash(task)) continue;
    for (const Name& name : row.style.names) {
      if (name.metric == metric) return std::string(name.key);
    }
  }
  return "";
}

std::string_view task_of_published_folder(std::string_view folder) {
  const std::string name = ascii_lower(folder);
  if (name == "longhealth" || name == "longhealth8k") return "longhealth";
  for (const TaskStyle& row : kStyles) {
    if (name == ascii_lower(row.style.folder)) return row.task;
  }
  return "";
}

Status export_clue_2024(ExportJob& job) {
  for (const run::TaskResults& task : job.results.tasks) CLUE_OK(require_whole(task));
  const std::string model = model_folder(job.results.model.name);
  PyObject longhealth;  // its three tasks share one results.json
  for (const run::TaskResults& task : job.results.tasks) {
    const std::string& name = task.pass.facts.spec.task;
    const bool choice = name.starts_with("longhealth-");
    const Style style = style_of(task);
    const fs::path dir = job.out /
                         (choice                 ? "LongHealth"
                          : style.folder.empty() ? file_part(name)
                                                 : std::string(style.folder)) /
                         model;
    if (name.find(':') != std::string::npos) {
      job.notes.push_back(name +
                          ": a set of your own; this layout has no name for it, so it stands "
                          "under the published task's");
    }
    Written out;
    if (choice) {
      CLUE_OK(write_choices(job, task, name.back() - '0', out));
    } else {
      CLUE_OK(write_scored(job, task, out));
    }
    if (!job.text_of(task)) {
      job.notes.push_back(name + ": results only, its texts are " +
                          std::string(core::name(task.pass.facts.use)) + " (--with-text)");
    } else {
      CLUE_OK(job.write(dir / (choice ? fmt::format("predictions_task{}.json", name.back())
                                      : std::string("predictions.json")),
                        out.lines));
      if (!out.first_input.empty()) {
        CLUE_OK(job.write(dir / "debug_model_input.txt", out.first_input));
      }
    }
    if (choice) {
      longhealth.append(out.results);
    } else {
      CLUE_OK(job.write(dir / "results.json", out.results.str()));
    }
  }
  if (longhealth.empty()) return {};
  return job.write(job.out / "LongHealth" / model / "results.json", longhealth.str());
}

}  // namespace clue::report
