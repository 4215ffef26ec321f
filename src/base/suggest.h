// "Did you mean": the known name closest to a mistyped one. For error messages. Pure functions.
//
//   return Error{..., "unknown task \"" + name + "\"" + did_you_mean(name, names)};
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clue {

/// The candidate with the fewest edits (case ignored, swaps count one), if that is near enough to
/// be a likely slip; else "". Ties: the first.
[[nodiscard]] std::string closest_name(std::string_view name,
                                       std::span<const std::string> candidates);
/// `; did you mean "x"?`, or "" when nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       std::span<const std::string> candidates);
/// The same over literals (constexpr tables).
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       std::span<const std::string_view> candidates);

}  // namespace clue
