#include "metrics/stats.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <thread>

#include "base/check.h"

namespace clue::metrics {
namespace {

/// S. Vigna's splitmix64: a counter through a mixing function, so that any draw can start anywhere.
class SplitMix {
 public:
  SplitMix(std::uint64_t seed, std::uint64_t draw)
      : state_(mix(seed) ^ mix(draw + 0x632BE59BD9B4E019u)) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    return mix(state_);
  }
  /// Uniform in [0, n): D. Lemire's multiplication with rejection.
  std::size_t below(std::size_t n) {
    const auto bound = static_cast<std::uint64_t>(n);
    for (;;) {
      __extension__ using Wide = unsigned __int128;
      const Wide product = static_cast<Wide>(next()) * bound;
      if (static_cast<std::uint64_t>(product) >= (0 - bound) % bound) {
        return static_cast<std::size_t>(product >> 64);
      }
    }
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  std::uint64_t state_;
};

void parallel(std::size_t n, unsigned threads,
              const std::function<void(std::size_t, std::size_t)>& work) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  threads = static_cast<unsigned>(std::min<std::size_t>(threads, std::max<std::size_t>(n / 64, 1)));
  if (threads <= 1) return work(0, n);
  std::vector<std::jthread> pool;
  for (unsigned t = 0; t < threads; ++t) {
    pool.emplace_back([=, &work] { work(n * t / threads, n * (t + 1) / threads); });
  }
}

struct Cluster {
  double sum = 0;
  double n = 0;
};

/// Sums of each cluster, in order of first sight.
std::vector<Cluster> clustered(std::span<const double> values, std::span<const std::string> ids) {
  CLUE_CHECK(ids.empty() || ids.size() == values.size());
  std::vector<Cluster> out;
  std::map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t at = out.size();
    if (!ids.empty() && !ids[i].empty()) at = place.emplace(ids[i], out.size()).first->second;
    if (at == out.size()) out.emplace_back();
    out[at].sum += values[i];
    out[at].n += 1;
  }
  return out;
}

double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

std::vector<double> resampled_means(const std::vector<Cluster>& clusters, const Draws& d) {
  std::vector<double> out(d.draws);
  parallel(d.draws, d.threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      SplitMix rng(d.seed, i);
      Cluster total;
      for (std::size_t k = 0; k < clusters.size(); ++k) {
        const Cluster& c = clusters[rng.below(clusters.size())];
        total.sum += c.sum;
        total.n += c.n;
      }
      out[i] = total.sum / total.n;
    }
  });
  std::sort(out.begin(), out.end());
  return out;
}

Interval interval(std::span<const double> values, const std::vector<Cluster>& clusters,
                  const std::vector<double>& sorted, const Draws& d) {
  Interval out;
  out.mean = mean(values);
  out.low = out.high = out.mean;
  if (!sorted.empty() && clusters.size() > 1) {
    out.low = quantile(sorted, (1 - d.level) / 2);
    out.high = quantile(sorted, (1 + d.level) / 2);
  }
  out.method =
      "bootstrap-percentile, " + std::to_string(d.draws) + " draws, seed " + std::to_string(d.seed);
  if (clusters.size() != values.size())
    out.method += ", " + std::to_string(clusters.size()) + " clusters";
  return out;
}

/// Share of sign assignments whose sum is at least as far from zero as the one seen. Sums that are
/// equal but for rounding count as equal.
double sign_flip(const std::vector<Cluster>& clusters, const Draws& d, bool& exact) {
  double seen = 0, scale = 0;
  for (const Cluster& c : clusters) {
    seen += c.sum;
    scale += std::abs(c.sum);
  }
  const double limit = std::abs(seen) - 1e-12 * scale;
  exact = clusters.size() <= 16;
  if (exact) {
    const std::size_t all = std::size_t{1} << clusters.size();
    std::size_t hits = 0;
    for (std::size_t signs = 0; signs < all; ++signs) {
      double sum = 0;
      for (std::size_t k = 0; k < clusters.size(); ++k) {
        sum += (signs >> k & 1u) != 0 ? -clusters[k].sum : clusters[k].sum;
      }
      if (std::abs(sum) >= limit) ++hits;
    }
    return static_cast<double>(hits) / static_cast<double>(all);
  }
  std::vector<unsigned char> hit(d.draws);
  parallel(d.draws, d.threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      SplitMix rng(d.seed ^ 0x5851F42D4C957F2Du, i);
      double sum = 0;
      std::uint64_t bits = 0;
      for (std::size_t k = 0; k < clusters.size(); ++k, bits >>= 1) {
        if (k % 64 == 0) bits = rng.next();
        sum += (bits & 1u) != 0 ? -clusters[k].sum : clusters[k].sum;
      }
      hit[i] = std::abs(sum) >= limit ? 1 : 0;
    }
  });
  const auto hits = std::accumulate(hit.begin(), hit.end(), std::size_t{0});
  return (static_cast<double>(hits) + 1) / (static_cast<double>(d.draws) + 1);
}

