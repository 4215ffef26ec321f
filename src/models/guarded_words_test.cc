#include "models/guarded_words.h"

#include <gtest/gtest.h>

namespace clue::models {
namespace {

core::Prompt letter() {
  core::Prompt p;
  p.messages = {{core::Role::system, "Answer in one word."},
                {core::Role::user, "Mrs. Muster, born 1931, took 4096 mg of Exampliol."}};
  return p;
}

TEST(GuardedWords, TheServersTradeStays) {
  EXPECT_EQ(guarded_words("This model's maximum context length is 8192 tokens", letter(), false),
            "This model's maximum context length is 8192 tokens");
}

TEST(GuardedWords, QuotedPromptsAndOutputsGo) {
  EXPECT_EQ(guarded_words("failed to parse: Mrs. Muster, born 1931", letter(), false),
            "failed to parse: [4 words withheld]");
  // Not in the prompt but said by the model: unknown words go all the same.
  EXPECT_EQ(guarded_words("unexpected token 'Anaphylaxis'", letter(), false),
            "unexpected token '[1 word withheld]'");
  EXPECT_EQ(guarded_words("4096 is too large", letter(), false), "[1 word withheld] is too large");
}

TEST(GuardedWords, ReasonsOfDenialStayReadable) {
  EXPECT_EQ(guarded_words("Incorrect key: ask Mrs. Muster", letter(), true),
            "Incorrect key: ask [2 words withheld]");
}

}  // namespace
}  // namespace clue::models
