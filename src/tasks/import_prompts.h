// The published wording from a user's own checkout of the published scripts, as prompt set
// "clue-2024" (`clue prompts import DIR`), and the wording that made MeDiSumQA. Nothing of it is
// part of this program. Used by cli/ and datagen/.
//
//   CLUE_TRY(ImportReport report, import_prompts(checkout, config_dir));
//   CLUE_TRY(GenerationWording words, load_generation_wording(config_dir));
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace clue::tasks {

struct ImportReport {
  struct Row {
    std::string task;  ///< family: "mednli", ..., or "generation"
    std::string file;  ///< script it came from
    std::string hash;  ///< of the templates
  };
  std::vector<Row> imported;
  std::vector<std::string> missing;  ///< "eval/eval_meqsum.py: not there"
};

/// Reads DIR/eval/eval_*.py and DIR/data/MeDiSumQA/{prompts.py,example_statements.txt} (names
/// compared without case) and writes CONFIG/prompts/clue-2024/TASK.yaml and generation.yaml, byte
/// for byte. Error: nothing found at all, a script that cannot be read, or no permission to write.
[[nodiscard]] Result<ImportReport> import_prompts(const std::filesystem::path& checkout,
                                                  const std::filesystem::path& config_dir);

/// Text constants of the published generation scripts by their Python names
/// ("fact_extraction_system_prompt", ...), and "example_statements" (the file's text).
using GenerationWording = std::map<std::string, std::string>;

/// Error: not_found with the remedy when it was never imported; data.
[[nodiscard]] Result<GenerationWording> load_generation_wording(
    const std::filesystem::path& config_dir);
/// File name of it in a prompt set's folder; no task's wording.
inline constexpr const char* kGenerationFile = "generation.yaml";

}  // namespace clue::tasks
