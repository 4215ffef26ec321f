// Parsing and scoring by answer kind: what the task table's rows are made of. Statuses: a value
// that could be read is `answered`, whatever ended the generation; else refused, cut, none. Under
// `corrected` everything but answered scores 0; under `clue-2024` the text is scored as it is. Only
// `error` has no value. Pure functions.
//
//   core::Answer a = parse_text(task, sample, generation, rules);
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tasks/task.h"

namespace clue::tasks {

/// A short answer that declines ("I'm sorry, but I can't ...", "As an AI ..."), not a text that
/// mentions such words later on.
[[nodiscard]] bool is_refusal(std::string_view text);

[[nodiscard]] core::Answer parse_text(const Task& task, const core::Sample& sample,
                                      const core::Generation& generation, core::RuleSet rules);
[[nodiscard]] core::Answer parse_label_answer(const Task& task, const core::Sample& sample,
                                              const core::Generation& generation,
                                              core::RuleSet rules);
[[nodiscard]] core::Answer parse_choice_answer(const Task& task, const core::Sample& sample,
                                               const core::Generation& generation,
                                               core::RuleSet rules);
[[nodiscard]] core::Answer parse_codes_answer(const Task& task, const core::Sample& sample,
                                              const core::Generation& generation,
                                              core::RuleSet rules);

[[nodiscard]] Result<ScoreRows> score_text(const Task& task, std::span<const ScoreInput> inputs,
                                           const MetricResources& res, core::RuleSet rules);
[[nodiscard]] Result<ScoreRows> score_label(const Task& task, std::span<const ScoreInput> inputs,
                                            const MetricResources& res, core::RuleSet rules);
[[nodiscard]] Result<ScoreRows> score_choice(const Task& task, std::span<const ScoreInput> inputs,
                                             const MetricResources& res, core::RuleSet rules);
[[nodiscard]] Result<ScoreRows> score_codes(const Task& task, std::span<const ScoreInput> inputs,
                                            const MetricResources& res, core::RuleSet rules);

/// What pins a metric's number: program, version, table, encoder. "" for plain counts.
[[nodiscard]] std::string metric_signature(std::string_view metric, const Task& task,
                                           const MetricResources& res, core::RuleSet rules);

/// The code list a task of kind codes is read and scored with: the user's, else the rule set's.
[[nodiscard]] std::shared_ptr<const metrics::IcdTable> code_table(const Task& task,
                                                                  core::RuleSet rules);

/// Numbers that no mean over samples gives; no interval, never headline. Labels: macro_f1. Codes:
/// micro and macro (by code) P, R, F1 and the coding profile. Inputs without errors.
[[nodiscard]] std::vector<core::Summary> task_summaries(const Task& task,
                                                        std::span<const ScoreInput> inputs,
                                                        core::RuleSet rules);

/// True for a metric whose file is not there: its value is missing for that reason alone.
[[nodiscard]] bool lacks_resource(std::string_view metric, const MetricResources& res);

/// Option texts of a choice sample (fields option_A ...), in order.
[[nodiscard]] std::vector<std::string> option_texts(const core::Sample& sample);

}  // namespace clue::tasks
