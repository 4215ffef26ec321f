#include "cli/rescore.h"

#include "cli/places.h"
#include "cli/resources.h"
#include "core/names.h"
#include "store/run_store.h"
#include "tasks/library.h"

namespace clue::cli {
namespace {

/// The task of a stored pass, among the user's own (-t) first: own data sets carry a hash behind the
/// name ("medisumqa:1f2e3d4c").
Result<tasks::Task> task_of(const store::PassRow& pass, const std::vector<tasks::Task>& own,
                            const tasks::Library& library) {
  const std::string name = pass.facts.spec.task.substr(0, pass.facts.spec.task.find(':'));
  for (const tasks::Task& task : own) {
    if (task.file.name == name) return task;
  }
  Result<tasks::Task> found = tasks::find_task(name, library);
  if (!found) {
    return Error{found.error().code, found.error().message +
                                         "; a task of your own is given as -t FILE.yaml"};
  }
  return found;
}

}  // namespace

Status add_scores(const std::string& folder, core::RuleSet rules, const RunFlags& flags, Io& io) {
  CLUE_TRY(store::RunStore look, store::RunStore::open_read(folder));  // never creates a folder
  CLUE_TRY(std::vector<store::PassRow> passes, look.passes());
  bool guarded = false;
  for (const store::PassRow& p : passes) guarded = guarded || p.facts.use != core::DataUse::open;
  CLUE_TRY(store::RunStore store, store::RunStore::create_or_open(folder, guarded));
  CLUE_TRY(tasks::Library library, task_library());
  std::vector<tasks::Task> own;
  if (!flags.tasks.empty()) {
    CLUE_TRY(own, tasks::select_tasks(flags.tasks, library));
  }
  Resources resources(flags.resources, flags.engine.threads);
  for (const store::PassRow& pass : passes) {
    CLUE_TRY(tasks::Task task, task_of(pass, own, library));
    CLUE_TRY(const tasks::MetricResources given, resources.for_task(task.file, rules, io));
    CLUE_TRY(auto summaries, run::score_pass(store, pass.id, task, given, rules));
    (void)summaries;
  }
  return {};
}

Result<run::RunResults> rescore(const std::string& folder, core::RuleSet rules,
                                const RunFlags& flags, Io& io) {
  CLUE_OK(add_scores(folder, rules, flags, io));
  CLUE_TRY(store::RunStore store, store::RunStore::open_read(folder));
  CLUE_TRY(run::RunResults results, run::collect_results(store, rules));
  CLUE_OK(run::write_results(folder, results));
  CLUE_OK(run::write_samples(folder, store, results, flags.with_text));
  return results;
}

Result<std::vector<core::RuleSet>> scored_rules(const std::string& folder) {
  CLUE_TRY(store::RunStore store, store::RunStore::open_read(folder));
  CLUE_TRY(std::vector<store::PassRow> passes, store.passes());
  std::vector<core::RuleSet> found;
  for (const core::RuleSet rules : {core::RuleSet::corrected, core::RuleSet::clue_2024}) {
    for (const store::PassRow& pass : passes) {
      CLUE_TRY(auto summaries, store.summaries(pass.id, rules));
      if (summaries.empty()) continue;
      found.push_back(rules);
      break;
    }
  }
  return found;
}

}  // namespace clue::cli
