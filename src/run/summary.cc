#include "run/summary.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace clue::run {
namespace {

constexpr int kDraws = 2000;
constexpr std::uint64_t kSeed = 1;

/// splitmix64: a counter-based stream, so that draw k is the same whoever computes it.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

struct Cluster {
  double sum = 0;
  double n = 0;
};

/// Percentile bootstrap of a ratio of sums over clusters (Efron & Tibshirani 1993, chapter 13):
/// whole clusters are drawn with replacement; the 2.5 % and 97.5 % points by linear interpolation.
std::array<double, 2> interval(const std::vector<Cluster>& clusters) {
  std::vector<double> means(kDraws);
  const std::uint64_t count = clusters.size();
  for (int d = 0; d < kDraws; ++d) {
    double sum = 0, n = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t random = mix(mix(kSeed + static_cast<std::uint64_t>(d)) ^ i);
      const Cluster& c = clusters[static_cast<std::size_t>(
          (static_cast<unsigned __int128>(random) * count) >> 64)];
      sum += c.sum;
      n += c.n;
    }
    means[static_cast<std::size_t>(d)] = sum / n;
  }
  std::sort(means.begin(), means.end());
  const auto at = [&](double q) {
    const double x = q * (kDraws - 1);
    const auto i = static_cast<std::size_t>(x);
    const double next = means[std::min(i + 1, means.size() - 1)];
    return means[i] + (x - static_cast<double>(i)) * (next - means[i]);
  };
  return {at(0.025), at(0.975)};
}

/// The values of one metric over the samples, in evaluation order.
struct Column {
  std::vector<double> values;
  std::vector<const std::string*> clusters;
  std::size_t missing = 0;
  std::string why;
};

core::Summary summarize_column(const std::string& metric, const Column& column, bool first_twice) {
  core::Summary s;
  s.metric = metric;
  s.n = column.values.size();
  s.missing = column.missing;
  if (column.values.empty()) {
    s.why = column.why.empty() ? "no sample has a value" : column.why;
    return s;
  }
  double sum = 0;
  for (const double v : column.values) sum += v;
  double n = static_cast<double>(s.n);
  if (first_twice) {
    sum += column.values.front();
    n += 1;
  }
  s.mean = sum / n;
  std::vector<Cluster> clusters;
  std::unordered_map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    const auto [it, added] = index.try_emplace(*column.clusters[i], clusters.size());
    if (added) clusters.emplace_back();
    clusters[it->second].sum += column.values[i];
    clusters[it->second].n += 1;
  }
  if (clusters.size() > 1) {
    const auto [low, high] = interval(clusters);
    s.ci_low = low;
    s.ci_high = high;
    s.ci_method = "percentile bootstrap, 2000 draws, seed 1, " + std::to_string(clusters.size()) +
                  (clusters.size() == s.n ? " samples" : " clusters");
  }
  return s;
}

}  // namespace

std::vector<core::Summary> summarize(const tasks::TaskFile& task,
                                     const std::vector<ScoredSample>& samples, bool first_twice) {
  std::vector<std::string> order = task.metrics;
  std::map<std::string, Column> columns;
  for (const ScoredSample& s : samples) {
    for (const core::Score& score : s.scores) {
      if (std::find(order.begin(), order.end(), score.metric) == order.end())
        order.push_back(score.metric);
      Column& c = columns[score.metric];
      if (score.value) {
        c.values.push_back(*score.value);
        c.clusters.push_back(&s.cluster);
      } else {
        ++c.missing;
        if (c.why.empty()) c.why = score.why;
      }
    }
  }
  const auto errors = static_cast<std::size_t>(
      std::count_if(samples.begin(), samples.end(),
                    [](const ScoredSample& s) { return s.status == core::AnswerStatus::error; }));
  std::vector<core::Summary> out;
  for (const std::string& metric : order) {
    core::Summary s = summarize_column(metric, columns[metric], first_twice);
    s.missing += errors;
    s.headline =
        std::find(task.headline.begin(), task.headline.end(), metric) != task.headline.end();
    out.push_back(std::move(s));
  }
  return out;
}

}  // namespace clue::run
