// Where tasks come from: the YAML files embedded in the program, a folder that overrides them,
// imported prompt sets of the user, and files named on the command line. Used by cli/ and run/.
// A Library is a value; loading reads files, the rest is pure.
//
//   CLUE_TRY(Library library, load_library({.config_dir = home / "clue"}));
//   CLUE_TRY(std::vector<Task> tasks, select_tasks("meqsum,longhealth", library));
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tasks/task.h"

namespace clue::tasks {

struct LibraryOptions {
  std::filesystem::path tasks_dir;   ///< *.yaml here replace embedded files of the same name
  std::filesystem::path config_dir;  ///< prompts/SET/FAMILY.yaml here are added to the tasks
};

struct Library {
  std::vector<Task> tasks;  ///< in the order of the levels
};

[[nodiscard]] Result<Library> load_library(const LibraryOptions& options = {});

/// A built-in task by name, or a user's file by its path (ends in .yaml or .yml). Error:
/// invalid_argument with a suggestion; data for a wrong file.
[[nodiscard]] Result<Task> find_task(std::string_view name, const Library& library);
/// Comma list; "all" = the eight tasks of levels 1 and 2, "longhealth" = its three. No task twice.
[[nodiscard]] Result<std::vector<Task>> select_tasks(std::string_view list, const Library& library);
/// Reads and checks a user's task file (`clue tasks check FILE`).
[[nodiscard]] Result<std::vector<Task>> read_task_file(const std::filesystem::path& path);

/// Reads a code list (metrics/icd_table.h: CMS, BfArM) for a task of kind codes; both rule sets use
/// it then. Error: not_found, data.
[[nodiscard]] Status set_code_table(Task& task, const std::string& path);

/// Row of functions by name ("label", "text", "codes", "choice", "longhealth", ...); null: none.
[[nodiscard]] const TaskDef* find_def(std::string_view name);

/// Where to look for a task's data.
struct DataFolders {
  std::map<std::string, std::string> files;  ///< --data TASK=FILE; family names count for variants
  std::vector<std::filesystem::path> dirs;   ///< --data DIR, CLUE_DATA, ./data: tried in order
  std::filesystem::path examples;            ///< the shipped examples, tried last
};
struct DataPlace {
  std::string path;
  bool own = false;       ///< given by --data TASK=FILE
  bool examples = false;  ///< the shipped examples
};
/// DIR/FILE, DIR/FOLDER/FILE and DIR/TASK/FILE, names compared without ASCII case. A user's task
/// file may also name its data relative to itself. Error: not_found, naming the places tried.
[[nodiscard]] Result<DataPlace> find_data(const Task& task, const DataFolders& folders);

}  // namespace clue::tasks
