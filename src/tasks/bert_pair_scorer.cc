#include "tasks/bert_pair_scorer.h"

#include <utility>

#include "metrics/bert_score.h"

namespace clue::tasks {
namespace {

class BertPairScorer final : public PairScorer {
 public:
  explicit BertPairScorer(metrics::BertScorer scorer) : scorer_(std::move(scorer)) {}

  Result<std::vector<PairScore>> score(std::span<const TextPair> pairs,
                                       core::RuleSet rules) override {
    std::vector<std::string> predictions, references;
    for (const TextPair& p : pairs) {
      predictions.emplace_back(p.prediction);
      references.emplace_back(p.reference);
    }
    CLUE_TRY(const auto scores, scorer_.score(predictions, references, rules));
    std::vector<PairScore> out;
    for (const metrics::BertScore& s : scores) out.push_back({s.p, s.r, s.f1, s.why, {}});
    return out;
  }
  [[nodiscard]] std::string signature() const override { return scorer_.signature(); }
  [[nodiscard]] std::string name() const override { return "bertscore"; }

 private:
  metrics::BertScorer scorer_;
};

}  // namespace

Result<std::unique_ptr<PairScorer>> make_bert_pair_scorer(const std::filesystem::path& encoder,
                                                          int layer, int threads) {
  metrics::BertScoreOptions options;
  options.layer = layer;
  options.threads = threads;
  CLUE_TRY(metrics::BertScorer scorer, metrics::BertScorer::open(encoder, options));
  return std::unique_ptr<PairScorer>(std::make_unique<BertPairScorer>(std::move(scorer)));
}

}  // namespace clue::tasks
