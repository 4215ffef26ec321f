#include "tasks/scoring.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/text.h"
#include "metrics/choice.h"
#include "metrics/icd.h"
#include "metrics/label.h"
#include "metrics/rouge.h"
#include "metrics/squad.h"
#include "tasks/longhealth.h"
#include "tasks/ranking.h"

namespace clue::tasks {
namespace {

using core::AnswerStatus;
using core::RuleSet;
using core::Score;

/// Metric name -> value of one sample.
using Values = std::map<std::string, Score, std::less<>>;

void put(Values& values, const std::string& name, double value, std::string why = "") {
  values[name] = {.metric = name, .value = value, .tally = {}, .why = std::move(why)};
}
void put_prf(Values& values, const std::string& name, const metrics::Prf& prf) {
  put(values, name + "_p", prf.precision);
  put(values, name + "_r", prf.recall);
  put(values, name + "_f1", prf.f1);
}
void put_tally(Values& values, const std::string& name, const core::Tally& tally) {
  if (const auto it = values.find(name); it != values.end()) it->second.tally = tally;
}
void put_missing(Values& values, const std::string& name, const std::string& why) {
  values[name] = {.metric = name, .value = {}, .tally = {}, .why = why};
}

/// The scores the task lists, in its order. Errors have no value at all; an answer that counts as
/// wrong is 0 where `zero` says so.
std::vector<Score> listed(const Task& task, const core::Answer& answer, RuleSet rules,
                          Values values) {
  std::vector<Score> out;
  const bool failed = answer.status == AnswerStatus::error;
  const bool wrong = answer.status != AnswerStatus::answered && rules == RuleSet::corrected;
  for (const std::string& name : task.file.metrics) {
    Score score{.metric = name, .value = {}, .tally = {}, .why = ""};
    if (failed) {
      score.why = "the generation failed: " + answer.note;
    } else if (const auto it = values.find(name); it != values.end()) {
      score = it->second;
      if (wrong && score.value && name != "contradiction") score.value = 0.0;
    } else {
      score.why = "this metric is not defined for the task's kind of answer";
    }
    out.push_back(std::move(score));
  }
  return out;
}

bool wants(const Task& task, std::string_view prefix) {
  return std::any_of(task.file.metrics.begin(), task.file.metrics.end(),
                     [&](const std::string& m) { return m.starts_with(prefix); });
}

std::string_view target_of(const ScoreInput& input) {
  if (input.prompt != nullptr && !input.prompt->target.empty()) return input.prompt->target;
  return input.sample->targets.empty() ? std::string_view() : input.sample->targets.front();
}

/// Runs a pair scorer over all samples at once (its batches are its own affair) and files P, R, F1.
Status add_pair_metric(const Task& task, std::span<const ScoreInput> inputs,
                       const std::string& name, PairScorer* scorer, const std::string& why,
                       RuleSet rules, std::vector<Values>& values) {
  if (!wants(task, name + "_")) return {};
  const char* const parts[] = {"_p", "_r", "_f1"};
  if (scorer == nullptr) {
    for (Values& v : values) {
      for (const char* part : parts) put_missing(v, name + part, why);
    }
    return {};
  }
  std::vector<TextPair> pairs;
  for (const ScoreInput& input : inputs) {
    pairs.push_back({input.generation->text, target_of(input)});
  }
  CLUE_TRY(const std::vector<PairScore> scores, scorer->score(pairs, rules));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::optional<double> numbers[] = {scores[i].precision, scores[i].recall, scores[i].f1};
    for (std::size_t k = 0; k < 3; ++k) {
      // A value's "why" is its explanation (docs/formats.md); F1 carries it for all three.
      const bool explained = numbers[k].has_value() && k == 2;
      values[i][name + parts[k]] = {.metric = name + parts[k],
                                    .value = numbers[k],
                                    .tally = {},
                                    .why = explained ? scores[i].explanation : scores[i].why};
    }
  }
  return {};
}

}  // namespace

