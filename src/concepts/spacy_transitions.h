// spaCy's two transition systems: the arc-eager dependency parser, which decides where sentences
// start, and the BILUO entity recogniser. Used by SpacyPipeline. Free functions over a scorer.
#pragma once

#include <span>
#include <vector>

#include "concepts/spacy_doc.h"
#include "concepts/spacy_model.h"
#include "concepts/spacy_scorer.h"

namespace clue::concepts {

inline constexpr std::size_t kParserFeatures = 8;
inline constexpr std::size_t kNerFeatures = 3;

/// Sets head, dep and sent_start of every token. `is_space` has one entry per token. Requires:
/// scorer.start() was called for these tokens.
void parse_dependencies(TransitionScorer& scorer, std::span<const Move> moves,
                        std::span<const char> is_space, std::vector<SpacyToken>& tokens);

/// Entities in text order; none continues over a token that starts a sentence.
[[nodiscard]] std::vector<SpacyEntity> recognise_entities(TransitionScorer& scorer,
                                                          std::span<const Move> moves,
                                                          std::span<const char> is_space,
                                                          std::span<const SpacyToken> tokens);

}  // namespace clue::concepts
