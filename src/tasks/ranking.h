// Ranking answers by log-likelihood beside the generated one (--answer logprob): which
// continuations of a prompt a model is asked about, and what the ranking scores. Pure.
//
//   request.choices = ranked_choices(task, *prompts, sample);   // generation.extra["logprobs"]
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "models/model.h"
#include "tasks/task.h"

namespace clue::tasks {

/// Label tasks: each label as a few-shot example would say it. Choice tasks: each letter (form
/// "letter"), and each option's text (form "text"). Other kinds: none.
[[nodiscard]] std::vector<models::Choice> ranked_choices(const Task& task, const PromptSet& prompts,
                                                         const core::Sample& sample);

/// Scores of a generation that carries a ranking, else none; missing with the reason where no
/// option has the value:
///   accuracy_logprob       the likeliest label or letter, sums compared
///   accuracy_logprob_norm  the likeliest label or option text, sum divided by its bytes
[[nodiscard]] std::vector<core::Score> ranking_scores(const core::Generation& generation,
                                                      std::string_view gold);

}  // namespace clue::tasks
