// The order in which prompts share most: all prompts of a pass as a trie of tokens, walked depth
// first. Sorting the token sequences is that walk. Pure. Used by the llama back end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace clue::models {

using Tokens = std::vector<std::int32_t>;

/// Indices of `prompts` in depth-first trie order: sequences in lexicographic order of tokens,
/// equal ones by index.
[[nodiscard]] std::vector<std::size_t> trie_order(std::span<const Tokens> prompts);

/// Length of the common prefix.
[[nodiscard]] std::size_t common_prefix(std::span<const std::int32_t> a,
                                        std::span<const std::int32_t> b);

/// Nodes of the trie: the fewest prompt tokens any schedule can compute.
[[nodiscard]] std::int64_t trie_size(std::span<const Tokens> prompts);

}  // namespace clue::models
