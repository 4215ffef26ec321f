// `--prompts all`: the same models and tasks under several wordings, and how far their scores lie
// apart. Used by run, dry runs and `clue prompts render`. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "run/derive.h"
#include "tasks/task.h"

namespace clue::cli {

/// One wording and the tasks that have it.
struct PromptChoice {
  std::string name;
  std::vector<tasks::Task> tasks;
};

/// `flag`: a name, several with commas, or "all" (every wording of any of the tasks, in order of
/// first sight). A single name must be there for every task. Error: invalid_argument, listing the
/// names there are.
[[nodiscard]] Result<std::vector<PromptChoice>> prompt_choices(
    const std::string& flag, const std::vector<tasks::Task>& tasks);

/// Model, task, headline metric, a score for each wording, and the range between lowest and
/// highest. "" with fewer than two wordings.
[[nodiscard]] std::string prompt_table(const std::vector<run::RunResults>& runs);

}  // namespace clue::cli
