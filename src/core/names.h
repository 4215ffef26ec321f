// Names of the enumerators as they stand in files, tables and on the command line: one place for
// both directions. Pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "core/types.h"

namespace clue::core {

[[nodiscard]] std::string_view name(RuleSet rules);  // "corrected", "clue-2024"
[[nodiscard]] std::string_view name(DataUse use);    // "open", "credentialed", "private"
[[nodiscard]] std::string_view name(Role role);      // "system", "user", "assistant"
[[nodiscard]] std::string_view name(
    Overflow overflow);  // "error", "skip", "cut-documents", "cut-middle"
[[nodiscard]] std::string_view name(
    StopReason stop);  // "end_of_turn", "stop_string", "length", ...
[[nodiscard]] std::string_view name(
    AnswerStatus status);  // "answered", "none", "cut", "cut_reasoning", ...

/// Reverse of name(); nullopt for an unknown word.
template <typename Enum>
[[nodiscard]] std::optional<Enum> from_name(std::string_view word);

}  // namespace clue::core
