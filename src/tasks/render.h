// A prompt as one line of JSON (`clue prompts render`). Pure.
//
//   io.out << prompt_json(data.task, prompt) << '\n';
#pragma once

#include <optional>
#include <string>

#include "core/types.h"

namespace clue::tasks {

/// What is added to a line when asked for.
struct RenderExtras {
  std::string prompts;        ///< "prompts": name of the wording, where several are rendered
  std::optional<int> tokens;  ///< "tokens": of the messages' texts
};

/// {"task","sample","repeat","messages":[{"role","content"}],"max_tokens","stop","cuts"}, no '\n'.
/// "prefill" only where there is one.
[[nodiscard]] std::string prompt_json(const std::string& task, const core::Prompt& prompt,
                                      const RenderExtras& extras = {});

}  // namespace clue::tasks
