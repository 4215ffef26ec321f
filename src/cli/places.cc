#include "cli/places.h"

#include <algorithm>

#include "base/suggest.h"
#include "cli/command.h"

namespace clue::cli {

namespace fs = std::filesystem;

fs::path config_dir() {
  if (const std::string home = env("CLUE_HOME"); !home.empty()) return home;
  if (const std::string xdg = env("XDG_CONFIG_HOME"); !xdg.empty()) return fs::path(xdg) / "clue";
  return fs::path(env("HOME")) / ".config" / "clue";
}

fs::path examples_dir() {
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  for (const fs::path& dir :
       {program.parent_path().parent_path() / "examples",
        program.parent_path().parent_path() / "share" / "clue" / "examples"}) {
    if (fs::is_directory(dir, ec)) return dir;
  }
  return {};
}

namespace {

/// A mistyped TASK of --data TASK=FILE must not fall back on other data.
Status check_task_names(const std::map<std::string, std::string>& files,
                        const std::vector<tasks::Task>& chosen) {
  if (files.empty()) return {};
  CLUE_TRY(const tasks::Library library, task_library());
  std::vector<std::string> known;
  for (const auto* all : {&library.tasks, &chosen}) {
    for (const tasks::Task& task : *all) {
      for (const std::string& name : {task.file.name, task.file.family}) {
        if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
      }
    }
  }
  for (const auto& [name, file] : files) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return Error{ErrorCode::invalid_argument,
                 "--data " + name + "=" + file + ": no task is named \"" + name + "\"" +
                     did_you_mean(name, known) + " (clue tasks lists them)"};
  }
  return {};
}

}  // namespace

Result<tasks::DataFolders> data_folders(const std::vector<std::string>& flags,
                                        const std::vector<tasks::Task>& chosen) {
  tasks::DataFolders folders;
  std::error_code ec;
  for (const std::string& flag : flags) {
    const std::size_t equals = flag.find('=');
    if (equals != std::string::npos && !fs::exists(flag, ec)) {
      folders.files[flag.substr(0, equals)] = flag.substr(equals + 1);
    } else if (fs::equivalent(flag, examples_dir(), ec)) {
      continue;  // tried last anyway, and marked as examples
    } else if (fs::is_directory(flag, ec)) {
      folders.dirs.emplace_back(flag);
    } else {
      return Error{ErrorCode::invalid_argument, "--data " + flag +
                                                    ": no such folder (a single file is "
                                                    "given as --data TASK=FILE)"};
    }
  }
  CLUE_OK(check_task_names(folders.files, chosen));
  const std::string data = env("CLUE_DATA");
  if (!data.empty() && !fs::equivalent(data, examples_dir(), ec)) folders.dirs.emplace_back(data);
  folders.dirs.emplace_back("data");
  folders.examples = examples_dir();
  return folders;
}

Result<tasks::Library> task_library() {
  return tasks::load_library({.tasks_dir = {}, .config_dir = config_dir()});
}

Result<std::vector<tasks::Task>> chosen_tasks(const std::string& names,
                                              const std::string& code_table) {
  CLUE_TRY(const tasks::Library library, task_library());
  CLUE_TRY(std::vector<tasks::Task> tasks, tasks::select_tasks(names, library));
  for (tasks::Task& task : tasks) {
    if (code_table.empty() || task.file.kind != tasks::AnswerKind::codes) continue;
    CLUE_OK(tasks::set_code_table(task, code_table));
  }
  return tasks;
}

}  // namespace clue::cli
