// Where the program finds things on a machine: data folders, shipped examples, the user's
// configuration. Reads the environment; used by the verbs only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "tasks/library.h"

namespace clue::cli {

/// $CLUE_HOME, else $XDG_CONFIG_HOME/clue, else ~/.config/clue.
[[nodiscard]] std::filesystem::path config_dir();
/// The shipped examples: beside the build folder, or share/clue/examples of an installation.
[[nodiscard]] std::filesystem::path examples_dir();
/// Data folders from --data flags (DIR or TASK=FILE), then CLUE_DATA, ./data, the shipped examples.
/// Error: a DIR that is not there; a TASK that neither the library nor `chosen` has.
[[nodiscard]] Result<tasks::DataFolders> data_folders(const std::vector<std::string>& flags,
                                                      const std::vector<tasks::Task>& chosen = {});
/// Embedded tasks plus the user's imported prompt sets.
[[nodiscard]] Result<tasks::Library> task_library();
/// The tasks that -t names, those of kind codes with the code list of --code-table ("": built in).
[[nodiscard]] Result<std::vector<tasks::Task>> chosen_tasks(const std::string& names,
                                                            const std::string& code_table);

}  // namespace clue::cli
