#include "run/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/hash.h"
#include "core/json.h"
#include "core/names.h"
#include "run/derive.h"
#include "run/merge.h"

namespace clue::run {
namespace {

/// What a comparison needs of one sample; the texts stay in the store.
struct Row {
  std::string content;  ///< hash of fields and reference
  std::string prompt;   ///< hash of the prompt
  std::string cluster;
  bool answered = false;  ///< scored and no infrastructure error
  std::map<std::string, double> values;
};
using Key = std::pair<std::string, int>;

std::string content_hash(const store::SampleRow& r) {
  std::string bytes = r.prompt.target;
  for (const auto& [name, value] : r.sample.fields) {
    bytes += fmt::format("\n{}:{}:{}", name, value.size(), value);
  }
  for (const std::string& t : r.sample.targets) bytes += fmt::format("\n{}:{}", t.size(), t);
  return sha256_hex(bytes);
}

Result<std::map<Key, Row>> read_rows(store::RunStore& store, const store::PassRow& pass,
                                     core::RuleSet rules) {
  std::map<Key, Row> rows;
  CLUE_OK(store.samples(pass.id, rules, [&](const store::SampleRow& r) {
    Row row;
    row.content = content_hash(r);
    row.prompt = core::prompt_hash(r.prompt);
    row.cluster = r.sample.cluster.empty() ? r.sample.id : r.sample.cluster;
    row.answered = r.answer && r.answer->status != core::AnswerStatus::error;
    for (const core::Score& s : r.scores) {
      if (s.value) row.values[s.metric] = *s.value;
    }
    rows.emplace(Key(r.sample.id, r.prompt.repeat), std::move(row));
    return true;
  }));
  return rows;
}

struct Pair {
  Key key;
  const Row* a = nullptr;
  const Row* b = nullptr;
};

/// Counts why samples are not common; the rest are pairs, in order of sample id.
std::vector<Pair> align(const std::map<Key, Row>& a, const std::map<Key, Row>& b,
                        TaskComparison& task) {
  std::vector<Pair> pairs;
  for (const auto& [key, row] : a) {
    const auto other = b.find(key);
    if (other == b.end()) {
      ++task.only_in_a;
    } else if (row.content != other->second.content) {
      ++task.other_data;
    } else if (!row.answered || !other->second.answered) {
      ++task.without_answer;
    } else {
      if (row.prompt != other->second.prompt) ++task.different_prompt;
      pairs.push_back({key, &row, &other->second});
    }
  }
  for (const auto& item : b) task.only_in_b += a.contains(item.first) ? 0 : 1;
  task.common = pairs.size();
  return pairs;
}

/// Counts of right and wrong where the metric is nothing else.
void count_right(std::span<const double> a, std::span<const double> b, MetricComparison& m) {
  const auto binary = [](double v) { return v == 0.0 || v == 1.0; };
  m.right_or_wrong =
      std::all_of(a.begin(), a.end(), binary) && std::all_of(b.begin(), b.end(), binary);
  if (!m.right_or_wrong) return;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool right_a = a[i] == 1.0, right_b = b[i] == 1.0;
    if (right_a && right_b) ++m.both_right;
    if (right_a && !right_b) ++m.only_a;
    if (!right_a && right_b) ++m.only_b;
    if (!right_a && !right_b) ++m.both_wrong;
  }
  m.p_mcnemar = metrics::mcnemar_exact(m.only_a, m.only_b);
}

std::optional<MetricComparison> compare_metric(const core::Summary& summary,
                                               const std::vector<Pair>& pairs,
                                               const CompareOptions& options) {
  std::vector<double> a, b, differences;
  std::vector<std::string> clusters;
  for (const Pair& p : pairs) {
    const auto in_a = p.a->values.find(summary.metric);
    const auto in_b = p.b->values.find(summary.metric);
    if (in_a == p.a->values.end() || in_b == p.b->values.end()) continue;
    a.push_back(in_a->second);
    b.push_back(in_b->second);
    differences.push_back(a.back() - b.back());
    clusters.push_back(p.a->cluster);
  }
  auto test = metrics::compare_paired(
      a, b, clusters, {.draws = options.draws, .seed = options.seed, .level = 0.95, .threads = 1});
  if (!test) return std::nullopt;
  MetricComparison m;
  m.metric = summary.metric;
  m.headline = summary.headline;
  m.mean_a = metrics::mean(a);
  m.mean_b = metrics::mean(b);
  m.test = *std::move(test);
  m.p_holm = m.test.p_sign_flip;
  const double sd = metrics::standard_deviation(differences);
  m.detectable = metrics::minimum_detectable_difference(sd, a.size());
  m.effect = sd > 0 ? m.test.difference.mean / sd : 0;
  count_right(a, b, m);
  return m;
}

std::vector<Flip> find_flips(const std::vector<Pair>& pairs, const std::string& metric,
                             std::size_t most) {
  std::vector<Flip> flips;
  for (const Pair& p : pairs) {
    const auto a = p.a->values.find(metric);
    const auto b = p.b->values.find(metric);
    if (a == p.a->values.end() || b == p.b->values.end() || a->second == b->second) continue;
    flips.push_back({p.key.first, p.key.second, a->second, b->second});
  }
  std::stable_sort(flips.begin(), flips.end(), [](const Flip& x, const Flip& y) {
    return std::abs(x.a - x.b) > std::abs(y.a - y.b);
  });
  if (flips.size() > most) flips.resize(most);
  return flips;
}

Status check_signatures(const TaskResults& a, const TaskResults& b) {
  for (const core::Summary& x : a.metrics) {
    for (const core::Summary& y : b.metrics) {
      if (x.metric != y.metric || x.signature == y.signature) continue;
      return Error{ErrorCode::invalid_argument,
                   fmt::format("{}: {} was computed in two ways ({} and {}); score both runs again "
                               "with the same `clue score` command",
                               a.pass.facts.spec.task, x.metric, x.signature, y.signature)};
    }
  }
  return {};
}

Result<TaskComparison> compare_task(store::RunStore& store_a, store::RunStore& store_b,
                                    const TaskResults& a, const TaskResults& b, core::RuleSet rules,
                                    const CompareOptions& options) {
  TaskComparison task;
  task.task = a.pass.facts.spec.task;
  task.spec_differences = spec_differences(a.pass.facts.spec, b.pass.facts.spec);
  for (const TaskResults* t : {&a, &b}) {
    if (!t->metrics.empty()) continue;
    return Error{
        ErrorCode::invalid_argument,
        fmt::format("{} of {} is not scored under the rules \"{}\"; run `clue score` with "
                    "--rules {} on both runs",
                    task.task, t->pass.facts.model.name, core::name(rules), core::name(rules))};
  }
  CLUE_OK(check_signatures(a, b));
  CLUE_TRY(const auto rows_a, read_rows(store_a, a.pass, rules));
  CLUE_TRY(const auto rows_b, read_rows(store_b, b.pass, rules));
  const std::vector<Pair> pairs = align(rows_a, rows_b, task);
  for (const core::Summary& summary : a.metrics) {
    if (auto m = compare_metric(summary, pairs, options)) task.metrics.push_back(*std::move(m));
  }
  const auto first = std::find_if(task.metrics.begin(), task.metrics.end(),
                                  [](const MetricComparison& m) { return m.headline; });
  if (first != task.metrics.end()) task.flips = find_flips(pairs, first->metric, options.flips);
  return task;
}

/// Holm over every headline metric of every task: one family, the claims a reader may make.
void correct(std::vector<TaskComparison>& tasks) {
  std::vector<MetricComparison*> family;
  std::vector<double> p;
  for (TaskComparison& t : tasks) {
    for (MetricComparison& m : t.metrics) {
      if (!m.headline) continue;
      family.push_back(&m);
      p.push_back(m.test.p_sign_flip);
    }
  }
  const std::vector<double> adjusted = metrics::holm(p);
  for (std::size_t i = 0; i < family.size(); ++i) family[i]->p_holm = adjusted[i];
}

const TaskResults* find_task(const RunResults& results, const std::string& name) {
  for (const TaskResults& t : results.tasks) {
    if (t.pass.facts.spec.task == name) return &t;
  }
  return nullptr;
}

}  // namespace

