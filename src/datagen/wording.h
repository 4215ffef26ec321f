// Wording of the two steps that make questions: profiles/prompts/*.yaml, or a hospital's own file.
// Used by the question steps. Plain values.
//
//   CLUE_TRY(Wording w, load_wording("de", profile.reader));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "datagen/letter.h"
#include "tasks/import_prompts.h"
#include "tasks/task.h"

namespace clue::datagen {

/// One step as a chat with one example.
struct StepWording {
  tasks::PromptSet prompts;       ///< user turn names {letter} or {statements}, and {reader}
  std::string example_field;      ///< what the example puts there
  std::string example_answer;     ///< the model's turn of the example
};

struct Wording {
  std::string name;
  std::string hash;    ///< sha256 of the YAML text
  std::string reader;  ///< put into {reader}
  StepWording statements, questions;
  PairLabels labels;
};

/// A shipped set by name, or a file (a path ending in .yaml or .yml). Error: invalid_argument,
/// naming the sets; data with file and key.
[[nodiscard]] Result<Wording> load_wording(const std::string& name_or_path,
                                           const std::string& reader);
[[nodiscard]] Result<Wording> parse_wording(std::string_view yaml, const std::string& place,
                                            const std::string& reader);

/// The wording that made the published set, out of the constants that `clue prompts import` read
/// (tasks/import_prompts.h). Its first example is a letter of the user's own: set_example. Error:
/// data, naming a constant that is not there.
[[nodiscard]] Result<Wording> published_wording(const tasks::GenerationWording& words);
/// The published statements of its example letter, one a line; "" when they were not imported.
[[nodiscard]] std::string published_statements(const tasks::GenerationWording& words);

/// The example of the statement step replaced by a letter of the user's own: `letter` is its source
/// text; statements one a line, with or without "- ".
void set_example(Wording& wording, const std::string& letter, std::string_view statements);

}  // namespace clue::datagen
