// String constants of a Python file, without running it: top-level NAME = "..." with every form of
// literal (quotes, triple quotes, raw, escapes, implicit and + concatenation, parentheses, earlier
// names). Used by the import of published wording. Pure function.
//
//   CLUE_TRY(auto strings, python_strings(source, "eval/eval_mednli.py"));
//   use(strings.at("sys_prompt"));
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace clue::tasks {

/// Assignments whose right side is anything else (calls, f-strings, numbers) are left out. Of a
/// name assigned twice the last one counts. Error: data, "place:line", for a literal that never
/// ends or an escape that Python refuses.
[[nodiscard]] Result<std::map<std::string, std::string>> python_strings(std::string_view source,
                                                                        std::string_view place);

}  // namespace clue::tasks