Result<ScoreRows> score_text(const Task& task, std::span<const ScoreInput> inputs,
                             const MetricResources& res, RuleSet rules) {
  std::vector<Values> values(inputs.size());
  metrics::RougeScorer rouge({.stemmer = res.rouge_stemmer, .unicode = res.rouge_unicode});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const metrics::RougeScores s = rouge.score(inputs[i].generation->text, target_of(inputs[i]));
    const bool equal = trim(inputs[i].generation->text) == trim(target_of(inputs[i]));
    put(values[i], "exact_match", equal ? 1.0 : 0.0);
    if (wants(task, "token_") || wants(task, "squad_")) {
      const std::vector<std::string> own = {std::string(target_of(inputs[i]))};
      const bool drawn = inputs[i].prompt != nullptr && !inputs[i].prompt->target.empty();
      const metrics::SquadScores squad = metrics::score_squad(
          inputs[i].generation->text, drawn ? own : inputs[i].sample->targets);
      put(values[i], "squad_exact_match", squad.exact_match);
      put_prf(values[i], "token", squad.token);
    }
    put_prf(values[i], "rouge_1", s.rouge_1);
    put_prf(values[i], "rouge_2", s.rouge_2);
    put_prf(values[i], "rouge_l", s.rouge_l);
  }
  CLUE_OK(add_pair_metric(task, inputs, "bertscore", res.bert_score, res.bert_score_why, rules,
                          values));
  CLUE_OK(add_pair_metric(task, inputs, "concept", res.concepts, res.concepts_why, rules, values));
  ScoreRows rows;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    rows.push_back(listed(task, *inputs[i].answer, rules, std::move(values[i])));
  }
  return rows;
}

Result<ScoreRows> score_label(const Task& task, std::span<const ScoreInput> inputs,
                              const MetricResources&, RuleSet rules) {
  ScoreRows rows;
  for (const ScoreInput& input : inputs) {
    const std::string_view gold = target_of(input);
    const bool right = rules == RuleSet::clue_2024
                           ? metrics::label_right_2024(input.generation->text, gold)
                           : ascii_lower(input.answer->value) == ascii_lower(gold);
    Values values;
    put(values, "accuracy", right ? 1.0 : 0.0, input.answer->note);
    rows.push_back(listed(task, *input.answer, rules, std::move(values)));
    std::ranges::move(ranking_scores(*input.generation, gold), std::back_inserter(rows.back()));
  }
  return rows;
}

/// Tasks 2 and 3 of LongHealth against each other: saying that the letters hold no answer, and
/// (task 3, where they hold none) giving one all the same.
void add_abstention(const core::Answer& answer, bool nothing_there, std::vector<Score>& row) {
  const bool error = answer.status == AnswerStatus::error;
  const auto share = [&](const char* name, bool yes) {
    row.push_back({.metric = name,
                   .value = error ? std::nullopt : std::optional(yes ? 1.0 : 0.0),
                   .tally = {},
                   .why = error ? "the generation failed" : ""});
  };
  const bool said = answer.status == AnswerStatus::answered;
  share("abstained", said && answer.value == "F");
  if (nothing_there) share("hallucinated", said && answer.value != "F");
}

