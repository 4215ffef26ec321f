// How fast a model is, for the estimate of a dry run: two short questions of neutral text, nothing
// of the data. Only for models in this process; a server's speed depends on who else asks it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "models/model.h"

namespace clue::cli {

struct Speed {
  double prefill = 0;  ///< prompt tokens a second
  double decode = 0;   ///< answer tokens a second
};

/// nullopt: not a model in this process. Error: the model failed.
[[nodiscard]] Result<std::optional<Speed>> probe_speed(models::Model& model);

/// "12 s", "5 min", "3.4 h", "2.1 days"; upper bound for so many tokens, one after the other.
[[nodiscard]] std::string time_at_most(const Speed& speed, long long prompt_tokens,
                                       long long answer_tokens);

}  // namespace clue::cli
