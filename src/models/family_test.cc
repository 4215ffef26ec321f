#include "models/family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clue::models {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Family, FromNames) {
  EXPECT_THAT(model_families("meta-llama/Llama-3.1-70B-Instruct"), ElementsAre("llama"));
  EXPECT_THAT(model_families("BioMistral-7B-DARE.Q4_K_M.gguf"), ElementsAre("mistral"));
  EXPECT_THAT(model_families("Mixtral-8x7B"), ElementsAre("mistral"));
  EXPECT_THAT(model_families("medgemma-27b-it"), ElementsAre("gemma"));
  EXPECT_THAT(model_families("DeepSeek-R1-Distill-Llama-8B"), ElementsAre("deepseek", "llama"));
  EXPECT_THAT(model_families("yi-34b"), ElementsAre("yi"));
  EXPECT_THAT(model_families("yayi-7b"), IsEmpty()) << "a short mark counts at a word's start only";
  EXPECT_THAT(model_families("house-model-v2"), IsEmpty());
}

TEST(Family, Shared) {
  EXPECT_THAT(shared_families("Llama-3-70B", "OpenBioLLM-8B"), ElementsAre("llama"));
  EXPECT_THAT(shared_families("Llama-3-70B", "Qwen2.5-7B"), IsEmpty());
  EXPECT_THAT(shared_families("house-model", "House-Model"), ElementsAre("house-model"));
  EXPECT_THAT(shared_families("", ""), IsEmpty());
}

}  // namespace
}  // namespace clue::models
