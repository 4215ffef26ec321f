#include "cli/rescore.h"

#include "cli/page.h"
#include "cli/places.h"
#include "cli/resources.h"
#include "core/names.h"
#include "store/run_store.h"
#include "tasks/library.h"

namespace clue::cli {
namespace {

/// The task of a stored pass, among the user's own (-t) first: own data sets carry a hash behind
/// the name ("medisumqa:1f2e3d4c"), tasks of the user's come from the file they were run from.
Result<tasks::Task> task_of(const store::PassRow& pass, const std::vector<tasks::Task>& own,
                            const std::string& code_table) {
  const std::string& name = pass.facts.spec.task;
  std::string from = name.substr(0, name.find(':'));
  for (const tasks::Task& task : own) {
    if (task.file.name == from) return task;
  }
  const auto file = pass.facts.extra.find("task_file");
  if (file != pass.facts.extra.end()) from = file->second;
  Result<std::vector<tasks::Task>> found = chosen_tasks(from, code_table);
  if (!found) {
    return Error{found.error().code,
                 found.error().message + "; a task of your own is given as -t FILE.yaml"};
  }
  return std::move(found->front());
}

}  // namespace

Status add_scores(const std::string& folder, core::RuleSet rules, const RunFlags& flags, Io& io) {
  std::vector<store::PassRow> passes;
  {  // Reads only: never creates a folder. Closed before the writer, which then folds the WAL in.
    CLUE_TRY(store::RunStore look, store::RunStore::open_read(folder));
    CLUE_TRY(passes, look.passes());
  }
  bool guarded = false;
  for (const store::PassRow& p : passes) guarded = guarded || p.facts.use != core::DataUse::open;
  CLUE_TRY(store::RunStore store, store::RunStore::create_or_open(folder, guarded));
  std::vector<tasks::Task> own;
  if (!flags.tasks.empty()) {
    CLUE_TRY(own, chosen_tasks(flags.tasks, flags.resources.code_table));
  }
  Resources resources(flags.resources, flags.engine.threads);
  for (const store::PassRow& pass : passes) {
    CLUE_TRY(tasks::Task task, task_of(pass, own, flags.resources.code_table));
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
  if (const Status page = refresh_page(folder, flags.with_text); !page) {
    warn(io, "report.html was not refreshed: " + page.error().message);
  }
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
