// The task table: one row of functions for each answer kind, and for the tasks that need more.
#include <algorithm>

#include "tasks/dataset.h"
#include "tasks/library.h"
#include "tasks/longhealth.h"
#include "tasks/scoring.h"

namespace clue::tasks {
namespace {

constexpr TaskDef kTasks[] = {
    {"label", load_table_records, chat_prompts, parse_label_answer, score_label},
    {"choice", load_table_records, chat_prompts, parse_choice_answer, score_choice},
    {"text", load_table_records, chat_prompts, parse_text, score_text},
    {"codes", load_table_records, chat_prompts, parse_codes_answer, score_codes},
    {"problemsummary", load_problemsummary, chat_prompts, parse_text, score_text},
    {"longhealth", load_longhealth, longhealth_prompts, parse_choice_answer, score_choice},
};

}  // namespace

const TaskDef* find_def(std::string_view name) {
  const auto* row = std::find_if(std::begin(kTasks), std::end(kTasks),
                                 [&](const TaskDef& def) { return def.name == name; });
  return row == std::end(kTasks) ? nullptr : row;
}

}  // namespace clue::tasks
