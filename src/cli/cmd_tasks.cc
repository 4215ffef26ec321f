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

/// The description, and the data where it can be found.
Status check_task(const tasks::Task& task, const std::string& file,
                  const tasks::DataFolders& folders, Io& io) {
  io.out << file << ": task " << task.file.name << " is fine\n";
  const Result<tasks::DataPlace> place = tasks::find_data(task, folders);
  if (!place) {
    io.out << file << ": its data was not looked at: " << place.error().message << '\n';
    return {};
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
  for (const std::string& w : data.warnings) warn(io, w);
  io.out << place->path << ": " << data.rows << " records, " << data.shots.size()
         << " of them examples, " << data.samples.size() << " to be scored\n";
  return {};
}

int check_file(const std::string& file, const std::vector<std::string>& data, Io& io) {
  const Result<std::vector<tasks::Task>> read = tasks::read_task_file(file);
  if (!read) return fail(io, read.error());
  const Result<tasks::DataFolders> folders = data_folders(data);
  if (!folders) return fail(io, folders.error());
  for (const tasks::Task& t : *read) {
    if (const Status s = check_task(t, file, *folders, io); !s) return fail(io, s.error());
  }
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
  if (words.size() == 2 && words[0] == "check") return check_file(words[1], data, io);
  if (words.empty() || (words.size() == 1 && words[0] == "list"))
    return list_tasks(as_json, data, io);
  return fail(
      io, {ErrorCode::invalid_argument, "clue tasks " + words[0] + ": use list, or check FILE"});
}

}  // namespace clue::cli
