#include "core/names.h"

#include <gtest/gtest.h>

namespace clue::core {
namespace {

template <typename Enum>
void round_trip(Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    EXPECT_EQ(from_name<Enum>(name(value)), value);
  }
  EXPECT_EQ(from_name<Enum>("no such name"), std::nullopt);
}

TEST(Names, RoundTrip) {
  round_trip(RuleSet::clue_2024);
  round_trip(DataUse::private_);
  round_trip(Role::assistant);
  round_trip(Overflow::cut_middle);
  round_trip(StopReason::cancelled);
  round_trip(AnswerStatus::error);
}

}  // namespace
}  // namespace clue::core
