// Which prompt a stream takes next in the fast mode. The depth-first order of the trie is dealt out
// in stretches, one for each stream, so that neighbours, which share most, follow one another in
// the same stream and its cells are the shared prefix. A stream without work takes the second half
// of the longest stretch, cut where neighbours share least. Pure; one object per pass.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "models/prompt_trie.h"

namespace clue::models {

class StreamPlan {
 public:
  StreamPlan(std::span<const Tokens> prompts, std::size_t streams);

  /// Index of the next prompt of a stream, nullopt when all prompts are given out.
  [[nodiscard]] std::optional<std::size_t> next(std::size_t stream);
  [[nodiscard]] bool empty() const { return left_ == 0; }

 private:
  struct Stretch {
    std::size_t begin = 0, end = 0;
    [[nodiscard]] std::size_t size() const { return end - begin; }
  };
  [[nodiscard]] std::size_t weakest_cut(const Stretch& stretch) const;

  std::vector<std::size_t> order_;
  std::vector<std::size_t> shared_;  ///< tokens in common with the one before, by place in order_
  std::vector<Stretch> stretches_;   ///< of each stream
  std::size_t left_;
};

}  // namespace clue::models
