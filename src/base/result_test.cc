#include "base/result.h"

#include <gtest/gtest.h>

namespace clue {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Error{ErrorCode::invalid_argument, "odd: " + std::to_string(n)};
  return n / 2;
}

Result<int> quarter(int n) {
  CLUE_TRY(int h, half(n));
  CLUE_TRY(int q, half(h));
  return q;
}

TEST(Result, CarriesValue) { EXPECT_EQ(*quarter(12), 3); }

TEST(Result, PropagatesFirstError) {
  EXPECT_EQ(quarter(6).error().message, "odd: 3");
  EXPECT_EQ(quarter(7).error().in("quarter").message, "quarter: odd: 7");
}

TEST(Result, StatusDefaultsToSuccess) {
  EXPECT_TRUE(Status().ok());
  EXPECT_FALSE(Status(Error{ErrorCode::io, "full"}).ok());
}

TEST(ResultDeathTest, ValueOfAnErrorAborts) {
  Result<int> r = half(1);
  EXPECT_DEATH((void)*r, "check failed");
}

}  // namespace
}  // namespace clue
