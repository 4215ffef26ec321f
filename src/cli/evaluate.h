// One model over several tasks into one run folder: what `clue run` does for each -m.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "run/derive.h"
#include "tasks/library.h"

namespace clue::cli {

struct Evaluation {
  run::RunResults results;
  bool complete = true;  ///< false: exit code 3
  bool refused = false;  ///< the back end refuses all requests: exit code 1
};

/// Folder name for a model spec: letters, digits, dots and dashes of it.
[[nodiscard]] std::string run_folder_name(const std::string& model_spec);

/// Opens the model, runs both passes over every task, refreshes results.json, samples and the
/// page after each. Error: the model cannot be opened, data is wrong, the folder cannot be written.
[[nodiscard]] Result<Evaluation> evaluate(const std::string& model_spec, const std::string& folder,
                                          const std::vector<tasks::Task>& tasks,
                                          const tasks::DataFolders& folders, const RunFlags& flags,
                                          Io& io);

/// Prints what a run would ask, as a table on io.out.
[[nodiscard]] Status dry_run(const std::string& model_spec, const std::vector<tasks::Task>& tasks,
                             const tasks::DataFolders& folders, const RunFlags& flags, Io& io);

}  // namespace clue::cli
