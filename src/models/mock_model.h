// A scripted Model for tests and for trying the program out: fixed text, echo, refusals, delays and
// failures, decided by the sample id alone, so that order and resume do not matter.
//
//   -m "mock:text=neutral"           every answer is "neutral"
//   -m "mock:echo;delay=5"           the last user turn back, 5 ms each
//   -m "mock:text=A;refuse=20;fail=/3;die=100"
//
// Words, separated by ';': text=T, echo, empty, refuse=PERCENT, delay=MS, fail=TEXT (samples whose
// id holds TEXT get Generation::error), fail_percent=P, length=PERCENT (cut at max_tokens), die=N
// (the back end is gone after N answers), context=N (tokens it claims to hold).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "models/model.h"

namespace clue::models {

/// Opens by the words above (without "mock:"). Error: the unknown word and the list.
[[nodiscard]] Result<std::unique_ptr<Model>> open_mock(const std::string& script,
                                                       const ModelOptions& options);

/// A mock whose answers come from a function; for tests that need more than words.
using MockAnswer = std::function<core::Generation(const Request&)>;
[[nodiscard]] std::unique_ptr<Model> make_mock(MockAnswer answer, const std::string& name = "mock");

}  // namespace clue::models
