// Stand-in token counters for prompts rendered without a model, and vocabulary-only GGUF files.
// Used by `clue prompts render`, tests and back ends without a tokenizer. Thread-compatible.
//
//   CLUE_TRY(auto counter, open_token_counter("ws_bos"));
//   CLUE_TRY(int n, counter->count("two words"));  // 3: the start token counts
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "models/model.h"

namespace clue::models {

/// Opens a counter by name:
/// `ws`        words between white space (as Python's str.split()), joined again with one space;
/// `ws_bos`    the same with a start token "<s>" that counts and is printed;
/// `char`      code points (an invalid byte counts as one);
/// `estimate`  bytes / 3.6 rounded up, cut at a code point; exact() is false;
/// FILE.gguf   the tokenizer of a GGUF file, read without its weights (prefix "gguf:" allowed).
/// Error: invalid_argument with the names above; not_found/data for files.
[[nodiscard]] Result<std::unique_ptr<TokenCounter>> open_token_counter(const std::string& name);

}  // namespace clue::models