// Regularised incomplete beta function by Lentz's continued fraction (Abramowitz and
// Stegun 26.5.8).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::abs(d) < kTiny ? kTiny : d);
  double h = d;
  for (int m = 1; m <= 2000; ++m) {
    const double k = m;
    for (const double term : {k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k)),
                              -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))}) {
      d = 1 + term * d;
      c = 1 + term / c;
      d = 1 / (std::abs(d) < kTiny ? kTiny : d);
      if (std::abs(c) < kTiny) c = kTiny;
      h *= d * c;
    }
    if (std::abs(d * c - 1) < 1e-16) break;
  }
  return h;
}

double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                   : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

template <typename F>
double bisect(F&& rising, double target, double low, double high) {
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (rising(middle) < target ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

std::vector<std::size_t> order_of(std::span<const double> v) {
  std::vector<std::size_t> order(v.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [v](std::size_t i, std::size_t j) { return v[i] < v[j]; });
  return order;
}

std::vector<double> average_ranks(std::span<const double> v) {
  const auto order = order_of(v);
  std::vector<double> out(v.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i + 1;
    while (end < order.size() && v[order[end]] == v[order[i]]) ++end;
    for (std::size_t k = i; k < end; ++k) out[order[k]] = static_cast<double>(i + end + 1) / 2;
    i = end;
  }
  return out;
}

}  // namespace

double mean(std::span<const double> values) {
  double sum = 0, lost = 0;  // Neumaier's compensated sum: independent of order to the last digits
  for (const double v : values) {
    const double t = sum + v;
    lost += std::abs(sum) >= std::abs(v) ? (sum - t) + v : (v - t) + sum;
    sum = t;
  }
  return values.empty() ? 0 : (sum + lost) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double m = mean(values);
  double sum = 0;
  for (const double v : values) sum += (v - m) * (v - m);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

double normal_quantile(double p) {
  CLUE_CHECK(p > 0 && p < 1);
  if (p > 0.5) return -normal_quantile(1 - p);
  return bisect([](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }, p, -40, 0);
}

std::optional<Interval> bootstrap_ci(std::span<const double> values,
                                     std::span<const std::string> clusters, const Draws& draws) {
  if (values.empty()) return std::nullopt;
  const auto groups = clustered(values, clusters);
  return interval(values, groups, resampled_means(groups, draws), draws);
}

std::optional<PairedTest> compare_paired(std::span<const double> a, std::span<const double> b,
                                         std::span<const std::string> clusters,
                                         const Draws& draws) {
  CLUE_CHECK(a.size() == b.size());
  if (a.empty()) return std::nullopt;
  std::vector<double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  const auto groups = clustered(difference, clusters);
  const auto sorted = resampled_means(groups, draws);
  PairedTest t;
  t.n = a.size();
  t.clusters = groups.size();
  t.difference = interval(difference, groups, sorted, draws);
  const auto below = std::count_if(sorted.begin(), sorted.end(), [](double x) { return x <= 0; });
  const auto above = std::count_if(sorted.begin(), sorted.end(), [](double x) { return x >= 0; });
  const double n = static_cast<double>(draws.draws) + 1;
  t.p_bootstrap = std::min(1.0, 2 * (static_cast<double>(std::min(below, above)) + 1) / n);
  t.p_sign_flip = sign_flip(groups, draws, t.exact);
  return t;
}

double mcnemar_exact(std::size_t only_a, std::size_t only_b) {
  const std::size_t n = only_a + only_b;
  const std::size_t k = std::min(only_a, only_b);
  if (n == 0 || 2 * k == n) return 1;
  // P(X <= k) of a fair coin = I_{1/2}(n - k, k + 1)
  return std::min(1.0,
                  2 * incomplete_beta(static_cast<double>(n - k), static_cast<double>(k) + 1, 0.5));
}

std::vector<double> holm(std::span<const double> p) {
  const auto order = order_of(p);
  std::vector<double> out(p.size());
  double running = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    running = std::max(running, p[order[i]] * static_cast<double>(p.size() - i));
    out[order[i]] = std::min(1.0, running);
  }
  return out;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  const auto order = order_of(p);
  std::vector<double> out(p.size());
  double running = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    running =
        std::min(running, p[order[i]] * static_cast<double>(p.size()) / static_cast<double>(i + 1));
    out[order[i]] = running;
  }
  return out;
}

