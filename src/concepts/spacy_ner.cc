#include "concepts/spacy_transitions.h"

namespace clue::concepts {
namespace {
enum Action { kBegin = 1, kIn = 2, kLast = 3, kUnit = 4, kOut = 5 };
}

std::vector<SpacyEntity> recognise_entities(TransitionScorer& scorer, std::span<const Move> moves,
                                            std::span<const char> is_space,
                                            std::span<const SpacyToken> tokens) {
  std::vector<SpacyEntity> out;
  const int n = static_cast<int>(tokens.size());
  int start = -1;  // of the open entity
  const std::string* open = nullptr;
  for (int i = 0; i < n; ++i) {
    const int features[kNerFeatures] = {i, open != nullptr ? start : -1,
                                        open != nullptr ? i - 1 : -1};
    const auto scores = scorer.score(features);
    const bool goes_on = i + 1 < n && tokens[static_cast<std::size_t>(i) + 1].sent_start != 1;
    const bool space = is_space[static_cast<std::size_t>(i)] != 0;
    const int best = best_class(scores, [&](std::size_t c) {
      const Move& m = moves[c];
      switch (m.action) {
        case kBegin:
          return open == nullptr && goes_on && !m.label.empty() && !space;
        case kIn:
          return open != nullptr && goes_on && !m.label.empty() && *open == m.label;
        case kLast:
          return open != nullptr && !m.label.empty() && *open == m.label;
        case kUnit:
          return open == nullptr && !m.label.empty() && !space;
        case kOut:
          return open == nullptr;
        default:
          return false;
      }
    });
    if (best < 0) break;
    const Move& m = moves[static_cast<std::size_t>(best)];
    if (m.action == kBegin) {
      open = &m.label;
      start = i;
    } else if (m.action == kLast || m.action == kUnit) {
      const int first = m.action == kLast ? start : i;
      out.push_back(
          {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(i + 1), m.label});
      open = nullptr;
    }
  }
  return out;
}

}  // namespace clue::concepts
