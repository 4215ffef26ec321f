#include "datagen/wording.h"

#include <gtest/gtest.h>

namespace clue::datagen {
namespace {

/// Constants of the published scripts' names, wording invented.
tasks::GenerationWording words() {
  return {{"fact_extraction_system_prompt", "List facts."},
          {"fact_extraction_user_template", "\n<<\n{instructions}\n>>"},
          {"fact_extraction_answer", "\n{statements}"},
          {"question_generation_system_prompt", "Ask."},
          {"questions_generation_user_template", "\nStatements:\n{statements}\n"},
          {"question_generation_example_input", "\nStatements:\n- One.\n- Two.\n"},
          {"question_generation_example_output", "\nQuestion: Q?\nAnswer: One.\n"},
          {"example_statements", "Statements:\n- A.\n- B."}};
}

TEST(Wording, PublishedConstantsBecomeTheTwoSteps) {
  auto w = published_wording(words());
  ASSERT_TRUE(w.ok()) << w.error().message;
  EXPECT_EQ(w->statements.prompts.user, "\n<<\n{letter}\n>>");
  EXPECT_EQ(w->questions.example_field, "- One.\n- Two.");
  EXPECT_EQ(w->questions.prompts.prefill, "\nQuestion: ");
  EXPECT_EQ(w->labels.question, "Question:");
  // The example's answer is what the published template makes of its statements.
  set_example(*w, "You had a fever.", published_statements(words()));
  EXPECT_EQ(w->statements.example_answer, "\nStatements:\n- A.\n- B.");
  auto less = words();
  less.erase("question_generation_example_output");
  const auto wrong = published_wording(less);
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("question_generation_example_output"), std::string::npos);
}

}  // namespace
}  // namespace clue::datagen
