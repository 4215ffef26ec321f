// Prompt templates: {field}, and {{ }} for literal braces; nothing else is special, and what is put
// in is never read again. Used by every task. Pure functions.
//
//   CLUE_TRY(std::string user, render_template("Q: {question}", fields, "meqsum.yaml: user"));
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace clue::tasks {

using Fields = std::map<std::string, std::string>;

/// Error: data, naming `place`, for an unknown field (with a suggestion) or a lone brace.
[[nodiscard]] Result<std::string> render_template(std::string_view text, const Fields& fields,
                                                  std::string_view place);
/// Names of the fields a template uses, in order, each once. Error: a lone brace.
[[nodiscard]] Result<std::vector<std::string>> template_fields(std::string_view text,
                                                               std::string_view place);

}  // namespace clue::tasks
