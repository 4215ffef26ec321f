#include "tasks/bert_pair_scorer.h"

#include <utility>

namespace clue::tasks {

BertPairScorer::BertPairScorer(metrics::BertScorer scorer) : scorer_(std::move(scorer)) {}

Result<std::vector<PairScore>> BertPairScorer::score(std::span<const TextPair> pairs,
                                                     core::RuleSet rules) {
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

std::string BertPairScorer::signature(core::RuleSet) const { return scorer_.signature(); }
const std::string& BertPairScorer::model_name() const {
  return scorer_.encoder().config().model_name;
}

Result<std::unique_ptr<BertPairScorer>> make_bert_pair_scorer(const std::filesystem::path& encoder,
                                                              metrics::BertScoreOptions options) {
  CLUE_TRY(metrics::BertScorer scorer, metrics::BertScorer::open(encoder, std::move(options)));
  return std::make_unique<BertPairScorer>(std::move(scorer));
}

}  // namespace clue::tasks
