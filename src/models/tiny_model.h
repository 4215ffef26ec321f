// Writes small GGUF models in pure C++: random weights (deterministic by seed) with a real
// byte-pair tokenizer and chat template, so that demo and tests run the true engine offline; and
// scripted ones whose every answer is a known text. Used by `clue model tiny` and tests.
//
//   CLUE_OK(write_tiny_model("tiny.gguf", {}));
//   CLUE_OK(write_tiny_model("b.gguf", {.scripted = "The correct answer is B."}));
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace clue::models {

struct TinyOptions {
  std::int64_t parameters = 500'000;  ///< about; at least 50,000, at most 2,000,000,000
  std::string type = "";              ///< f32 | f16 | q8_0; "": f32 below 20 million, else f16
  std::string scripted = {};          ///< not empty: the answer to every prompt
  int context = 16'384;               ///< trained context it claims
  std::uint64_t seed = 1;
  bool chat_template = true;  ///< false: as a base model has none
};

/// What was written.
struct TinyFacts {
  std::int64_t parameters = 0;
  int layers = 0;
  int embedding = 0;
  int vocabulary = 0;
};

/// Writes to a temporary name beside `path`, then renames. Error: invalid_argument (numbers out of
/// range, unknown type), io (path and the system's words).
[[nodiscard]] Result<TinyFacts> write_tiny_model(const std::string& path,
                                                 const TinyOptions& options);

}  // namespace clue::models
