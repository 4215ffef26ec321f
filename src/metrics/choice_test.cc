#include "metrics/choice.h"

#include <gtest/gtest.h>

#include "text/golden.h"

namespace clue::metrics {
namespace {

const std::vector<std::string> kOptions = {
    "Aspirin 100 mg",  "Heparin",  "Warfarin",
    "Bisoprolol 5 mg", "Ramipril", "Question cannot be answered with provided documents"};

TEST(Choice, StrictEqualsPublishedPattern) {
  const auto cases = text::golden_lines("longhealth_parse.jsonl");
  ASSERT_GE(cases.size(), 30u);
  for (const auto& c : cases) {
    EXPECT_EQ(parse_choice_strict(c["output"].get<std::string>()).value, c["choice"]) << c;
  }
}

TEST(Choice, FlexibleReading) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"The correct answer is A: x", "A"},
      {"The correct answer is **A: x**", "A"},
      {"The correct answer is (A): x", "A"},
      {"The correct answer is A : x", "A"},
      {"the correct answer is A", "A"},
      {"THE CORRECT ANSWER IS C.", "C"},
      {"The correct answer is a: x", "A"},
      {"The correct answer is C) x", "C"},
      {"The correct answer is _C_: x", "C"},
      {"The correct answer is G: g", ""},
      {"The correct answer is AB: x", ""},
      {"The correct answer is A: x. The correct answer is B: y", "B"},
      {"The correct answer is not A. It must be option D.", "D"},
      {"Answer: A", "A"},
      {"Answer: (e)", "E"},
      {"A: x", "A"},
      {"**B**", "B"},
      {"B", "B"},
      {"(D) Bisoprolol", "D"},
      {"The answer is A or B", ""},
      {"The answer is A patient with fever", ""},
      {"A patient was seen", ""},
      {"Heparin.", "B"},
      {"Question cannot be answered with provided documents", "F"},
      {"Option C is correct.", "C"},
      {"I would choose option **E**.", "E"},
      {"A: Aspirin\nB: Heparin\nC: Warfarin", ""},
      {"", ""},
      {"The correct answer is\n\nB: Heparin", "B"},
      {"The correct answer is A\xE2\x80\x8B: x", "A"},
      {"The correct answer is not B but C", "C"},
      {"$\\boxed{B}$", "B"},
      {"A: no. B: no. Therefore, C.", "C"},
      {"So **C** is correct.", "C"},
      {"B is wrong; D is the right answer", "D"},
      {"B is not correct", ""},
      {"I'd go with D.", "D"},
      {"Die Antwort lautet C.", "C"},
      {"The correct answer is \xE2\x80\x9C"
       "C\xE2\x80\x9D: x",
       "C"},
      {"answer c)", "C"},
      {"The answer a doctor gave", ""},
      {"Vitamin C was given; hepatitis B", ""},
  };
  for (const auto& [text, want] : cases) {
    const core::Answer a = parse_choice(text, kOptions);
    EXPECT_EQ(a.value, want) << text << " / " << a.note;
  }
}

TEST(Choice, FlagsContradictions) {
  EXPECT_TRUE(choice_contradicts(parse_choice("The correct answer is A: Heparin", kOptions)));
  EXPECT_FALSE(choice_contradicts(parse_choice("The correct answer is B: Heparin.", kOptions)));
  EXPECT_FALSE(choice_contradicts(parse_choice("The correct answer is B", kOptions)));
  EXPECT_EQ(parse_choice("Answer: B", std::size_t{3}).value, "B");
}

}  // namespace
}  // namespace clue::metrics
