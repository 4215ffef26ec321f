// Task-level numbers: what pools counts or classes over all samples instead of averaging samples.
#include <algorithm>

#include "base/text.h"
#include "metrics/icd.h"
#include "metrics/label.h"
#include "tasks/scoring.h"

namespace clue::tasks {
namespace {

using core::AnswerStatus;
using core::Summary;

Summary number(std::string metric, std::optional<double> value, std::size_t n) {
  Summary s;
  s.metric = std::move(metric);
  s.mean = value;
  s.n = n;
  if (!value) s.why = "there is nothing to count";
  return s;
}

void add_prf(const std::string& name, const metrics::Prf& prf, std::size_t n,
             std::vector<Summary>& out) {
  out.push_back(number(name + "_p", prf.precision, n));
  out.push_back(number(name + "_r", prf.recall, n));
  out.push_back(number(name + "_f1", prf.f1, n));
}

std::optional<double> share(std::size_t part, std::size_t of) {
  if (of == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(of);
}

std::vector<Summary> label_summaries(const Task& task, std::span<const ScoreInput> inputs) {
  std::vector<std::string> names;
  for (const std::string& label : task.file.labels) names.push_back(ascii_lower(label));
  metrics::Confusion confusion(names);
  std::size_t n = 0;
  for (const ScoreInput& input : inputs) {
    if (input.sample->targets.empty()) continue;
    const std::string gold = ascii_lower(input.sample->targets.front());
    if (std::find(names.begin(), names.end(), gold) == names.end()) continue;
    const bool answered = input.answer->status == AnswerStatus::answered;
    confusion.add(gold, answered ? ascii_lower(input.answer->value) : "");
    ++n;
  }
  return {number("macro_f1", confusion.macro_f1(), n)};
}

std::vector<Summary> code_summaries(const Task& task, std::span<const ScoreInput> inputs,
                                    core::RuleSet rules) {
  const auto table = code_table(task, rules);
  std::vector<std::vector<std::string>> predicted, gold;
  std::vector<core::Tally> tallies;
  metrics::IcdProfile sum;
  for (const ScoreInput& input : inputs) {
    predicted.push_back(input.answer->codes);
    gold.push_back(input.sample->targets);
    tallies.push_back(
        metrics::score_icd(predicted.back(), gold.back(), core::RuleSet::corrected, *table)
            .em_tally);
    const metrics::IcdProfile p = metrics::profile_icd(predicted.back(), gold.back(), *table);
    sum.predicted += p.predicted;
    sum.gold += p.gold;
    sum.invalid += p.invalid;
    sum.not_billable += p.not_billable;
    sum.near += p.near;
    sum.over += p.over;
    sum.under += p.under;
  }
  const std::size_t n = gold.size();
  std::vector<Summary> out;
  add_prf("micro", n == 0 ? metrics::Prf{} : metrics::micro_prf(tallies), n, out);
  add_prf("macro", n == 0 ? metrics::Prf{} : metrics::macro_prf_by_code(predicted, gold), n, out);
  out.push_back(number("invalid_codes", share(sum.invalid, sum.predicted), n));
  out.push_back(number("not_billable", share(sum.not_billable, sum.predicted), n));
  out.push_back(number("near_miss", share(sum.near, sum.predicted), n));
  out.push_back(number("over_coded", share(sum.over, sum.predicted), n));
  out.push_back(number("under_coded", share(sum.under, sum.gold), n));
  return out;
}

}  // namespace

std::vector<Summary> task_summaries(const Task& task, std::span<const ScoreInput> inputs,
                                    core::RuleSet rules) {
  if (inputs.empty()) return {};
  if (task.file.kind == AnswerKind::label) return label_summaries(task, inputs);
  if (task.file.kind == AnswerKind::codes) return code_summaries(task, inputs, rules);
  return {};
}

}  // namespace clue::tasks
