// Intervals, tests and comparisons over per-sample scores. Used by summaries, `clue compare` and
// the board. Pure functions: the same input and seed give the same result with any number of
// threads, since every draw has its own generator (splitmix64 seeded by seed and draw number).
// Missing values must be taken out before; pairs must be aligned.
//
//   auto ci = bootstrap_ci(values, clusters, {.draws = 2000, .seed = 1});   // {} clusters: each
//   its own if (ci) print(ci->mean, ci->low, ci->high);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace clue::metrics {

struct Draws {
  std::size_t draws = 2000;
  std::uint64_t seed = 1;
  double level = 0.95;
  unsigned threads = 1;  ///< 0: as many as the machine has
};

struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
  std::string method;  ///< "bootstrap-percentile, 2000 draws, seed 1, 20 clusters"
};

/// Percentile bootstrap of the mean (B. Efron, 1979). Whole clusters are drawn, the mean is over
/// their samples; quantiles interpolate linearly (NumPy's default). `clusters`: an id for each
/// value, or empty. nullopt: no values. One cluster: low = high = mean.
[[nodiscard]] std::optional<Interval> bootstrap_ci(std::span<const double> values,
                                                   std::span<const std::string> clusters,
                                                   const Draws& draws = {});

struct PairedTest {
  Interval difference;     ///< mean of a - b, by paired (clustered) bootstrap
  double p_bootstrap = 1;  ///< two-sided, twice the smaller tail, at least 1/(draws+1)
  double p_sign_flip =
      1;               ///< two-sided permutation over signs of clusters; exact up to 16 clusters
  bool exact = false;  ///< p_sign_flip went over all 2^n signs
  std::size_t n = 0;
  std::size_t clusters = 0;
};
/// Requires: a.size() == b.size(). nullopt: no values.
[[nodiscard]] std::optional<PairedTest> compare_paired(std::span<const double> a,
                                                       std::span<const double> b,
                                                       std::span<const std::string> clusters,
                                                       const Draws& draws = {.draws = 10000});

/// Exact two-sided McNemar test: of the discordant pairs, `only_a` had a right and b wrong. 1 for
/// none.
[[nodiscard]] double mcnemar_exact(std::size_t only_a, std::size_t only_b);

/// Adjusted p values in input order: family-wise error (S. Holm, 1979), false discovery rate
/// (Y. Benjamini and Y. Hochberg, 1995).
[[nodiscard]] std::vector<double> holm(std::span<const double> p);
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p);

/// Intervals of a share of k in n. Requires: k <= n. n = 0: {0, 1}.
[[nodiscard]] std::pair<double, double> wilson(std::size_t k, std::size_t n, double level = 0.95);
[[nodiscard]] std::pair<double, double> clopper_pearson(std::size_t k, std::size_t n,
                                                        double level = 0.95);

/// Half the width of a two-sided interval of Student's t in standard errors: 1.96 at 95 % for many
/// degrees of freedom, 2.093 for 19. For means of few clusters (A. C. Cameron and D. L. Miller,
/// 2015: clusters less one). `freedom` > 0, `level` in (0, 1).
[[nodiscard]] double student_t_factor(double freedom, double level = 0.95);

/// Smallest true mean difference that a two-sided paired test of n pairs finds with this power:
/// (z(1 - alpha/2) + z(power)) sd / sqrt(n). nullopt for n < 2.
[[nodiscard]] std::optional<double> minimum_detectable_difference(double sd_of_differences,
                                                                  std::size_t n,
                                                                  double alpha = 0.05,
                                                                  double power = 0.8);

/// Places on a board. `p[i][j]`: adjusted p value of i against j (symmetric). A model's best rank
/// is one more than the number of models that are significantly better, its worst likewise from
/// below. A group holds, from the best on, the models not significantly worse than its first.
struct Placing {
  std::size_t rank = 0;  ///< by mean, 1-based; equal means share the better one
  std::size_t best = 0;
  std::size_t worst = 0;
  std::size_t tie_group = 0;  ///< 1-based
};
[[nodiscard]] std::vector<Placing> place(std::span<const double> means,
                                         const std::vector<std::vector<double>>& p,
                                         double alpha = 0.05);

/// Agreement beyond chance of two raters over nominal labels; nullopt: no items, or both raters
/// used one and the same label throughout (undefined).
[[nodiscard]] std::optional<double> cohen_kappa(std::span<const std::string> a,
                                                std::span<const std::string> b);
/// nullopt: fewer than two pairs or no variance.
[[nodiscard]] std::optional<double> pearson(std::span<const double> x, std::span<const double> y);
[[nodiscard]] std::optional<double> spearman(std::span<const double> x, std::span<const double> y);

[[nodiscard]] double mean(std::span<const double> values);
/// Sample standard deviation (n - 1); 0 for fewer than two.
[[nodiscard]] double standard_deviation(std::span<const double> values);
/// Quantile of the standard normal distribution. Requires: 0 < p < 1.
[[nodiscard]] double normal_quantile(double p);

}  // namespace clue::metrics
