// baseline:lexical: what plain word overlap reaches without a language model, one function for each
// task (docs/baselines.md). Pure functions of the sample's fields; used by baseline_table.cc only.
#pragma once

#include <string>

#include "models/baseline.h"

namespace clue::models {

[[nodiscard]] std::string lexical_mednli(const BaselineInput& input);
[[nodiscard]] std::string lexical_meqsum(const BaselineInput& input);
[[nodiscard]] std::string lexical_problems(const BaselineInput& input);
[[nodiscard]] std::string lexical_choice(const BaselineInput& input);
[[nodiscard]] std::string lexical_question(const BaselineInput& input);
[[nodiscard]] std::string lexical_codes(const BaselineInput& input);
/// Any other task: the sentence of the last turn that shares most with its last line.
[[nodiscard]] std::string lexical_general(const BaselineInput& input);

/// As random and majority of the examples; without examples one of MedNLI's labels.
[[nodiscard]] std::string random_mednli(const BaselineInput& input);
[[nodiscard]] std::string first_mednli(const BaselineInput& input);

/// One of the options, drawn by the seed; the first option.
[[nodiscard]] std::string random_choice(const BaselineInput& input);
[[nodiscard]] std::string first_choice(const BaselineInput& input);

}  // namespace clue::models
