// The published wording from a user's own checkout of the published scripts, as prompt set
// "clue-2024" (`clue prompts import DIR`). Nothing of it is part of this program.
//
//   CLUE_TRY(ImportReport report, import_prompts(checkout, config_dir));
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace clue::tasks {

struct ImportReport {
  struct Row {
    std::string task;  ///< family: "mednli", ...
    std::string file;  ///< script it came from
    std::string hash;  ///< of the templates
  };
  std::vector<Row> imported;
  std::vector<std::string> missing;  ///< "eval/eval_meqsum.py: not there"
};

/// Reads DIR/eval/eval_*.py (names compared without case) and writes
/// CONFIG/prompts/clue-2024/TASK.yaml, byte for byte. Error: nothing found at all, a script that
/// cannot be read, or no permission to write.
[[nodiscard]] Result<ImportReport> import_prompts(const std::filesystem::path& checkout,
                                                  const std::filesystem::path& config_dir);

}  // namespace clue::tasks
