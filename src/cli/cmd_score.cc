// clue score: score a run again (other rules, new resources), or predictions made elsewhere.
#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/evaluate.h"
#include "cli/places.h"
#include "cli/resources.h"
#include "cli/results_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/names.h"

namespace clue::cli {
namespace {

/// The task of a stored pass: own data sets carry a hash behind the name ("medisumqa:1f2e3d4c").
Result<tasks::Task> task_of(const store::PassRow& pass, const tasks::Library& library) {
  const std::string& name = pass.facts.spec.task;
  return tasks::find_task(name.substr(0, name.find(':')), library);
}

Result<run::RunResults> score_again(const std::string& folder, const RunFlags& flags, Io& io) {
  CLUE_TRY(const core::RuleSet rules, flags.rule_set());
  CLUE_TRY(store::RunStore look, store::RunStore::open_read(folder));  // never creates a folder
  CLUE_TRY(std::vector<store::PassRow> passes, look.passes());
  bool guarded = false;
  for (const store::PassRow& p : passes) guarded = guarded || p.facts.use != core::DataUse::open;
  CLUE_TRY(store::RunStore store, store::RunStore::create_or_open(folder, guarded));
  CLUE_TRY(tasks::Library library, task_library());
  Resources resources(flags.resources, flags.threads);
  for (const store::PassRow& pass : passes) {
    CLUE_TRY(tasks::Task task, task_of(pass, library));
    CLUE_TRY(const tasks::MetricResources given, resources.for_task(task.file, rules, io));
    CLUE_TRY(auto summaries, run::score_pass(store, pass.id, task, given, rules));
    (void)summaries;
  }
  CLUE_TRY(run::RunResults results, run::collect_results(store, rules));
  CLUE_OK(run::write_results(folder, results));
  CLUE_OK(run::write_samples(folder, store, results, flags.with_text));
  return results;
}

}  // namespace

int cmd_score(const Args& args, Io& io) {
  Flags parser("clue score", "Scores a run again; no model is needed. Scores that need a file which is not\n"
               "there now are kept as they were.",
               "clue score runs/first --rules clue-2024");
  RunFlags flags;
  std::string folder, predictions;
  parser.app().add_option("RUN", folder, "run folder");
  parser.app().add_option("--predictions", predictions,
                          "JSON Lines of {\"sample\", \"output\"} made elsewhere (with -t)");
  parser.app().add_option("-t,--task", flags.tasks, "task of the predictions");
  parser.app().add_option("-o", flags.out, "run folder for the predictions (default: runs/FILE)");
  parser.app().add_option("--data", flags.data, "data folder, or TASK=FILE")->take_all();
  parser.app()
      .add_option("--rules", flags.rules, "corrected (default) or clue-2024")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  declare_resource_flags(parser.app(), flags.resources);
  parser.app().add_option("--threads", flags.threads, "CPU threads (default: all cores)");
  parser.app().add_flag("--with-text", flags.with_text, "derived files show guarded text");
  parser.app().add_flag("--json", flags.json, "results as JSON on stdout");
  if (const auto code = parser.parse(args, io)) return *code;
  if (folder.empty() == predictions.empty() || (!predictions.empty() && flags.tasks.empty())) {
    return fail(io, {ErrorCode::invalid_argument,
                     "clue score needs a run folder, or --predictions FILE with -t TASK"});
  }
  std::vector<run::RunResults> results;
  bool complete = true;
  if (!folder.empty()) {
    Result<run::RunResults> scored = score_again(folder, flags, io);
    if (!scored) return fail(io, scored.error());
    results.push_back(std::move(*scored));
  } else {
    const std::string spec = "replay:" + predictions;
    const auto scored = [&]() -> Result<Evaluation> {
      CLUE_TRY(tasks::Library library, task_library());
      CLUE_TRY(std::vector<tasks::Task> tasks, tasks::select_tasks(flags.tasks, library));
      CLUE_TRY(tasks::DataFolders folders, data_folders(flags.data));
      return evaluate(spec, flags.out.empty() ? "runs/" + run_folder_name(spec) : flags.out, tasks,
                      folders, flags, io);
    }();
    if (!scored) return fail(io, scored.error());
    complete = scored->complete;
    results.push_back(scored->results);
  }
  io.out << (flags.json ? results_json(results) : results_table(results));
  for (const run::TaskResults& t : results[0].tasks) complete = complete && t.complete();
  return complete ? kDone : kIncomplete;
}

}  // namespace clue::cli
