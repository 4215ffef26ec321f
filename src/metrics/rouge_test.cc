#include "metrics/rouge.h"

#include <gtest/gtest.h>

#include <random>

#include "text/golden.h"

namespace clue::metrics {
namespace {

void expect_prf(const Prf& got, const nlohmann::json& want, const std::string& id) {
  EXPECT_DOUBLE_EQ(got.precision, want[0].get<double>()) << id;
  EXPECT_DOUBLE_EQ(got.recall, want[1].get<double>()) << id;
  EXPECT_DOUBLE_EQ(got.f1, want[2].get<double>()) << id;
}

void check(const std::vector<nlohmann::json>& cases, RougeOptions options) {
  RougeScorer scorer(options);
  for (const auto& c : cases) {
    const RougeScores s = scorer.score(c["pred"].get<std::string>(), c["ref"].get<std::string>());
    const std::string id = c.value("id", c["pred"].get<std::string>());
    expect_prf(s.rouge_1, c["rouge1"], id);
    expect_prf(s.rouge_2, c["rouge2"], id);
    expect_prf(s.rouge_l, c["rougeL"], id);
  }
}

TEST(Rouge, EqualsReferenceOnOwnCases) {
  const auto cases = text::golden_lines("rouge.jsonl");
  ASSERT_GT(cases.size(), 50u);
  check(cases, {});
}

TEST(Rouge, EqualsReferenceOnMeqsum) {
  const auto cases = text::shared_lines("golden/metrics/rouge_pairs.jsonl");
  if (cases.empty()) GTEST_SKIP() << "no reference folder beside the checkout (CLUE_SHARED)";
  check(cases, {});
}

TEST(Rouge, EqualsReferenceWithStemmer) {
  const auto cases = text::golden_lines("rouge_stemmed.jsonl");
  ASSERT_EQ(cases.size(), 150u);
  check(cases, {.stemmer = true});
}

TEST(Rouge, UnicodeOptionKeepsUmlauts) {
  RougeScorer ascii, all({.unicode = true});
  const char* a =
      "\xC3\x9C"
      "belkeit";
  const char* b =
      "\xC3\xBC"
      "belkeit";
  EXPECT_EQ(all.score(a, b).rouge_1.f1, 1.0);
  EXPECT_EQ(ascii.score("\xC3\xA4\xC3\xB6", "\xC3\xA4\xC3\xB6").rouge_1.f1, 0.0);
  EXPECT_EQ(all.score("\xC3\xA4\xC3\xB6", "\xC3\xA4\xC3\xB6").rouge_1.f1, 1.0);
  EXPECT_NE(rouge_signature({}), rouge_signature({.unicode = true}));
}

TEST(Rouge, OddInputsAreDefined) {
  RougeScorer s;
  EXPECT_EQ(s.score("", "").rouge_1.f1, 0.0);
  EXPECT_EQ(s.score("x", "x").rouge_1.f1, 1.0);
  EXPECT_EQ(s.score("x", "x").rouge_2.f1, 0.0);
  EXPECT_EQ(s.score("\xFF\xC3 pain \x80", "pain").rouge_l.f1, 1.0);
  std::string many;
  for (int i = 0; i < 10000; ++i) many += "w" + std::to_string(i * 7919 % 4001) + " ";
  EXPECT_EQ(s.score(many, many).rouge_l.f1, 1.0);
}

TEST(Rouge, OrderOfPairsDoesNotMatter) {
  RougeScorer fresh, used;
  for (int i = 0; i < 300; ++i)
    (void)used.score(std::to_string(i) + " a b c", "c b a " + std::to_string(i));
  const RougeScores a = fresh.score("a b c d e", "a c e b"), b = used.score("a b c d e", "a c e b");
  EXPECT_EQ(a.rouge_l.f1, b.rouge_l.f1);
  EXPECT_EQ(a.rouge_2.f1, b.rouge_2.f1);
}

TEST(Rouge, BitParallelLcsEqualsTable) {
  std::mt19937 rng(3);
  std::vector<std::uint64_t> masks;
  std::vector<unsigned char> carries;
  for (int round = 0; round < 200; ++round) {
    const std::size_t ids = 1 + rng() % 9;
    std::vector<std::uint32_t> a(rng() % 200), b(rng() % 200);
    for (auto& x : a) x = static_cast<std::uint32_t>(rng() % ids);
    for (auto& x : b) x = static_cast<std::uint32_t>(rng() % ids);
    std::vector<std::vector<std::size_t>> t(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i < a.size(); ++i) {
      for (std::size_t j = 0; j < b.size(); ++j) {
        t[i + 1][j + 1] = a[i] == b[j] ? t[i][j] + 1 : std::max(t[i][j + 1], t[i + 1][j]);
      }
    }
    EXPECT_EQ(lcs_length(a, b, ids, masks, carries), t[a.size()][b.size()]);
  }
}

}  // namespace
}  // namespace clue::metrics
