#include "tasks/dataset.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/hash.h"
#include "base/json.h"
#include "base/py_random.h"
#include "base/suggest.h"
#include "base/table.h"
#include "base/text.h"
#include "base/withhold.h"
#include "metrics/icd.h"
#include "tasks/scoring.h"
#include "tasks/template.h"

namespace clue::tasks {
namespace {

constexpr std::uint64_t kShuffleSeed = 1;  // the protocol's, never --seed

/// Column of the first spelling that is there. Error: names all of them and what the file has.
Result<std::size_t> find_column(const Table& table, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (auto c = table.column(name); c.ok()) return *c;
  }
  if (names.size() == 1) return table.column(names.front());
  Result<std::size_t> missing = table.column(names.front());
  if (missing.ok()) return missing;
  return Error{ErrorCode::data,
               missing.error().message + " (other spellings: " + join(names, ", ") + ")"};
}

/// First cell that is not empty among all spellings: files may mix them from record to record.
std::string_view cell_of(const Table& table, std::size_t row,
                         const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto column = table.column(name);
    if (column.ok() && !table.rows[row][*column].empty()) return table.rows[row][*column];
  }
  return {};
}

std::string joined_list(std::string_view cell, const std::string& separator) {
  const Result<nlohmann::json> list = parse_json(cell, "cell");
  if (!list.ok() || !list->is_array()) return std::string(cell);
  std::string out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const nlohmann::json& part = (*list)[i];
    out +=
        (i == 0 ? "" : separator) + (part.is_string() ? part.get<std::string>() : dump_json(part));
  }
  return out;
}

/// Codes of a cell: JSON list of texts or of {"code": ...}, or a separated text. {"code": ...} is
/// the benchmark's own form: its codes stand as they are scored, dots and all (the published
/// scripts drop none from the reference).
Result<std::vector<std::string>> codes_of(std::string_view cell, const metrics::IcdTable& table,
                                          const std::string& place) {
  std::vector<std::string> out;
  if (!trim(cell).starts_with('[')) return metrics::gold_codes(cell, table);
  CLUE_TRY(const nlohmann::json list, parse_json(cell, place));
  for (const nlohmann::json& item : list) {
    if (item.is_string()) {
      out.push_back(metrics::plain_icd(item.get<std::string>(), table));
    } else if (item.is_object() && item.contains("code") && item["code"].is_string()) {
      const std::string code = item["code"].get<std::string>();
      out.push_back(table.has_marks() ? metrics::plain_icd(code, table) : code);
    } else {
      return Error{ErrorCode::data, place +
                                        ": a code is wanted (a text, or {\"code\": ...}), not '" +
                                        dump_json(item).substr(0, 60) + "'"};
    }
  }
  return out;
}

/// Choice: "B", "b", or the text of an option.
std::string choice_letter(std::string_view cell, const std::vector<std::string>& options) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    const char letter = static_cast<char>('A' + i);
    if (cell == options[i] || (cell.size() == 1 && ascii_upper(cell[0]) == letter)) {
      return std::string(1, letter);
    }
  }
  return "";
}

Status read_target(const Task& task, const Table& table, std::size_t row, core::Sample& sample) {
  const std::string_view cell = cell_of(table, row, task.file.target);
  const std::string place = table.place(row) + ": " + task.file.target.front();
  switch (task.file.kind) {
    case AnswerKind::text:
      sample.targets = {std::string(cell)};
      return {};
    case AnswerKind::label: {
      for (const std::string& label : task.file.labels) {
        if (ascii_lower(label) == ascii_lower(trim(cell))) {
          sample.targets = {std::string(trim(cell))};
          return {};
        }
      }
      const std::string labels = join(task.file.labels, ", ");
      if (trim(cell).empty()) {
        return Error{ErrorCode::data,
                     place + ": empty or missing; one of " + labels + " is needed"};
      }
      return Error{ErrorCode::data, place + ": \"" + std::string(cell) + "\" is none of " + labels};
    }
    case AnswerKind::codes: {
      CLUE_TRY(sample.targets, codes_of(cell, *code_table(task, core::RuleSet::corrected), place));
      return {};
    }
    case AnswerKind::choice: {
      std::vector<std::string> options;
      std::string text;
      for (const std::string& column : task.file.options) {
        const std::string letter(1, static_cast<char>('A' + options.size()));
        options.emplace_back(cell_of(table, row, {column}));
        sample.fields["option_" + letter] = options.back();
        text += (text.empty() ? "" : "\n") + letter + ": " + options.back();
      }
      sample.fields["options"] = text;
      sample.targets = {choice_letter(cell, options)};
      if (!sample.targets[0].empty()) return {};
      return Error{ErrorCode::data, place + ": \"" + std::string(cell) +
                                        "\" is neither a letter nor the text of an option"};
    }
  }
  return {};
}

}  // namespace

