#include "metrics/bert_score.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "metrics/bert_math.h"
#include "text/golden.h"

namespace clue::metrics {
namespace {

constexpr const char* kNoModel =
    "MiniLM is not here (fixture.minilm fetches it; CLUE_MINILM_DIR names its folder)";

std::optional<std::filesystem::path> minilm() {
  const char* dir = std::getenv("CLUE_MINILM_DIR");
  if (!dir || !std::filesystem::exists(std::filesystem::path(dir) / "model.safetensors"))
    return std::nullopt;
  return dir;
}

double number(const nlohmann::json& j) { return j.is_number() ? j.get<double>() : NAN; }

TEST(BertScore, EqualsReferenceOnMiniLm) {
  const auto model = minilm();
  if (!model) GTEST_SKIP() << kNoModel;
  const auto cases = text::shared_lines("golden/metrics/bert_pairs.jsonl");
  if (cases.empty()) GTEST_SKIP() << "no reference folder beside the checkout (CLUE_SHARED)";
  std::vector<std::string> p, r;
  for (const auto& c : cases) {
    p.push_back(c["pred"]);
    r.push_back(c["ref"]);
  }
  for (const int layer : {3, 6}) {
    for (const auto rules : {core::RuleSet::corrected, core::RuleSet::clue_2024}) {
      auto scorer = BertScorer::open(*model, {.layer = layer, .baseline = {}, .rules = rules});
      ASSERT_TRUE(scorer.ok()) << scorer.error().message;
      const auto scores = scorer->score(p, r);
      ASSERT_TRUE(scores.ok());
      const std::string key =
          "layer" + std::to_string(layer) + (rules == core::RuleSet::corrected ? "_batch1" : "");
      double worst = 0;
      for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto& want = cases[i][key];
        const BertScore& s = (*scores)[i];
        for (const auto& [got, at] : {std::pair{s.p, 0}, {s.r, 1}, {s.f1, 2}}) {
          EXPECT_EQ(got.has_value(), want[at].is_number()) << cases[i]["id"] << " " << s.why;
          if (!got || !want[at].is_number()) continue;
          worst = std::max(worst, std::abs(*got - number(want[at])));
          EXPECT_NEAR(*got, number(want[at]), 1e-5) << key << " " << cases[i]["id"];
        }
      }
      RecordProperty(key, std::to_string(worst));
      EXPECT_LT(worst, 3e-6) << key;
    }
  }
}

TEST(BertScore, OrderAndNeighboursDoNotMatter) {
  const auto model = minilm();
  if (!model) GTEST_SKIP() << kNoModel;
  auto scorer = BertScorer::open(*model, {.layer = 3, .baseline = {}});
  ASSERT_TRUE(scorer.ok());
  std::vector<std::string> p = {
      "high blood pressure", "a b c d e f g h i j k", "", "x", "chest pain on exertion", "[SEP]"};
  std::vector<std::string> r = {"hypertension", "k j i", "x", "x y z", "angina", "x"};
  const auto all = scorer->score(p, r);
  ASSERT_TRUE(all.ok());
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto one = scorer->score(std::vector{p[i]}, std::vector{r[i]});
    ASSERT_TRUE(one.ok());
    EXPECT_EQ((*one)[0].f1, (*all)[i].f1) << p[i];  // to the last bit
  }
  EXPECT_EQ((*all)[2].f1, 0.0);
  EXPECT_FALSE((*all)[5].p.has_value());
  EXPECT_EQ((*all)[5].f1, 0.0);
  EXPECT_FALSE((*all)[5].why.empty());
  EXPECT_NE(scorer->signature().find("|layer:3|idf:no|rescale:no|f32|"), std::string::npos)
      << scorer->signature();
  EXPECT_FALSE(BertScorer::open(*model, {.layer = 7, .baseline = {}}).ok());
  EXPECT_FALSE(BertScorer::open(*model, {.baseline = {}}).ok());  // no default for this name
}

TEST(BertScore, LayerTable) {
  EXPECT_EQ(default_bert_layer("allenai/scibert_scivocab_uncased"), 8);
  EXPECT_EQ(default_bert_layer("/data/metrics/scibert_scivocab_uncased.gguf"), 8);
  EXPECT_EQ(default_bert_layer("emilyalsentzer/Bio_ClinicalBERT"), 9);
  EXPECT_EQ(default_bert_layer("bert-base-uncased-f16.gguf"), 9);
  EXPECT_EQ(default_bert_layer("bert-large-uncased/"), 18);
  EXPECT_EQ(default_bert_layer("nreimers/MiniLM-L6-H384-uncased"), std::nullopt);
}

TEST(BertScore, GeluIsTheErrorFunctionsOne) {
  std::vector<float> x;
  for (int i = -1008; i < 1008; ++i) x.push_back(static_cast<float>(i) * 0.01F);
  const std::vector<float> zero(x.size());
  std::vector<float> y = x;
  activate(Activation::gelu, y.data(), 1, y.size(), zero.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double v = double{x[i]};
    EXPECT_NEAR(double{y[i]}, 0.5 * v * (1 + std::erf(v / std::sqrt(2.0))),
                6e-7 * std::max(1.0, std::abs(v)));
  }
  y = x;
  activate(Activation::gelu_new, y.data(), 1, y.size(), zero.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double v = double{x[i]};
    const double want = 0.5 * v * (1 + std::tanh(0.7978845608028654 * (v + 0.044715 * v * v * v)));
    EXPECT_NEAR(double{y[i]}, want, 6e-7 * std::max(1.0, std::abs(v)));
  }
}

TEST(BertScore, SoftmaxOfAnyLength) {
  for (const std::size_t n : {1UL, 15UL, 16UL, 17UL, 63UL}) {
    std::vector<float> x(64, 7.0F);
    for (std::size_t i = 0; i < n; ++i) x[i] = std::sin(static_cast<float>(i)) * 30.0F;
    const std::vector<float> before = x;
    softmax(x.data(), 1, 64, n, 0.5F);
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += std::exp(0.5 * double{before[i]});
    for (std::size_t i = 0; i < n; ++i)
      EXPECT_NEAR(double{x[i]}, std::exp(0.5 * double{before[i]}) / sum, 3e-7);
    for (std::size_t i = n; i < 64; ++i) EXPECT_EQ(x[i], 7.0F);
  }
}

}  // namespace
}  // namespace clue::metrics
