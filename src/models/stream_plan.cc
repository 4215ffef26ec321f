#include "models/stream_plan.h"

#include <algorithm>

namespace clue::models {

StreamPlan::StreamPlan(std::span<const Tokens> prompts, std::size_t streams)
    : order_(trie_order(prompts)), stretches_(streams), left_(prompts.size()) {
  shared_.reserve(order_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) {
    shared_.push_back(i == 0 ? 0 : common_prefix(prompts[order_[i - 1]], prompts[order_[i]]));
  }
  if (streams > 0) stretches_[0] = {0, order_.size()};
}

/// In the middle third of the stretch: the first of the second part.
std::size_t StreamPlan::weakest_cut(const Stretch& stretch) const {
  const std::size_t half = stretch.begin + (stretch.size() + 1) / 2;
  const std::size_t slack = stretch.size() / 6;
  std::size_t best = half;
  for (std::size_t i = half - slack; i <= half + slack && i < stretch.end; ++i) {
    if (shared_[i] < shared_[best]) best = i;
  }
  return best;
}

std::optional<std::size_t> StreamPlan::next(std::size_t stream) {
  if (left_ == 0) return std::nullopt;
  Stretch& own = stretches_[stream];
  if (own.size() == 0) {
    Stretch& longest =
        *std::max_element(stretches_.begin(), stretches_.end(),
                          [](const Stretch& a, const Stretch& b) { return a.size() < b.size(); });
    // A lone prompt is taken whole; its stream is busy with the one before.
    const std::size_t cut = longest.size() == 1 ? longest.begin : weakest_cut(longest);
    own = {cut, longest.end};
    longest.end = cut;
  }
  --left_;
  return order_[own.begin++];
}

}  // namespace clue::models
