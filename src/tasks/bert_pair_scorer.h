// BERTScore as a resource of the scoring pass (tasks/resources.h). Used by the command line when an
// encoder is given or found.
//
//   CLUE_TRY(auto scorer, make_bert_pair_scorer("scibert.gguf", 0, 2));
//   resources.bert_score = scorer.get();
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "tasks/resources.h"

namespace clue::tasks {

/// `layer` 0: the model's default. Error: see metrics::BertScorer::open.
[[nodiscard]] Result<std::unique_ptr<PairScorer>> make_bert_pair_scorer(
    const std::filesystem::path& encoder, int layer, int threads);

}  // namespace clue::tasks
