// Task descriptions as YAML: the built-in ones and users' own. Every complaint names file, line and
// key; unknown keys are errors with a suggestion. Pure functions.
//
//   CLUE_TRY(std::vector<TaskFile> files, parse_task_yaml(text, "tasks/mednli.yaml"));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tasks/task.h"

namespace clue::tasks {

/// The tasks a file describes: one, or NAME-1 .. NAME-n with `variants: n`. Templates are checked
/// against the fields. Error: data, "path:line: key: ...".
[[nodiscard]] Result<std::vector<TaskFile>> parse_task_yaml(std::string_view text,
                                                            const std::string& path);

/// Prompt sets of an imported wording: a YAML map NAME -> {system, user, assistant, ...}.
[[nodiscard]] Result<std::vector<PromptSet>> parse_prompt_yaml(std::string_view text,
                                                               const std::string& path);
/// The same map as text; parse_prompt_yaml gives back the same bytes in every template.
[[nodiscard]] std::string prompt_yaml(const std::vector<PromptSet>& sets);

/// sha256 over the templates of a set (not its name).
[[nodiscard]] std::string prompt_hash(const PromptSet& set);

/// Metric names that tasks may list, in the order of documentation.
[[nodiscard]] std::span<const std::string_view> metric_names();

}  // namespace clue::tasks
