#include "report/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "metrics/stats.h"
#include "report/catalogue.h"
#include "report/run_facts.h"

namespace clue::report {

namespace {

struct Scored {
  std::string cluster;
  std::map<std::string, double> values;
};
using Key = std::pair<std::string, int>;

Result<std::map<Key, Scored>> scored(const PassInput& pass) {
  std::map<Key, Scored> out;
  CLUE_OK(pass.samples([&](const store::SampleRow& row) {
    Scored one;
    one.cluster = row.sample.cluster;
    for (const core::Score& s : row.scores) {
      if (s.value && is_share(s.metric)) one.values[s.metric] = *s.value;
    }
    if (row.generation.error.empty()) out[{row.sample.id, row.prompt.repeat}] = std::move(one);
    return true;
  }));
  return out;
}

/// Differences that a reader must know but that do not forbid comparing.
std::vector<std::string> notes(const store::PassFacts& a, const store::PassFacts& b) {
  std::vector<std::string> out;
  if (a.spec.data_hash != b.spec.data_hash) {
    out.emplace_back("The data files differ (their hashes are not the same).");
  }
  if (a.spec.prompt_hash != b.spec.prompt_hash) {
    out.push_back(
        fmt::format("The prompts differ: {} and {}.", a.spec.prompt_set, b.spec.prompt_set));
  }
  if (a.spec.shots != b.spec.shots) {
    out.push_back(
        fmt::format("The numbers of examples differ: {} and {}.", a.spec.shots, b.spec.shots));
  }
  if (a.limit != b.limit) out.emplace_back("The runs were limited differently (--limit).");
  return out;
}

std::string refusal(const PassInput& a, const PassInput& b) {
  if (a.rules != b.rules) {
    return fmt::format(
        "Not compared: scored under different rules ({} and {}). Score both under "
        "one: clue score RUN --rules {}.",
        rules_name(a.rules), rules_name(b.rules), rules_name(a.rules));
  }
  for (const core::Summary& s : a.summaries) {
    for (const core::Summary& t : b.summaries) {
      if (s.metric == t.metric && s.mean && t.mean && s.signature != t.signature) {
        return fmt::format(
            "Not compared: {} was computed differently ({} and {}). Score both "
            "again with the same resources.",
            metric_title(s.metric), s.signature, t.signature);
      }
    }
  }
  return "";
}

MetricDifference difference(const std::string& metric, bool headline, const std::vector<double>& a,
                            const std::vector<double>& b, const std::vector<std::string>& clusters,
                            std::size_t draws) {
  MetricDifference out;
  out.metric = metric;
  out.headline = headline;
  out.n = a.size();
  const auto test = metrics::compare_paired(a, b, clusters, {.draws = draws});
  if (!test) {
    out.why = "no common sample has this score";
    return out;
  }
  out.mean_a = metrics::mean(a);
  out.mean_b = metrics::mean(b);
  out.diff = test->difference.mean;
  out.low = test->difference.low;
  out.high = test->difference.high;
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  const double sd = metrics::standard_deviation(differences);
  if (sd > 0) out.effect = *out.diff / sd;
  const bool binary = std::ranges::all_of(a, [](double v) { return v == 0 || v == 1; }) &&
                      std::ranges::all_of(b, [](double v) { return v == 0 || v == 1; });
  if (binary && test->clusters == test->n) {
    const auto a_only = static_cast<std::size_t>(std::ranges::count(differences, 1.0));
    const auto b_only = static_cast<std::size_t>(std::ranges::count(differences, -1.0));
    out.p = metrics::mcnemar_exact(a_only, b_only);
    out.test = "exact McNemar";
  } else {
    out.p = test->p_sign_flip;
    out.test = fmt::format("sign-flip permutation{}, {} clusters", test->exact ? " (exact)" : "",
                           test->clusters);
  }
  // Clustered samples carry less information: the design effect of the interval goes into sd.
  const double half = (*out.high - *out.low) / 2;
  const double n = static_cast<double>(test->n);
  const double from_interval = half / 1.959963984540054 * std::sqrt(n);
  out.detectable = metrics::minimum_detectable_difference(
      test->clusters == test->n ? sd : std::max(sd, from_interval), test->n);
  return out;
}

}  // namespace

Result<ComparisonInput> compare_passes(const std::vector<RunInput>& runs, PassRef a, PassRef b,
                                       std::size_t draws) {
  const PassInput& first = runs[a.run].passes[a.pass];
  const PassInput& second = runs[b.run].passes[b.pass];
  ComparisonInput out;
  out.run_a = a.run;
  out.pass_a = a.pass;
  out.run_b = b.run;
  out.pass_b = b.pass;
  out.refused = refusal(first, second);
  out.notes = notes(first.row.facts, second.row.facts);
  if (!out.refused.empty()) return out;
  CLUE_TRY(auto left, scored(first));
  CLUE_TRY(auto right, scored(second));
  for (const auto& [key, value] : left) ++(right.contains(key) ? out.common : out.only_a);
  out.only_b = right.size() - out.common;
  for (const core::Summary& s : first.summaries) {
    if (!is_share(s.metric)) continue;
    std::vector<double> va, vb;
    std::vector<std::string> clusters;
    std::set<std::string> different;
    for (const auto& [key, one] : left) {
      const auto other = right.find(key);
      if (other == right.end()) continue;
      const auto x = one.values.find(s.metric);
      const auto y = other->second.values.find(s.metric);
      if (x == one.values.end() || y == other->second.values.end()) continue;
      va.push_back(x->second);
      vb.push_back(y->second);
      clusters.push_back(one.cluster.empty() ? key.first : one.cluster);
      different.insert(clusters.back());
    }
    if (different.size() == va.size()) clusters.clear();
    if (va.empty() && !s.headline) continue;  // figures over the whole task have no samples
    out.metrics.push_back(difference(s.metric, s.headline, va, vb, clusters, draws));
    if (!out.has_flips && s.metric == "accuracy" && !va.empty()) {
      out.has_flips = true;
      out.flips_metric = s.metric;
      for (std::size_t i = 0; i < va.size(); ++i) {
        const bool p = va[i] > 0.5;
        const bool q = vb[i] > 0.5;
        ++(p ? (q ? out.both : out.first) : (q ? out.second : out.neither));
      }
    }
  }
  std::vector<double> p;
  for (const MetricDifference& m : out.metrics) {
    if (m.p) p.push_back(*m.p);
  }
  const std::vector<double> corrected = metrics::holm(p);
  std::size_t next = 0;
  for (MetricDifference& m : out.metrics) {
    if (m.p) m.p_holm = corrected[next++];
  }
  return out;
}

Result<std::vector<ComparisonInput>> compare_runs(const std::vector<RunInput>& runs,
                                                  std::size_t draws) {
  const std::vector<std::string> names = run_names(runs);
  const auto is_base = [&](std::size_t base, std::size_t tuned) {
    if (runs[tuned].passes.empty()) return false;
    const auto& details = runs[tuned].passes.front().row.facts.model.details;
    const auto found = details.find("base_model");
    return found != details.end() && found->second == names[base];
  };
  std::vector<ComparisonInput> out;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t j = i + 1; j < runs.size(); ++j) {
      if (runs.size() > 5 && !is_base(i, j) && !is_base(j, i)) continue;
      // A tuned model comes before its base, so that a positive difference means it helped.
      const std::size_t a = is_base(i, j) ? j : i;
      const std::size_t b = a == i ? j : i;
      for (std::size_t p = 0; p < runs[a].passes.size(); ++p) {
        for (std::size_t q = 0; q < runs[b].passes.size(); ++q) {
          const PassInput& first = runs[a].passes[p];
          const PassInput& second = runs[b].passes[q];
          if (first.row.facts.spec.task != second.row.facts.spec.task ||
              first.rules != second.rules) {
            continue;
          }
          CLUE_TRY(ComparisonInput one, compare_passes(runs, {a, p}, {b, q}, draws));
          if (one.refused.empty() && one.common == 0) continue;
          out.push_back(std::move(one));
        }
      }
    }
  }
  return out;
}

}  // namespace clue::report
