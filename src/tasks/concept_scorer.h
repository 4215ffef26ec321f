// Concept F1 as a pair metric of the tasks: wraps one extractor. Used by the command line, which
// puts it into MetricResources. One per thread.
//
//   CLUE_TRY(std::unique_ptr<ConceptScorer> s, ConceptScorer::open({.kb = "icd.kbi"},
//   std::nullopt)); resources.concepts = s.get();
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "concepts/concept_f1.h"
#include "metrics/pipe.h"
#include "tasks/resources.h"

namespace clue::tasks {

class ConceptScorer : public PairScorer {
 public:
  /// `query_idf` unset: on under corrected rules, off under clue-2024 (what the published lock file
  /// computes). Error: the dictionary's or the pipeline's.
  [[nodiscard]] static Result<std::unique_ptr<ConceptScorer>> open(
      const concepts::ConceptOptions& options, std::optional<bool> query_idf);

  Result<std::vector<PairScore>> score(std::span<const TextPair> pairs,
                                       core::RuleSet rules) override;
  [[nodiscard]] std::string signature(core::RuleSet rules) const override;
  [[nodiscard]] std::string name() const override;  ///< "umls" or "concept"

  [[nodiscard]] concepts::ConceptExtractor& extractor() { return extractor_; }
  [[nodiscard]] bool query_idf(core::RuleSet rules) const {
    return query_idf_.value_or(rules == core::RuleSet::corrected);
  }

 private:
  ConceptScorer(concepts::ConceptExtractor extractor, std::optional<bool> query_idf)
      : extractor_(std::move(extractor)), query_idf_(query_idf) {}

  concepts::ConceptExtractor extractor_;
  std::optional<bool> query_idf_;
};

/// `clue metric concepts`: concept_p|r|f1 over names, concept_id_p|r|f1, the names on both sides.
/// A list of references counts as one text, joined by ", ". Error: as open().
[[nodiscard]] Result<metrics::PipeScorer> concept_pipe(const concepts::ConceptOptions& options,
                                                       std::optional<bool> query_idf,
                                                       core::RuleSet rules);

}  // namespace clue::tasks
