#include "core/names.h"

#include <array>
#include <cstddef>
#include <span>

namespace clue::core {
namespace {

// Order follows the enumerators in core/types.h.
constexpr std::array<std::string_view, 2> kRules = {"corrected", "clue-2024"};
constexpr std::array<std::string_view, 3> kUses = {"open", "credentialed", "private"};
constexpr std::array<std::string_view, 3> kRoles = {"system", "user", "assistant"};
constexpr std::array<std::string_view, 4> kOverflows = {"error", "skip", "cut-documents",
                                                        "cut-middle"};
constexpr std::array<std::string_view, 5> kStops = {"end_of_turn", "stop_string", "length", "error",
                                                    "cancelled"};
constexpr std::array<std::string_view, 6> kStatuses = {"answered",      "none",    "cut",
                                                       "cut_reasoning", "refused", "error"};

template <typename Enum>
std::optional<Enum> find(std::span<const std::string_view> names, std::string_view word) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(RuleSet rules) { return kRules[static_cast<std::size_t>(rules)]; }
std::string_view name(DataUse use) { return kUses[static_cast<std::size_t>(use)]; }
std::string_view name(Role role) { return kRoles[static_cast<std::size_t>(role)]; }
std::string_view name(Overflow overflow) { return kOverflows[static_cast<std::size_t>(overflow)]; }
std::string_view name(StopReason stop) { return kStops[static_cast<std::size_t>(stop)]; }
std::string_view name(AnswerStatus status) { return kStatuses[static_cast<std::size_t>(status)]; }

template <>
std::optional<RuleSet> from_name(std::string_view word) {
  return find<RuleSet>(kRules, word);
}
template <>
std::optional<DataUse> from_name(std::string_view word) {
  return find<DataUse>(kUses, word);
}
template <>
std::optional<Role> from_name(std::string_view word) {
  return find<Role>(kRoles, word);
}
template <>
std::optional<Overflow> from_name(std::string_view word) {
  return find<Overflow>(kOverflows, word);
}
template <>
std::optional<StopReason> from_name(std::string_view word) {
  return find<StopReason>(kStops, word);
}
template <>
std::optional<AnswerStatus> from_name(std::string_view word) {
  return find<AnswerStatus>(kStatuses, word);
}

}  // namespace clue::core