Result<core::Dataset> load_table_records(const Task& task, const std::string& path) {
  CLUE_TRY(const Table table, read_table(path));
  const TaskFile& file = task.file;
  for (const auto& [name, source] : file.fields) {
    if (auto c = find_column(table, source.columns); !c.ok()) return c.error();
  }
  for (const std::string& column : file.options) {
    if (auto c = table.column(column); !c.ok()) return c.error();
  }
  if (auto c = find_column(table, file.target); !c.ok()) return c.error();

  core::Dataset data;
  data.rows = table.rows.size();
  std::size_t without = 0, uncoded = 0;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    core::Sample sample;
    sample.id = std::to_string(r);
    for (const auto& [name, source] : file.fields) {
      const std::string_view cell = cell_of(table, r, source.columns);
      sample.fields[name] = source.join ? joined_list(cell, *source.join) : std::string(cell);
    }
    sample.cluster = cell_of(table, r, file.cluster);
    if (sample.cluster.size() > 64) sample.cluster = sha256_hex(sample.cluster).substr(0, 16);
    CLUE_OK(read_target(task, table, r, sample));
    const bool empty = sample.targets.empty() ||
                       (file.kind == AnswerKind::text && trim(sample.targets[0]).empty());
    if (empty && file.kind == AnswerKind::text) {
      ++without;
      continue;
    }
    if (empty) ++uncoded;
    data.samples.push_back(std::move(sample));
  }
  if (uncoded > 0) {
    data.warnings.push_back(std::to_string(uncoded) + " records have no code in " +
                            file.target.front() + ": each scores 0 for every model");
  }
  if (without > 0) {
    data.warnings.push_back(std::to_string(without) + " records without a reference (" +
                            file.target.front() + ") are left out");
  }
  return data;
}

Result<std::vector<std::string>> question_writers(const Task& task, const std::string& path) {
  if (!task.file.own_sets || task.file.kind != AnswerKind::text) return std::vector<std::string>{};
  CLUE_TRY(const Table table, read_table(path));
  std::set<std::string> out;
  if (const auto column = table.column("generator"); column.ok()) {
    for (const auto& row : table.rows) {
      if (!row[*column].empty()) out.insert(row[*column]);
    }
  }
  return std::vector<std::string>(out.begin(), out.end());
}

Result<core::Dataset> load_problemsummary(const Task& task, const std::string& path) {
  CLUE_TRY(core::Dataset data, load_table_records(task, path));
  for (core::Sample& sample : data.samples) {
    sample.targets[0] = replace_all(sample.targets[0], ";", ", ");
  }
  return data;
}

/// A message about guarded data without the value: place and length have to do.
Error guarded_error(const Task& task, const Error& error) {
  // What a file calls its columns is no text of a patient.
  if (error.message.find(": no column \"") != std::string::npos) return error;
  const auto named = [&task](std::string_view quoted) {
    const TaskFile& f = task.file;
    // A misspelt label is shown; any other word may be a name out of the wrong column.
    const bool label = f.kind == AnswerKind::label &&
                       (quoted.size() <= 2 || !did_you_mean(quoted, f.labels).empty());
    if (label) return true;
    const auto in = [quoted](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), quoted) != list.end();
    };
    for (const auto& [name, source] : f.fields) {
      if (quoted == name || in(source.columns)) return true;
    }
    return in(f.target) || in(f.cluster) || in(f.options) || in(f.labels);
  };
  return {error.code, withhold_quoted(error.message, named)};
}

