#include "run/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "metrics/stats.h"

namespace clue::run {
namespace {

/// The values of one metric over the samples, in evaluation order.
struct Column {
  std::vector<double> values;
  std::vector<std::string> clusters;
  std::size_t missing = 0;
  std::string why;
};

/// What "{:.2f}" makes of it, as the published scripts store it.
double two_decimals(double value) {
  const std::string text = fmt::format("{:.2f}", value);
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

core::Summary summarize_column(const std::string& metric, const Column& column,
                               const tasks::TaskFile& task, core::RuleSet rules) {
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
  const bool published = rules == core::RuleSet::clue_2024;
  if (published && task.published_first_twice) {
    sum += column.values.front();
    n += 1;
  }
  s.mean = sum / n;
  if (published && task.published_two_decimals) s.mean = two_decimals(*s.mean);
  const std::optional<metrics::Interval> ci =
      metrics::bootstrap_ci(column.values, column.clusters, {.draws = 2000, .seed = 1});
  if (ci && s.n > 1) {
    s.ci_low = ci->low;
    s.ci_high = ci->high;
    s.ci_method = ci->method;
    if (ci->method.ends_with("clusters") && !task.cluster.empty()) {
      s.ci_method += " (by " + task.cluster.front() + ")";
    }
  }
  return s;
}

}  // namespace

std::vector<core::Summary> summarize(const tasks::TaskFile& task,
                                     const std::vector<ScoredSample>& samples,
                                     core::RuleSet rules) {
  std::vector<std::string> order = task.metrics;
  std::map<std::string, Column> columns;
  for (const ScoredSample& s : samples) {
    for (const core::Score& score : s.scores) {
      if (std::find(order.begin(), order.end(), score.metric) == order.end())
        order.push_back(score.metric);
      Column& c = columns[score.metric];
      if (score.value) {
        c.values.push_back(*score.value);
        c.clusters.push_back(s.cluster);
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
    core::Summary s = summarize_column(metric, columns[metric], task, rules);
    s.missing += errors;
    s.headline =
        std::find(task.headline.begin(), task.headline.end(), metric) != task.headline.end();
    out.push_back(std::move(s));
  }
  return out;
}

}  // namespace clue::run
