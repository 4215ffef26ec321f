#include "base/suggest.h"

#include <gtest/gtest.h>

namespace clue {
namespace {

const std::vector<std::string> kTasks = {"mednli",     "meqsum",    "problemsummary",
                                         "longhealth", "medisumqa", "medisumcode"};

TEST(Suggest, LikelySlips) {
  EXPECT_EQ(closest_name("mednil", kTasks), "mednli");
  EXPECT_EQ(closest_name("MEQSUM", kTasks), "meqsum");
  EXPECT_EQ(closest_name("longheal", kTasks), "longhealth");
  EXPECT_EQ(closest_name("medisumcod", kTasks), "medisumcode");
  EXPECT_EQ(did_you_mean("meqsm", kTasks), "; did you mean \"meqsum\"?");
}

TEST(Suggest, NothingNear) {
  EXPECT_EQ(closest_name("zzzzzz", kTasks), "");
  EXPECT_EQ(closest_name("", kTasks), "");
  EXPECT_EQ(closest_name(std::string(5000, 'm'), kTasks), "");
  EXPECT_EQ(did_you_mean("x", std::vector<std::string>{"a"}), "");
}

}  // namespace
}  // namespace clue