Result<core::Dataset> load_dataset(const Task& task, const LoadOptions& options) {
  Result<core::Dataset> loaded = task.def->load(task, options.path);
  const bool guarded = task.file.use != core::DataUse::open && !options.examples;
  if (!loaded) return guarded ? guarded_error(task, loaded.error()) : loaded.error();
  core::Dataset data = std::move(loaded).value();
  CLUE_TRY(data.sha256, sha256_file(options.path));
  const TaskFile& file = task.file;
  data.task = file.name;
  data.path = options.path;
  data.examples = options.examples;
  data.use = options.examples ? core::DataUse::open : file.use;
  if (data.samples.empty()) {
    return Error{ErrorCode::data,
                 options.path + ": no records; is this the data of " + file.name + "?"};
  }
  const bool published =
      data.rows == file.expected_rows && std::filesystem::path(options.path).filename() ==
                                             std::filesystem::path(file.data_file).filename();
  if (options.own && file.own_sets && !published) {
    data.task += ":" + data.sha256.substr(0, 8);
  } else if (file.expected_rows != 0 && data.rows != file.expected_rows && !options.examples) {
    data.warnings.push_back(file.name + ": expected " + std::to_string(file.expected_rows) +
                            " records, found " + std::to_string(data.rows) + " in " + options.path);
  }
  if (file.shuffle && file.variants == 0) PyRandom(kShuffleSeed).shuffle(data.samples);
  const int wanted = options.shots >= 0 ? options.shots : file.shots;
  const auto shots = static_cast<std::size_t>(file.variants > 0 ? 0 : wanted);
  if (shots >= data.samples.size()) {
    return Error{ErrorCode::data, options.path + ": " + std::to_string(data.samples.size()) +
                                      " records are too few for " + std::to_string(shots) +
                                      " examples and one sample; lower --shots"};
  }
  const auto cut = data.samples.begin() + static_cast<std::ptrdiff_t>(shots);
  data.shots.assign(std::make_move_iterator(data.samples.begin()), std::make_move_iterator(cut));
  data.samples.erase(data.samples.begin(), cut);
  return data;
}

Status chat_prompts(const Task& task, const core::Dataset& data, const PromptOptions& options,
                    models::TokenCounter* counter, const EmitPrompt& emit) {
  static_cast<void>(counter);
  const PromptSet& set = options.prompts != nullptr ? *options.prompts : task.file.prompts.front();
  const std::string place = task.file.path + ": prompts: " + set.name;
  // An example whose answer stays empty teaches nothing.
  const std::string answer = set.assistant.empty() ? "{target}" : set.assistant;
  std::vector<core::Message> head;
  if (!set.system.empty()) head.push_back({core::Role::system, set.system});
  for (const core::Sample& shot : data.shots) {
    CLUE_TRY(std::string user, render_template(set.user, shot.fields, place + ": user"));
    Fields fields = shot.fields;
    fields["target"] = join(shot.targets, ", ");
    // An imported wording names the reference in its own way.
    CLUE_TRY(const auto names, template_fields(answer, place + ": assistant"));
    for (const std::string& name : names) fields.try_emplace(name, fields["target"]);
    CLUE_TRY(std::string reply, render_template(answer, fields, place + ": assistant"));
    head.push_back({core::Role::user, std::move(user)});
    head.push_back({core::Role::assistant, std::move(reply)});
  }
  int done = 0;
  for (const core::Sample& sample : data.samples) {
    if (options.limit > 0 && done++ >= options.limit) break;
    CLUE_TRY(const std::string user, render_template(set.user, sample.fields, place + ": user"));
    for (int repeat = 0; repeat < std::max(1, options.repeats); ++repeat) {
      core::Prompt prompt;
      prompt.sample = sample.id;
      prompt.repeat = repeat;
      prompt.messages = head;
      prompt.messages.push_back({core::Role::user, user});
      prompt.prefill = set.prefill;
      prompt.stop = set.stop;
      prompt.max_tokens = task.file.max_tokens;
      CLUE_OK(emit(std::move(prompt)));
    }
  }
  return {};
}

Status build_prompts(const Task& task, const core::Dataset& data, const PromptOptions& options,
                     models::TokenCounter* counter, const EmitPrompt& emit) {
  return task.def->prompts(task, data, options, counter, emit);
}

}  // namespace clue::tasks
