// MedHELM's bring-your-own benchmarks, read as they are: a YAML file that names a prompt text with
// {column} placeholders and a CSV file with those columns, correct_answer and incorrect_answers.
// Used by read_task_file. Pure but for reading the prompt file.
//
//   if (is_medhelm(text)) return parse_medhelm(text, path);
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tasks/task.h"

namespace clue::tasks {

/// True for a YAML map with prompt_file and dataset_file.
[[nodiscard]] bool is_medhelm(std::string_view text);

/// Zero-shot, in file order, no system turn. Metrics: exact_match, rouge_1, rouge_2, rouge_l,
/// bert_score. Error: data, file:line and key; a metric that needs a judge model is named.
[[nodiscard]] Result<std::vector<TaskFile>> parse_medhelm(std::string_view text,
                                                          const std::filesystem::path& path);

}  // namespace clue::tasks
