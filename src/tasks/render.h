// Prompts as JSON Lines, in evaluation order, without a model (`clue prompts render`). Pure.
//
//   CLUE_OK(render_prompts(task, data, options, counter, [](const std::string& line) { ... }));
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "tasks/task.h"

namespace clue::tasks {

/// {"task","sample","repeat","messages":[{"role","content"}],"max_tokens","stop","cuts"}, no '\n'.
[[nodiscard]] std::string prompt_json(const std::string& task, const core::Prompt& prompt);

[[nodiscard]] Status render_prompts(const Task& task, const core::Dataset& data,
                                    const PromptOptions& options, models::TokenCounter* counter,
                                    const std::function<void(const std::string&)>& line);

}  // namespace clue::tasks
