// Exact nearest aliases of a mention: cosine of tf-idf trigram vectors over a threshold, at most k.
// Used by the linker. A Searcher keeps scratch space: one per thread; the Kb is shared.
//
//   Searcher searcher(kb);
//   for (const Neighbour& n : searcher.search("heart failure", {})) use(kb.row_text(n.row),
//   n.distance);
//
// How: blocks of 16,384 groups of similar length. Per block the cheapest query terms are left out
// as long as what they could add stays under a part of the threshold; the rest is counted into
// 16-bit counters that over-estimate; what passes is checked in float, then scored exactly as
// nmslib's cosinesimil_sparse does (float lanes, order of summation), so that ties and thresholds
// fall as in the reference.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "concepts/kb.h"

namespace clue::concepts {

struct SearchOptions {
  int k = 30;
  double threshold = 0.7;    ///< aliases at or below this cosine are not returned
  bool query_idf = true;     ///< false: queries weigh trigrams by count only
  bool half_vectors = true;  ///< stored vectors rounded to 16 bits, as scispaCy ships them
};

struct Neighbour {
  std::uint32_t row = 0;
  float distance = 0;  ///< 1 - cosine, as nmslib computes it
};

/// A sparse unit vector, terms in rank order.
struct SparseVector {
  std::vector<std::uint32_t> ranks;
  std::vector<float> values;
};

/// nmslib's cosinesimil_sparse (SSE2 build) of a stored vector x and a query y.
[[nodiscard]] float nmslib_distance(const SparseVector& x, const SparseVector& y);

class Searcher {
 public:
  explicit Searcher(const Kb& kb);

  /// Nearest first; equal distances in the dictionary's order. Empty for a text without terms.
  [[nodiscard]] std::vector<Neighbour> search(std::string_view text, const SearchOptions& options);
  /// The same by scoring every group: the yardstick of tests and benches.
  [[nodiscard]] std::vector<Neighbour> brute_force(std::string_view text,
                                                   const SearchOptions& options);
  /// Distance of a text to one stored group.
  [[nodiscard]] float distance(std::string_view text, std::uint32_t group,
                               const SearchOptions& options);

  struct Counters {  ///< work of the last search
    std::size_t postings = 0, checked = 0, scored = 0;
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct QueryTerm {
    std::uint32_t term = 0;
    float weight = 0;  ///< not normalised
    float gain = 0;    ///< weight * idf: what one occurrence adds to the product
    std::uint16_t step = 0;
  };
  struct Hit {
    float distance = 0;
    std::uint32_t group = 0;
  };

  bool prepare(std::string_view text, const SearchOptions& options);
  void finish_query();
  void scan_block(std::size_t block, double threshold);
  void check(std::uint32_t group, double threshold);
  [[nodiscard]] float score(std::uint32_t group);
  [[nodiscard]] double product(std::uint32_t group) const;
  [[nodiscard]] std::vector<Neighbour> best(const SearchOptions& options);
  [[nodiscard]] double raised(double threshold, int k);

  const Kb* kb_;
  std::vector<float> dense_;  ///< gain by term, zero between searches
  std::vector<std::uint16_t> counters16_;
  std::vector<std::uint64_t> keys_;
  std::vector<QueryTerm> terms_;               ///< dearest first
  std::vector<double> rest_gain_, rest_mass_;  ///< of the first i terms
  SparseVector query_, stored_;
  double query_norm_ = 0, total_gain_ = 0, max_ratio_ = 0, scale_ = 0;
  bool half_ = true;
  std::vector<Hit> hits_;
  std::size_t hit_rows_ = 0;
  Counters counters_;
};

}  // namespace clue::concepts
