// Token F1 and exact match for short answers, as the evaluation program of SQuAD 1.1 (P. Rajpurkar
// et al., 2016): lower case, ASCII punctuation and the articles a, an, the dropped, split at white
// space. Pure functions.
//
//   SquadScores s = score_squad("the left ventricle.", {"left ventricle"});   // both 1
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "metrics/prf.h"

namespace clue::metrics {

struct SquadScores {
  double exact_match = 0;  ///< 0 or 1
  Prf token;               ///< 0 where no token is shared, also for empty against empty
};

[[nodiscard]] std::string normalize_squad(std::string_view answer);
/// The best over all references, each number on its own as in the reference program. No references:
/// 0.
[[nodiscard]] SquadScores score_squad(std::string_view prediction,
                                      std::span<const std::string> references);

}  // namespace clue::metrics
