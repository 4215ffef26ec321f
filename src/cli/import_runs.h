// Prediction files -> scored run folders. Used by `clue score --predictions` and `clue import`.
//
//   CLUE_TRY(ImportedRun run, import_file({.file = path, .model = "m", .folder = dir}, tasks,
//                                         folders, flags, io));
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/run_flags.h"
#include "run/derive.h"
#include "tasks/library.h"

namespace clue::cli {

struct ImportJob {
  std::string file;
  std::string model;   ///< name to show; also what keeps the tasks of one model together
  std::string folder;  ///< run folder, made if needed; other tasks of the model may be there
};

/// Which of `tasks` a file holds: those its records name; the variant in a name such as
/// predictions_task2.json; else the only one. Stores the answers; scoring comes after. Returns:
/// whether every sample has an answer. Error: as run::import_pass, or the task cannot be told.
[[nodiscard]] Result<bool> import_file(const ImportJob& job, const std::vector<tasks::Task>& tasks,
                                       const tasks::DataFolders& folders, const RunFlags& flags,
                                       Io& io);

/// Scores a folder under both rule sets; results.json and what is returned hold flags.rules.
[[nodiscard]] Result<run::RunResults> score_both(const std::string& folder, const RunFlags& flags,
                                                 Io& io);

/// "Mistral-7B" of MeQSum/Mistral-7B/predictions.json, "mine" of mine.jsonl.
[[nodiscard]] std::string model_name_of(const std::string& file);

}  // namespace clue::cli
