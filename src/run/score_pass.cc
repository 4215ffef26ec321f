#include "core/json.h"
#include "run/audit.h"
#include "run/passes.h"
#include "run/summary.h"
#include "tasks/resources.h"
#include "tasks/scoring.h"

namespace clue::run {
namespace {

/// Everything a scorer looks at; the spans in `inputs` point into the other members.
struct Loaded {
  std::vector<store::SampleRow> rows;
  std::vector<core::Answer> answers;
  std::vector<tasks::ScoreInput> inputs;
};

Result<Loaded> load(store::RunStore& store, store::PassId pass, const tasks::Task& task,
                    core::RuleSet rules) {
  Loaded loaded;
  CLUE_OK(store.samples(pass, rules, [&](const store::SampleRow& row) {
    loaded.rows.push_back(row);
    return true;
  }));
  for (store::SampleRow& row : loaded.rows) {
    if (!row.prompt.target.empty()) row.sample.targets = {row.prompt.target};
    core::Answer answer;
    if (row.generation.error.empty()) {
      answer = task.def->parse(task, row.sample, row.generation, rules);
    } else {
      answer.status = core::AnswerStatus::error;
      answer.note = row.generation.error;
    }
    loaded.answers.push_back(std::move(answer));
  }
  for (std::size_t i = 0; i < loaded.rows.size(); ++i) {
    if (loaded.answers[i].status == core::AnswerStatus::error) continue;
    const store::SampleRow& row = loaded.rows[i];
    loaded.inputs.push_back({&row.sample, &row.prompt, &row.generation, &loaded.answers[i]});
  }
  return loaded;
}

/// A score whose file is absent now keeps the value it had, made when the file was there: the same
/// answer of the same rule set (a new answer has no scores stored).
void keep_earlier(const store::SampleRow& row, const tasks::MetricResources& resources,
                  std::vector<core::Score>& scores) {
  for (core::Score& score : scores) {
    if (score.value || !tasks::lacks_resource(score.metric, resources)) continue;
    for (const core::Score& earlier : row.scores) {
      if (earlier.metric == score.metric && earlier.value) score = earlier;
    }
  }
}

}  // namespace

Result<std::vector<core::Summary>> score_pass(store::RunStore& store, store::PassId pass,
                                              const tasks::Task& task,
                                              const tasks::MetricResources& resources,
                                              core::RuleSet rules) {
  CLUE_OK(needs_text(store));
  CLUE_TRY(Loaded loaded, load(store, pass, task, rules));
  CLUE_TRY(std::vector<std::vector<core::Score>> scores,
           task.def->score(task, loaded.inputs, resources, rules));
  CLUE_CHECK(scores.size() == loaded.inputs.size());

  std::vector<ScoredSample> scored;
  std::size_t next = 0;
  for (std::size_t i = 0; i < loaded.rows.size(); ++i) {
    const store::SampleRow& row = loaded.rows[i];
    ScoredSample s;
    s.cluster = row.sample.cluster.empty() ? row.sample.id : row.sample.cluster;
    s.status = loaded.answers[i].status;
    if (s.status != core::AnswerStatus::error) s.scores = std::move(scores[next++]);
    keep_earlier(row, resources, s.scores);
    CLUE_OK(store.put_scores(pass, rules, row.sample.id, row.prompt.repeat, loaded.answers[i],
                             s.scores));
    scored.push_back(std::move(s));
  }
  CLUE_TRY(const std::vector<core::Summary> earlier, store.summaries(pass, rules));
  std::vector<core::Summary> summaries = summarize(task.file, scored, rules);
  for (core::Summary& s : tasks::task_summaries(task, loaded.inputs, rules)) {
    s.missing = loaded.rows.size() - loaded.inputs.size();
    summaries.push_back(std::move(s));
  }
  for (core::Summary& s : summaries) {
    s.signature = tasks::metric_signature(s.metric, task, resources, rules);
    if (!s.mean || !tasks::lacks_resource(s.metric, resources)) continue;
    for (const core::Summary& e : earlier) {
      if (e.metric == s.metric && !e.signature.empty()) s.signature = e.signature;
    }
  }
  CLUE_OK(store.put_summaries(pass, rules, summaries));
  CLUE_OK(store.commit());
  return summaries;
}

}  // namespace clue::run
