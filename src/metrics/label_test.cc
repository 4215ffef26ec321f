#include "metrics/label.h"

#include <gtest/gtest.h>

#include "text/golden.h"

namespace clue::metrics {
namespace {

const std::vector<std::string> kLabels = {"entailment", "neutral", "contradiction"};

TEST(Label, EqualsPublishedAccuracy) {
  const auto cases = text::golden_lines("mednli.jsonl");
  ASSERT_GE(cases.size(), 30u);
  for (const auto& c : cases) {
    for (const std::string& gold : kLabels) {
      EXPECT_EQ(label_right_2024(c["output"].get<std::string>(), gold), c[gold] == 1) << c << gold;
    }
  }
}

TEST(Label, CorrectedReading) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"ENTAILMENT", "entailment"},
      {" neutral.", "neutral"},
      {"NEUTRAL NEUTRAL", "neutral"},
      {"neither entailment nor contradiction, so neutral", "neutral"},
      {"This is not a contradiction.", ""},
      {"It isn't entailment but neutral", "neutral"},
      {"not entailment or contradiction; neutral", "neutral"},
      {"non-entailment", ""},
      {"NONENTAILMENT", ""},
      {"The premise suggests entailment at first. The answer is: contradiction", "contradiction"},
      {"Answer: entailment or neutral", ""},
      {"entailment, neutral", ""},
      {"Label: **NEUTRAL** (not entailment)", "neutral"},
      {"One could think of entailment.\nNEUTRAL", "neutral"},
      {"ENTAILMENT\n\nSENTENCE_1: x\nSENTENCE_2: y\nNEUTRAL", ""},
      {"__CONTRADICTION__", "contradiction"},
      {"The relation is neutral rather than entailment", "neutral"},
      {"", ""},
      {"I cannot tell", ""},
      {"CONTRADICTIONCONTRADICTION", ""},
      {"Therefore the label is ENTAILMENT.", "entailment"},
  };
  for (const auto& [text, want] : cases) {
    const core::Answer a = parse_label(text, kLabels);
    EXPECT_EQ(a.value, want) << text << " / " << a.note;
    EXPECT_EQ(a.status == core::AnswerStatus::answered, *want != '\0') << text;
    EXPECT_EQ(a.end - a.begin, a.value.size()) << text;
  }
}

TEST(Label, ConfusionAndMacroF1) {
  Confusion c(kLabels);
  EXPECT_FALSE(c.accuracy().has_value());
  c.add("entailment", "entailment");
  c.add("entailment", "neutral");
  c.add("neutral", "neutral");
  c.add("contradiction", "");
  EXPECT_EQ(c.counts[2][3], 1u);
  EXPECT_DOUBLE_EQ(*c.accuracy(), 0.5);
  EXPECT_DOUBLE_EQ(*c.macro_f1(), (2.0 / 3 + 2.0 / 3 + 0) / 3);
}

}  // namespace
}  // namespace clue::metrics
