// BERTScore as a resource of the scoring pass (tasks/resources.h). Used by the command line when an
// encoder is given or found. One score() at a time.
//
//   CLUE_TRY(auto scorer, make_bert_pair_scorer("scibert.gguf", {.threads = 2}));
//   resources.bert_score = scorer.get();
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "metrics/bert_score.h"
#include "tasks/resources.h"

namespace clue::tasks {

class BertPairScorer final : public PairScorer {
 public:
  explicit BertPairScorer(metrics::BertScorer scorer);
  Result<std::vector<PairScore>> score(std::span<const TextPair> pairs,
                                       core::RuleSet rules) override;
  [[nodiscard]] std::string signature(core::RuleSet rules) const override;
  [[nodiscard]] std::string name() const override { return "bertscore"; }
  [[nodiscard]] const std::string& model_name() const;

 private:
  metrics::BertScorer scorer_;
};

/// Error: see metrics::BertScorer::open.
[[nodiscard]] Result<std::unique_ptr<BertPairScorer>> make_bert_pair_scorer(
    const std::filesystem::path& encoder, metrics::BertScoreOptions options);

}  // namespace clue::tasks
