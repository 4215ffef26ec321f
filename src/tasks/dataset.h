// Data file -> Dataset: records in file order, CPython's shuffle, few-shot examples taken out.
// Used by run/ and `clue prompts render`. Pure but for reading the file.
//
//   CLUE_TRY(core::Dataset data, load_dataset(task, {.path = place.path, .own = place.own}));
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tasks/task.h"

namespace clue::tasks {

struct LoadOptions {
  std::string path;
  int shots = -1;         ///< -1: the task's
  bool own = false;       ///< the user named this file for the task (--data TASK=FILE)
  bool examples = false;  ///< the shipped examples
};

/// Dataset::task is the task's name, or NAME:HASH8 for another set under a task that allows own
/// sets (own, and not of the published file name and size): such scores never mix with the
/// published ones.
/// `samples` holds no shot. A wrong number of rows is a warning. Error: file, place, field, value.
[[nodiscard]] Result<core::Dataset> load_dataset(const Task& task, const LoadOptions& options);

/// Names of the models that wrote a generated set's questions (`clue generate` says it on each
/// record); empty for sets made by people and for tasks without sets of one's own.
[[nodiscard]] Result<std::vector<std::string>> question_writers(const Task& task,
                                                                const std::string& path);

/// All prompts of a task in evaluation order. `counter` may be null where the task needs none.
[[nodiscard]] Status build_prompts(const Task& task, const core::Dataset& data,
                                   const PromptOptions& options, models::TokenCounter* counter,
                                   const EmitPrompt& emit);

/// Generic pieces of the task table (tasks.cc).
[[nodiscard]] Result<core::Dataset> load_table_records(const Task& task, const std::string& path);
[[nodiscard]] Result<core::Dataset> load_problemsummary(const Task& task, const std::string& path);
[[nodiscard]] Status chat_prompts(const Task& task, const core::Dataset& data,
                                  const PromptOptions& options, models::TokenCounter* counter,
                                  const EmitPrompt& emit);

}  // namespace clue::tasks