std::pair<double, double> wilson(std::size_t k, std::size_t n, double level) {
  CLUE_CHECK(k <= n);
  if (n == 0) return {0, 1};
  const double z = normal_quantile((1 + level) / 2);
  const auto count = static_cast<double>(n);
  const double p = static_cast<double>(k) / count;
  const double centre = (p + z * z / (2 * count)) / (1 + z * z / count);
  const double half =
      z / (1 + z * z / count) * std::sqrt(p * (1 - p) / count + z * z / (4 * count * count));
  return {k == 0 ? 0 : centre - half, k == n ? 1 : centre + half};
}

std::pair<double, double> clopper_pearson(std::size_t k, std::size_t n, double level) {
  CLUE_CHECK(k <= n);
  const auto hits = static_cast<double>(k);
  const auto misses = static_cast<double>(n - k);
  const auto quantile_of = [](double a, double b, double q) {
    return bisect([a, b](double x) { return incomplete_beta(a, b, x); }, q, 0, 1);
  };
  return {k == 0 ? 0 : quantile_of(hits, misses + 1, (1 - level) / 2),
          k == n ? 1 : quantile_of(hits + 1, misses, (1 + level) / 2)};
}

// P(|T| > t) = I_x(freedom / 2, 1 / 2) at x = freedom / (freedom + t^2) (Abramowitz and
// Stegun 26.7.1).
double student_t_factor(double freedom, double level) {
  CLUE_CHECK(freedom > 0 && level > 0 && level < 1);
  const double x = bisect([freedom](double at) { return incomplete_beta(freedom / 2, 0.5, at); },
                          1 - level, 0, 1);
  return std::sqrt(freedom * (1 - x) / x);
}

std::optional<double> minimum_detectable_difference(double sd, std::size_t n, double alpha,
                                                    double power) {
  if (n < 2) return std::nullopt;
  return (normal_quantile(1 - alpha / 2) + normal_quantile(power)) * sd /
         std::sqrt(static_cast<double>(n));
}

std::vector<Placing> place(std::span<const double> means, const std::vector<std::vector<double>>& p,
                           double alpha) {
  const std::size_t n = means.size();
  CLUE_CHECK(p.size() == n);
  std::vector<Placing> out(n);
  const auto beats = [&](std::size_t i, std::size_t j) {
    return means[i] > means[j] && p[i][j] < alpha;
  };
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t above = 0, better = 0, worse = 0;
    for (std::size_t j = 0; j < n; ++j) {
      if (j == i) continue;
      above += means[j] > means[i] ? 1u : 0u;
      better += beats(j, i) ? 1u : 0u;
      worse += beats(i, j) ? 1u : 0u;
    }
    out[i] = {above + 1, better + 1, n - worse, 0};
  }
  auto order = order_of(means);
  std::reverse(order.begin(), order.end());
  std::size_t leader = 0, group = 0;
  for (std::size_t k = 0; k < n; ++k) {
    if (k == 0 || beats(order[leader], order[k])) {
      leader = k;
      ++group;
    }
    out[order[k]].tie_group = group;
  }
  return out;
}

std::optional<double> cohen_kappa(std::span<const std::string> a, std::span<const std::string> b) {
  CLUE_CHECK(a.size() == b.size());
  if (a.empty()) return std::nullopt;
  std::map<std::string_view, std::pair<double, double>> share;
  double agree = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    share[a[i]].first += 1;
    share[b[i]].second += 1;
    agree += a[i] == b[i] ? 1 : 0;
  }
  const auto n = static_cast<double>(a.size());
  double chance = 0;
  for (const auto& [label, s] : share) chance += s.first / n * (s.second / n);
  if (share.size() == 1) return std::nullopt;
  return (agree / n - chance) / (1 - chance);
}

std::optional<double> pearson(std::span<const double> x, std::span<const double> y) {
  CLUE_CHECK(x.size() == y.size());
  if (x.size() < 2) return std::nullopt;
  const double mx = mean(x), my = mean(y);
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
  }
  if (xx <= 0 || yy <= 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0);
}

std::optional<double> spearman(std::span<const double> x, std::span<const double> y) {
  return pearson(average_ranks(x), average_ranks(y));
}

}  // namespace clue::metrics