Result<ScoreRows> score_choice(const Task& task, std::span<const ScoreInput> inputs,
                               const MetricResources&, RuleSet rules) {
  ScoreRows rows;
  for (const ScoreInput& input : inputs) {
    const std::string gold =
        task.file.family == "longhealth" && input.sample->fields.contains("_correct")
            ? longhealth_letter(*input.sample, task.file.variant, rules)
            : std::string(target_of(input));
    const core::Answer strict = metrics::parse_choice_strict(input.generation->text);
    const core::Answer flexible =
        metrics::parse_choice(input.generation->text, option_texts(*input.sample));
    const bool hit = !gold.empty() && input.answer->value == gold;
    const bool strict_hit =
        !gold.empty() && strict.status == AnswerStatus::answered && strict.value == gold;
    Values values;
    put(values, "accuracy", hit ? 1.0 : 0.0, input.answer->note);
    put(values, "contradiction", metrics::choice_contradicts(flexible) ? 1.0 : 0.0);
    std::vector<Score> row = listed(task, *input.answer, rules, std::move(values));
    if (task.file.family == "longhealth" && task.file.variant > 1) {
      add_abstention(*input.answer, task.file.variant == 3, row);
    }
    for (Score& score : row) {  // the strict reader has its own status
      if (score.metric != "accuracy_strict") continue;
      score.why = input.answer->status == AnswerStatus::error ? score.why : strict.note;
      if (input.answer->status != AnswerStatus::error) score.value = strict_hit ? 1.0 : 0.0;
    }
    std::ranges::move(ranking_scores(*input.generation, gold), std::back_inserter(row));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<ScoreRows> score_codes(const Task& task, std::span<const ScoreInput> inputs,
                              const MetricResources&, RuleSet rules) {
  const auto table = code_table(task, rules);
  // The reference's list knows no blocks: heights are read off the current one.
  const auto heights = task.codes != nullptr ? table : code_table(task, RuleSet::corrected);
  ScoreRows rows;
  for (const ScoreInput& input : inputs) {
    const std::vector<std::string>& gold = input.sample->targets;
    const std::vector<std::string>& codes = input.answer->codes;
    Values values;
    const metrics::IcdScores s = metrics::score_icd(codes, gold, rules, *table);
    put_prf(values, "em", s.em);
    put_prf(values, "ap", s.ap);
    put(values, "valid_codes", s.valid_codes);
    put_tally(values, "em_f1", s.em_tally);
    if (wants(task, "chapter") || wants(task, "block") || wants(task, "category") ||
        wants(task, "full")) {
      const metrics::IcdHierarchy h = metrics::score_icd_hierarchy(codes, gold, *heights);
      put(values, "chapter_f1", h.chapter.f1);
      put(values, "block_f1", h.block.f1);
      put(values, "category_f1", h.category.f1);
      put(values, "full_f1", h.full.f1);
      put_tally(values, "chapter_f1", h.chapter_tally);
      put_tally(values, "block_f1", h.block_tally);
      put_tally(values, "category_f1", h.category_tally);
      put_tally(values, "full_f1", h.full_tally);
    }
    for (auto& [name, score] : values) {  // as in the reference, under both rules
      if (gold.empty()) score.why = "the letter has no code to be found";
    }
    rows.push_back(listed(task, *input.answer, rules, std::move(values)));
  }
  return rows;
}

std::string metric_signature(std::string_view metric, const Task& task, const MetricResources& res,
                             RuleSet rules) {
  if (metric.starts_with("rouge"))
    return metrics::rouge_signature({.stemmer = res.rouge_stemmer, .unicode = res.rouge_unicode});
  if (metric.starts_with("bertscore")) {
    return res.bert_score == nullptr ? "bertscore" : res.bert_score->signature(rules);
  }
  if (metric.starts_with("concept")) {
    return res.concepts == nullptr ? "concepts" : res.concepts->signature(rules);
  }
  if (metric.starts_with("token_") || metric.starts_with("squad_"))
    return "squad|SQuAD 1.1|articles a, an, the";
  if (task.file.kind == AnswerKind::codes) {
    return metrics::icd_signature(rules, *code_table(task, rules));
  }
  return std::string(metric) +
         "|rules:" + (rules == RuleSet::corrected ? "corrected" : "clue-2024");
}

bool lacks_resource(std::string_view metric, const MetricResources& res) {
  return (metric.starts_with("bertscore") && res.bert_score == nullptr) ||
         (metric.starts_with("concept") && res.concepts == nullptr);
}

}  // namespace clue::tasks
