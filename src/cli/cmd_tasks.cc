// clue tasks: what can be evaluated here.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "cli/places.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "tasks/dataset.h"

namespace clue::cli {
namespace {

/// What a check of a task file found; its data is looked at where it is here.
struct CheckedTask {
  std::string path;     ///< "": the data is not here
  std::string missing;  ///< why
  std::size_t records = 0, examples = 0, samples = 0;
  std::vector<std::string> warnings;
};

Result<CheckedTask> check_task(const tasks::Task& task, const tasks::DataFolders& folders) {
  CheckedTask out;
  const Result<tasks::DataPlace> place = tasks::find_data(task, folders);
  if (!place) {
    out.missing = place.error().message;
    return out;
  }
  CLUE_TRY(const core::Dataset data,
           tasks::load_dataset(
               task, {.path = place->path, .own = place->own, .examples = place->examples}));
  tasks::PromptOptions first;
  first.limit = 1;
  for (const tasks::PromptSet& set : task.file.prompts) {
    first.prompts = &set;
    CLUE_OK(tasks::build_prompts(task, data, first, nullptr,
                                 [](const core::Prompt&) { return Status(); }));
  }
  out.path = place->path;
  out.records = data.rows;
  out.examples = data.shots.size();
  out.samples = data.samples.size();
  out.warnings = data.warnings;
  return out;
}

nlohmann::ordered_json check_json(const tasks::Task& task, const CheckedTask& c) {
  nlohmann::ordered_json out{{"task", task.file.name}, {"path", nullptr}};
  if (c.path.empty()) {
    out["why"] = c.missing;
    return out;
  }
  out["path"] = c.path;
  out["records"] = c.records;
  out["examples"] = c.examples;
  out["samples"] = c.samples;
  return out;
}

void print_check(const std::string& file, const tasks::Task& task, const CheckedTask& c,
                 std::ostream& out) {
  out << file << ": task " << task.file.name << " is fine\n";
  if (c.path.empty()) {
    out << file << ": its data was not looked at: " << c.missing << '\n';
    return;
  }
  out << c.path << ": " << c.records << " records, " << c.examples << " of them examples, "
      << c.samples << " to be scored\n";
}

int check_file(const std::string& file, bool as_json, const std::vector<std::string>& data,
               Io& io) {
  const Result<std::vector<tasks::Task>> read = tasks::read_task_file(file);
  if (!read) return fail(io, read.error());
  const Result<tasks::DataFolders> folders = data_folders(data, *read);
  if (!folders) return fail(io, folders.error());
  auto all = nlohmann::ordered_json::array();
  for (const tasks::Task& t : *read) {
    const Result<CheckedTask> checked = check_task(t, *folders);
    if (!checked) return fail(io, checked.error());
    for (const std::string& w : checked->warnings) warn(io, w);
    if (as_json) {
      all.push_back(check_json(t, *checked));
    } else {
      print_check(file, t, *checked, io.out);
    }
  }
  if (as_json) io.out << dump_json(all, 1) << '\n';
  return kDone;
}

int list_tasks(bool as_json, const std::vector<std::string>& data, Io& io) {
  const Result<tasks::Library> library = task_library();
  if (!library) return fail(io, library.error());
  const Result<tasks::DataFolders> folders = data_folders(data);
  if (!folders) return fail(io, folders.error());
  std::vector<std::vector<std::string>> rows;
  nlohmann::json list = nlohmann::json::array();
  for (const tasks::Task& t : library->tasks) {
    const Result<tasks::DataPlace> place = tasks::find_data(t, *folders);
    const std::string there = !place ? "no" : place->examples ? "examples only" : "yes";
    rows.push_back({t.file.name, t.file.level == 0 ? "-" : std::to_string(t.file.level),
                    t.file.expected_rows == 0 ? "-" : std::to_string(t.file.expected_rows),
                    std::string(core::name(t.file.use)), there, t.file.title});
    list.push_back({{"task", t.file.name},
                    {"title", t.file.title},
                    {"level", t.file.level},
                    {"items", t.file.expected_rows},
                    {"data_use", core::name(t.file.use)},
                    {"data", there},
                    {"path", place ? nlohmann::json(place->path) : nlohmann::json(nullptr)}});
  }
  if (as_json) {
    io.out << dump_json(list, 1) << '\n';
  } else {
    io.out << format_table({"task", "level", "items", "data use", "data here", "title"}, rows,
                           {false, true, true, false, false, false});
  }
  return kDone;
}

}  // namespace

int cmd_tasks(const Args& args, Io& io) {
  Flags parser("clue tasks",
               "Lists the tasks; `clue tasks check FILE` checks a task file of your own.",
               "clue tasks check mytask.yaml");
  bool as_json = false;
  std::vector<std::string> words, data;
  parser.app().add_option("WORDS", words, "list (default), or check FILE");
  parser.app().add_option("--data", data, "data folder, or TASK=FILE")->take_all();
  parser.app().add_flag("--json", as_json, "a JSON array");
  if (const auto code = parser.parse(args, io)) return *code;
  if (words.size() == 2 && words[0] == "check") return check_file(words[1], as_json, data, io);
  if (words.empty() || (words.size() == 1 && words[0] == "list"))
    return list_tasks(as_json, data, io);
  return fail(
      io, {ErrorCode::invalid_argument, "clue tasks " + words[0] + ": use list, or check FILE"});
}

}  // namespace clue::cli
