// CLUE_CHECK(condition): always on; a failure is a bug in this program, never bad input. Aborts
// with the place. CLUE_CHECK_MSG adds words.
#pragma once

namespace clue {
/// Prints "file:line: check failed: what" to stderr and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* what);
}  // namespace clue

#define CLUE_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::clue::check_failed(__FILE__, __LINE__, #condition))
#define CLUE_CHECK_MSG(condition, words) \
  ((condition) ? static_cast<void>(0) : ::clue::check_failed(__FILE__, __LINE__, words))
