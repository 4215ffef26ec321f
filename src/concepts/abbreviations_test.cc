#include "concepts/abbreviations.h"

#include <gtest/gtest.h>

#include <string>

namespace clue::concepts {
namespace {

/// "HF=heart failure" for every occurrence, joined by "; ".
std::string found(const std::string& text) {
  const auto tokens = plain_tokens(text);
  std::string out;
  for (const Abbreviation& a : find_abbreviations(text, tokens)) {
    if (!out.empty()) out += "; ";
    out += text.substr(tokens[a.first].begin, tokens[a.last - 1].end - tokens[a.first].begin);
    out += "=" + text.substr(a.long_begin, a.long_end - a.long_begin);
  }
  return out;
}

TEST(Abbreviations, EveryOccurrenceGetsTheFirstDefinition) {
  EXPECT_EQ(found("Chronic kidney disease (CKD) stage 3. CKD is stable."),
            "CKD=Chronic kidney disease; CKD=Chronic kidney disease");
  EXPECT_EQ(found("heart failure (HF) or hay fever (HF)"), "HF=heart failure; HF=heart failure");
  EXPECT_EQ(found("COPD (chronic obstructive pulmonary disease), COPD"),
            "COPD=chronic obstructive pulmonary disease; COPD=chronic obstructive pulmonary "
            "disease");
}

TEST(Abbreviations, LettersMustBeThereAndStartAWord) {
  EXPECT_EQ(found("diabetes mellitus (XY)"), "");
  EXPECT_EQ(found("(HF) heart failure"), "");
  EXPECT_EQ(found("heart failure (2020)"), "");  // no letter first
  EXPECT_EQ(found("heart failure (h)"), "");     // too short
  EXPECT_EQ(found("the shelf (HF)"), "");        // h stands inside a word
  EXPECT_EQ(found("unclosed (HF and more text"), "");
  EXPECT_EQ(found(""), "");
  EXPECT_EQ(found("()()(("), "");
}

TEST(Abbreviations, LongFormsOfOtherScriptsKeepTheirBytes) {
  EXPECT_EQ(found("Ödem der Füße (ÖF)"), "ÖF=Ödem der Füße");
}

}  // namespace
}  // namespace clue::concepts
