// LongHealth: multiple choice over long letters, three tasks over one random stream (protocol,
// section 2). Task 1: the patient's own letters; 2: hidden among ten of other patients; 3: the
// answer is not there. Used by the task table. Pure functions.
//
//   build_prompts(longhealth_2, data, {.seed = 1, .model_context = 32768}, model.tokens(), emit);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tasks/task.h"

namespace clue::tasks {

inline constexpr std::string_view kLongHealthAbstain =
    "Question cannot be answered with provided documents";

/// One sample for each question, "patient_01/3"; the letters are Dataset::documents. Fields:
/// question, question_text, options, option_A.., and for scoring _correct and _answer_location.
[[nodiscard]] Result<core::Dataset> load_longhealth(const Task& task, const std::string& path);

/// All draws of the task in order. Draws from the stream of the whole benchmark (task 1, then tasks
/// 2 and 3 in turn), so a part of it is the same as within the whole. Without a counter lengths are
/// estimated (info "counter" says so); an unknown context cuts nothing. Error: only one patient.
[[nodiscard]] Status longhealth_prompts(const Task& task, const core::Dataset& data,
                                        const PromptOptions& options, models::TokenCounter* counter,
                                        const EmitPrompt& emit);

/// Letter of the right option: corrected the option equal to the right text, else (and clue-2024
/// always) the first that contains it; "" when none does. Task 3: "F".
[[nodiscard]] std::string longhealth_letter(const core::Sample& sample, int variant,
                                            core::RuleSet rules);
[[nodiscard]] std::string right_letter(const std::vector<std::string>& options,
                                       std::string_view correct, core::RuleSet rules);

}  // namespace clue::tasks
