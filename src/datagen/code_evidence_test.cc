#include "datagen/code_evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clue::datagen {
namespace {

using ::testing::ElementsAre;

TEST(CodeEvidence, WordsThatALetterMustHold) {
  EXPECT_THAT(title_words("Essential (primary) hypertension"), ElementsAre("hypertens"));
  EXPECT_THAT(title_words("Heart failure, unspecified"), ElementsAre("heart", "failur"));
  EXPECT_THAT(title_words("Type 2 diabetes mellitus without complications"),
              ElementsAre("2", "diabet", "mellitu"));
}

TEST(CodeEvidence, FindsTitlesAndInclusionTermsInOneSentence) {
  Result<std::unique_ptr<CodeEvidence>> evidence =
      CodeEvidence::open(core::RuleSet::corrected, {});
  ASSERT_TRUE(evidence.ok());
  std::vector<LetterCode> codes(4);
  codes[0].code = "K219";
  codes[1].code = "I509";
  codes[2].code = "J189";
  codes[3].code = "E876";
  ASSERT_TRUE((*evidence)
                  ->look_up("Past history: esophageal reflux.\nHeart sounds normal. No renal "
                            "failure.\nPneumonia of the left lung; Potassium fine",
                            codes)
                  .ok());
  EXPECT_EQ(codes[0].documented, "Past history: esophageal reflux.");
  EXPECT_EQ(codes[1].documented, "") << "the two words stand in different sentences";
  EXPECT_EQ(codes[2].documented, "Pneumonia of the left lung;");
  EXPECT_EQ(codes[3].documented, "");
}

}  // namespace
}  // namespace clue::datagen
