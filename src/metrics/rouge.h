// ROUGE-1, ROUGE-2 and ROUGE-L, equal to PyPI rouge_score 0.1.2 (RougeScorer.score) to the last
// bit. Used by the text tasks and `clue metric rouge`. A scorer keeps its scratch memory: make one
// for each thread and score many pairs with it; once warm it allocates nothing. Source of the
// formulas: C.-Y. Lin, "ROUGE", 2004; of the LCS: M. Crochemore et al., "A fast and practical
// bit-vector algorithm for the longest common subsequence problem", IPL 80 (2001).
//
//   metrics::RougeScorer rouge;
//   double f = rouge.score("the model's text", "the reference").rouge_l.f1;
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/prf.h"

namespace clue::metrics {

struct RougeOptions {
  bool stemmer =
      false;  ///< Porter (NLTK's) on words of more than three letters, as use_stemmer=True
  bool unicode = false;  ///< letters of all scripts; not in rouge_score, whose words are [a-z0-9]+
};

/// What pins the number: "rouge|rouge_score 0.1.2|stemmer:no|letters:ascii".
[[nodiscard]] std::string rouge_signature(const RougeOptions& options);

/// Each value on a 0..1 scale. Empty against anything, also against empty, is 0.
struct RougeScores {
  Prf rouge_1;
  Prf rouge_2;
  Prf rouge_l;
};

class RougeScorer {
 public:
  explicit RougeScorer(RougeOptions options = {});
  ~RougeScorer();
  RougeScorer(RougeScorer&&) noexcept;
  RougeScorer& operator=(RougeScorer&&) noexcept;

  /// Any bytes are accepted: invalid UTF-8 separates words. Cost: linear in the text, plus
  /// n * m / 64 steps for n and m words.
  [[nodiscard]] RougeScores score(std::string_view prediction, std::string_view reference);

 private:
  struct Scratch;
  void words(std::string_view text, std::vector<std::uint32_t>& ids);

  RougeOptions options_;
  std::unique_ptr<Scratch> scratch_;
};

/// Length of the longest common subsequence of two id sequences. Requires: every id < id_count.
/// `masks` and `carries` are scratch.
[[nodiscard]] std::size_t lcs_length(std::span<const std::uint32_t> a,
                                     std::span<const std::uint32_t> b, std::size_t id_count,
                                     std::vector<std::uint64_t>& masks,
                                     std::vector<unsigned char>& carries);

}  // namespace clue::metrics
