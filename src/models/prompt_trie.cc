#include "models/prompt_trie.h"

#include <algorithm>
#include <numeric>

namespace clue::models {

std::vector<std::size_t> trie_order(std::span<const Tokens> prompts) {
  std::vector<std::size_t> order(prompts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return prompts[a] < prompts[b]; });
  return order;
}

std::size_t common_prefix(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  const std::size_t n = std::min(a.size(), b.size());
  return static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(n), b.begin()).first -
      a.begin());
}

std::int64_t trie_size(std::span<const Tokens> prompts) {
  const std::vector<std::size_t> order = trie_order(prompts);
  std::size_t nodes = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Tokens& now = prompts[order[i]];
    nodes += now.size() - (i == 0 ? 0 : common_prefix(prompts[order[i - 1]], now));
  }
  return static_cast<std::int64_t>(nodes);
}

}  // namespace clue::models
