#include "report/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/json.h"
#include "core/names.h"
#include "metrics/stats.h"
#include "report/catalogue.h"
#include "report/run_facts.h"
#include "report/scores.h"

namespace clue::report {

namespace {

/// How options were ranked (--answer logprob): servers tell the first token only.
std::string ranking(const store::PassFacts& facts) {
  if (!facts.spec.extra.contains("answer")) return {};
  const auto found = facts.model.details.find("logprobs");
  return found == facts.model.details.end() ? "whole likelihood" : found->second;
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
  if (a.limit != b.limit) {
    const auto limit = [](int n) { return n > 0 ? fmt::format("--limit {}", n) : "all samples"; };
    out.push_back(fmt::format("The runs were limited differently: {} and {}.", limit(a.limit),
                              limit(b.limit)));
  }
  if (const std::string x = ranking(a), y = ranking(b); x != y && !x.empty() && !y.empty()) {
    out.push_back(fmt::format("Options were ranked differently: by {} and by {}.", x, y));
  }
  const std::pair<const char*, bool> others[] = {
      {"The decoding differs (temperature, seed or length of the answer).",
       core::to_json(a.spec.decoding) != core::to_json(b.spec.decoding)},
      {"LongHealth's draws differ (--seed).", a.spec.prompt_seed != b.spec.prompt_seed},
      {"Long prompts were treated differently (--overflow, --max-context).",
       a.spec.overflow != b.spec.overflow || a.spec.max_context != b.spec.max_context}};
  for (const auto& [text, differs] : others) {
    if (differs) out.emplace_back(text);
  }
  return out;
}

std::string refusal(const PassInput& a, const PassInput& b) {
  if (a.rules != b.rules) {
    return fmt::format(
        "Not compared: scored under different rules ({} and {}). Score both under "
        "one: clue score RUN --rules {}.",
        core::name(a.rules), core::name(b.rules), core::name(a.rules));
  }
  for (const core::Summary& s : a.summaries) {
    for (const core::Summary& t : b.summaries) {
      if (s.metric == t.metric && s.mean && t.mean && pinned(s.signature) != pinned(t.signature)) {
        return fmt::format(
            "Not compared: {} was computed differently ({} and {}). Score both "
            "again with the same resources.",
            s.metric, s.signature, t.signature);
      }
    }
  }
  return "";
}

MetricDifference difference(const std::string& metric, bool headline, const PairedColumn& column,
                            std::size_t draws) {
  const auto& [a, b, clusters] = column;
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

void add_uncommon(ComparisonInput& out, const std::string& why, const SampleKey& key) {
  auto found = std::ranges::find(out.uncommon, why, &Uncommon::why);
  if (found == out.uncommon.end()) {
    out.uncommon.push_back({why, 0, {}});
    found = out.uncommon.end() - 1;
  }
  ++found->count;
  if (found->samples.size() < 10) {
    found->samples.push_back(key.second > 0 ? fmt::format("{}#{}", key.first, key.second)
                                            : key.first);
  }
}

/// Counts what both have and files everything else under its reason.
void count_common(ComparisonInput& out, const PassScores& a, const PassScores& b) {
  const auto absent = [&](const SampleKey& key, const PassScores& other, const char* here,
                          const char* there) {
    add_uncommon(out,
                 other.failed.contains(key)
                     ? fmt::format("only in {}: the generation failed in {}", here, there)
                     : fmt::format("only in {}: {} did not ask it", here, there),
                 key);
  };
  for (const auto& [key, one] : a.samples) {
    const auto found = b.samples.find(key);
    if (found == b.samples.end()) {
      ++out.only_a;
      absent(key, b, "A", "B");
      continue;
    }
    const SampleScores& other = found->second;
    if (one.content != 0 && other.content != 0 && one.content != other.content) {
      ++out.other_text;
      add_uncommon(out, "in both, but with another text or reference under the same id", key);
      continue;
    }
    ++out.common;
    out.other_prompt += one.prompt != 0 && other.prompt != 0 && one.prompt != other.prompt;
  }
  for (const auto& [key, one] : b.samples) {
    if (a.samples.contains(key)) continue;
    ++out.only_b;
    absent(key, a, "B", "A");
  }
  for (const SampleKey& key : a.failed) {
    if (b.failed.contains(key)) add_uncommon(out, "the generation failed in both", key);
  }
}

struct PassRef {
  std::size_t run = 0;
  std::size_t pass = 0;
};

Result<ComparisonInput> compare_passes(const std::vector<RunInput>& runs, PassRef a, PassRef b,
                                       ScoreCache& cache, std::size_t draws) {
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
  CLUE_TRY(const PassScores* left, cache.get(a.run, a.pass));
  CLUE_TRY(const PassScores* right, cache.get(b.run, b.pass));
  count_common(out, *left, *right);
  for (const core::Summary& s : first.summaries) {
    if (!is_share(s.metric)) continue;
    const PairedColumn column = paired_column(*left, *right, s.metric);
    if (column.a.empty() && !s.headline) continue;  // figures over the whole task have no samples
    out.metrics.push_back(difference(s.metric, s.headline, column, draws));
    out.metrics.back().title = metric_title(s.metric, s.signature);
    if (!out.has_flips && s.metric == "accuracy" && !column.a.empty()) {
      out.has_flips = true;
      out.flips_metric = s.metric;
      for (std::size_t i = 0; i < column.a.size(); ++i) {
        const bool p = column.a[i] > 0.5;
        const bool q = column.b[i] > 0.5;
        ++(p ? (q ? out.both : out.first) : (q ? out.second : out.neither));
      }
    }
  }
  return out;
}

/// The passes of a task in two runs that stand against each other: equal rule sets where both have
/// one, else the first of each, to be refused by name.
std::vector<std::pair<std::size_t, std::size_t>> matching(const RunInput& a, const RunInput& b) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  std::set<std::string> equal;
  const auto each = [&](bool same_rules) {
    for (std::size_t p = 0; p < a.passes.size(); ++p) {
      const std::string& task = a.passes[p].row.facts.spec.task;
      for (std::size_t q = 0; q < b.passes.size(); ++q) {
        if (b.passes[q].row.facts.spec.task != task) continue;
        if (same_rules ? a.passes[p].rules == b.passes[q].rules : !equal.contains(task)) {
          out.emplace_back(p, q);
          equal.insert(task);
        }
      }
    }
  };
  each(true);
  each(false);
  return out;
}

/// Holm over the headline metrics of one family of comparisons.
void correct(std::vector<ComparisonInput>& all, std::size_t begin) {
  std::vector<double> p;
  const auto each = [&](auto&& visit) {
    for (std::size_t i = begin; i < all.size(); ++i) {
      for (MetricDifference& m : all[i].metrics) {
        if (m.headline && m.p) visit(m);
      }
    }
  };
  each([&](MetricDifference& m) { p.push_back(*m.p); });
  const std::vector<double> corrected = metrics::holm(p);
  std::size_t next = 0;
  each([&](MetricDifference& m) {
    m.family = p.size();
    m.p_holm = corrected[next++];
  });
}

/// Which runs stand against which when nobody says: a tuned model comes before its base, so that a
/// positive difference means it helped.
std::vector<std::pair<std::size_t, std::size_t>> natural_pairs(const std::vector<RunInput>& runs) {
  const std::vector<std::string> names = run_names(runs);
  const auto is_base = [&](std::size_t base, std::size_t tuned) {
    if (runs[tuned].passes.empty()) return false;
    const auto& details = runs[tuned].passes.front().row.facts.model.details;
    const auto found = details.find("base_model");
    return found != details.end() && found->second == names[base];
  };
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t j = i + 1; j < runs.size(); ++j) {
      if (is_base(i, j)) {
        out.emplace_back(j, i);
      } else if (runs.size() <= 5 || is_base(j, i)) {
        out.emplace_back(i, j);
      }
    }
  }
  return out;
}

}  // namespace

Result<std::vector<ComparisonInput>> compare_runs(const std::vector<RunInput>& runs,
                                                  const CompareOptions& options) {
  ScoreCache cache(runs);
  std::vector<ComparisonInput> out;
  for (const auto& [a, b] : options.pairs.empty() ? natural_pairs(runs) : options.pairs) {
    const std::size_t begin = out.size();
    for (const auto& [p, q] : matching(runs[a], runs[b])) {
      CLUE_TRY(ComparisonInput one, compare_passes(runs, {a, p}, {b, q}, cache, options.draws));
      out.push_back(std::move(one));
    }
    if (!options.one_family) correct(out, begin);
  }
  if (options.one_family) correct(out, 0);
  return out;
}

}  // namespace clue::report