Result<RunComparison> compare_runs(store::RunStore& a, store::RunStore& b, core::RuleSet rules,
                                   const CompareOptions& options) {
  CLUE_TRY(const RunResults results_a, collect_results(a, rules));
  CLUE_TRY(const RunResults results_b, collect_results(b, rules));
  RunComparison comparison;
  comparison.rules = rules;
  comparison.model_a = results_a.model;
  comparison.model_b = results_b.model;
  std::size_t common = 0;
  for (const TaskResults& task : results_a.tasks) {
    const std::string& name = task.pass.facts.spec.task;
    const TaskResults* other = find_task(results_b, name);
    if (other == nullptr) {
      comparison.only_a.push_back(name);
      continue;
    }
    CLUE_TRY(TaskComparison one, compare_task(a, b, task, *other, rules, options));
    common += one.common;
    comparison.tasks.push_back(std::move(one));
  }
  for (const TaskResults& task : results_b.tasks) {
    const std::string& name = task.pass.facts.spec.task;
    if (find_task(results_a, name) == nullptr) comparison.only_b.push_back(name);
  }
  if (common == 0) {
    return Error{ErrorCode::invalid_argument,
                 fmt::format("{} and {}: no sample in common (other tasks, other data, or nothing "
                             "answered), so nothing can be compared",
                             a.dir().string(), b.dir().string())};
  }
  correct(comparison.tasks);
  return comparison;
}

}  // namespace clue::run
