// What a server says about a request over guarded data, made safe to store and print: servers quote
// prompts and outputs in their errors. Used by openai_loop.cc. Pure.
//
//   verdict.words = guarded_words(verdict.words, *request.prompt, /*refused=*/false);
#pragma once

#include <string>
#include <string_view>

#include "core/types.h"

namespace clue::models {

/// Keeps words of the servers' trade (model, context, tokens, ...), parameter names and the numbers
/// that do not stand in the prompt; the rest becomes a count. `refused` (4xx: nothing was
/// generated): every word stays that is not in the prompt, so that the reason is readable.
[[nodiscard]] std::string guarded_words(std::string_view words, const core::Prompt& prompt,
                                        bool refused);

}  // namespace clue::models
