// clue score: score a run again (other rules, new resources), or predictions made elsewhere.
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <ostream>
#include <utility>

#include "cli/evaluate.h"
#include "cli/import_runs.h"
#include "cli/number_checks.h"
#include "cli/places.h"
#include "cli/rescore.h"
#include "cli/resources.h"
#include "cli/results_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/names.h"

namespace clue::cli {
namespace {

namespace fs = std::filesystem;

/// A folder of this process alone, gone at the end: for results on stdout with no run folder.
class ScratchRun {
 public:
  [[nodiscard]] static Result<ScratchRun> make() {
    std::string name = (fs::temp_directory_path() / "clue-score-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      return Error{ErrorCode::io, "cannot make a folder in " + fs::temp_directory_path().string() +
                                      "; name a run folder with -o"};
    }
    return ScratchRun(name);
  }
  ScratchRun(ScratchRun&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchRun& operator=(ScratchRun&&) = delete;
  ~ScratchRun() {
    std::error_code ec;
    if (!path_.empty()) fs::remove_all(path_, ec);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit ScratchRun(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

struct Scored {
  run::RunResults results;
  bool complete = true;
};

Result<Scored> score_predictions(const std::string& file, const RunFlags& flags, Io& io) {
  CLUE_TRY(const std::vector<tasks::Task> tasks,
           chosen_tasks(flags.tasks, flags.resources.code_table));
  CLUE_TRY(const tasks::DataFolders folders, data_folders(flags.data, tasks));
  ImportJob job{.file = file, .model = model_name_of(file), .folder = flags.out};
  std::optional<ScratchRun> scratch;
  if (job.folder.empty() && flags.json) {
    CLUE_TRY(ScratchRun own, ScratchRun::make());
    scratch.emplace(std::move(own));
    job.folder = scratch->path();
  } else if (job.folder.empty()) {
    job.folder = "runs/" + run_folder_name(job.model);
  }
  Scored scored;
  CLUE_TRY(scored.complete, import_file(job, tasks, folders, flags, io));
  CLUE_TRY(scored.results, score_both(job.folder, flags, io));
  if (!scratch) io.err << "run folder: " << job.folder << '\n';
  return scored;
}

Result<Scored> score_run(const std::string& folder, const RunFlags& flags, Io& io) {
  Scored scored;
  CLUE_TRY(const core::RuleSet rules, flags.rule_set());
  CLUE_TRY(scored.results, rescore(folder, rules, flags, io));
  for (const run::TaskResults& t : scored.results.tasks) {
    scored.complete = scored.complete && t.complete();
  }
  return scored;
}

}  // namespace

int cmd_score(const Args& args, Io& io) {
  Flags parser("clue score",
               "Scores a run again; no model is needed. Scores that need a file which is not\n"
               "there now are kept as they were.",
               "clue score runs/first --rules clue-2024");
  RunFlags flags;
  std::string folder, predictions;
  parser.app().add_option("RUN", folder, "run folder");
  parser.app().add_option(
      "--predictions", predictions,
      "made elsewhere (with -t): JSON Lines or CSV with sample and output, the\n"
      "published scripts' predictions.json, or lm-eval's samples_*.jsonl");
  parser.app().add_option("-t,--task", flags.tasks,
                          "task of the predictions; a run's own task: FILE.yaml");
  parser.app().add_option("-o", flags.out,
                          "run folder for the predictions (default: runs/NAME; with --json none)");
  parser.app().add_option("--data", flags.data, "data folder, or TASK=FILE")->take_all();
  parser.app()
      .add_option("--shots,--num-fewshot", flags.shots,
                  "examples that the predictions were made with (default: the task's)")
      ->check(non_negative());
  parser.app()
      .add_option("--limit", flags.limit, "the predictions are of the first N samples: a SUBSET")
      ->check(non_negative());
  parser.app()
      .add_option("--rules", flags.rules, "corrected (default) or clue-2024")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  declare_resource_flags(parser.app(), flags.resources);
  parser.app().add_option("--threads", flags.engine.threads, "CPU threads (default: all cores)")
      ->check(threads_check());
  parser.app().add_flag("--with-text", flags.with_text, "derived files show guarded text");
  parser.app().add_flag("--json", flags.json, "results as JSON on stdout");
  if (const auto code = parser.parse(args, io)) return *code;
  if (folder.empty() == predictions.empty() || (!predictions.empty() && flags.tasks.empty())) {
    return fail(io, {ErrorCode::invalid_argument,
                     "clue score needs a run folder, or --predictions FILE with -t TASK"});
  }
  flags.command_line = command_line_of("clue score", args);
  const Result<Scored> scored = predictions.empty() ? score_run(folder, flags, io)
                                                    : score_predictions(predictions, flags, io);
  if (!scored) return fail(io, scored.error());
  io.out << (flags.json ? results_json({scored->results}) : results_table({scored->results}));
  return scored->complete ? kDone : kIncomplete;
}

}  // namespace clue::cli
