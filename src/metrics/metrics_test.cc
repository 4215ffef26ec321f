#include "metrics/metrics.h"

#include <gtest/gtest.h>

namespace clue::metrics {
namespace {

// The examples of docs/howto/use-metrics.md.
TEST(Library, UseFromCpp) {
  RougeScorer rouge;
  EXPECT_DOUBLE_EQ(rouge.score("chest pain at rest", "chest pain").rouge_1.recall, 1.0);
  const std::vector<std::string> references = {"left ventricle", "ventricle"};
  EXPECT_DOUBLE_EQ(score_squad("The left ventricle.", references).exact_match, 1.0);
  const auto table = builtin_icd_table(IcdTableId::current);
  const auto answer = parse_icd_answer("I10, E11.9", core::RuleSet::corrected, *table);
  const std::vector<std::string> gold = {"I10"};
  EXPECT_DOUBLE_EQ(score_icd(answer.codes, gold, core::RuleSet::corrected, *table).em.recall, 1.0);
  const std::vector<double> a = {0.9, 0.8, 0.7, 0.9}, b = {0.5, 0.6, 0.7, 0.4};
  const std::vector<std::string> patients = {"p1", "p1", "p2", "p3"};
  EXPECT_EQ(bootstrap_ci(a, patients)->mean, mean(a));
  EXPECT_EQ(compare_paired(a, b, patients)->clusters, 3u);
  EXPECT_FALSE(BertScorer::open("no/such/encoder.gguf", {}).ok());
}

TEST(Library, LanguageOfAnEncoder) {
  EXPECT_EQ(encoder_language("allenai/scibert_scivocab_uncased"), "en");
  EXPECT_EQ(encoder_language("emilyalsentzer/Bio_ClinicalBERT"), "en");
  EXPECT_EQ(encoder_language("bert-base-multilingual-cased"), "multi");
  EXPECT_EQ(encoder_language("deepset/gbert-base"), "de");
  EXPECT_EQ(encoder_language("bert-base-german-cased"), "de");
  EXPECT_EQ(encoder_language("somebody/encoder"), "");
}

}  // namespace
}  // namespace clue::metrics
