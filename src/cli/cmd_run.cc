// clue run: models x tasks -> run folders.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <ostream>

#include "cli/evaluate.h"
#include "cli/places.h"
#include "cli/prompt_sets.h"
#include "cli/results_json.h"
#include "cli/slurm.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace clue::cli {
namespace {

constexpr const char* kExample =
    "clue run -m baseline:lexical -m model.gguf -t meqsum,mednli -o runs/first";

std::string folder_for(const std::string& spec, const RunFlags& flags, bool several) {
  if (flags.out.empty()) return "runs/" + run_folder_name(spec);
  return several ? flags.out + "/" + run_folder_name(spec) : flags.out;
}

/// One run folder: a model under one wording.
struct Job {
  std::string model;
  const PromptChoice* wording = nullptr;
  std::string folder;
};

std::vector<Job> jobs_of(const RunFlags& flags, const std::vector<PromptChoice>& wordings) {
  std::vector<Job> jobs;
  for (const std::string& model : flags.models) {
    for (const PromptChoice& wording : wordings) {
      std::string folder = folder_for(model, flags, flags.models.size() > 1);
      if (wordings.size() > 1) folder += "/" + wording.name;
      jobs.push_back({model, &wording, std::move(folder)});
    }
  }
  return jobs;
}

/// What all argument lists of one command came to.
struct Outcome {
  std::vector<run::RunResults> results;
  std::vector<std::string> folders;
  int code = kDone;
};

/// The part of this process when Slurm says so, and where it goes: several processes share a
/// folder, so each has one of its own in it.
Result<std::string> take_slurm_part(RunFlags& flags) {
  if (!flags.shard.empty()) return std::string();
  CLUE_TRY(const std::optional<run::Shard> part, slurm_shard(env));
  if (!part) return std::string();
  flags.shard = std::to_string(part->index) + "/" + std::to_string(part->count);
  return shard_folder_name(*part);
}

Status run_models(RunFlags flags, Io& io, Outcome& outcome) {
  CLUE_TRY(const std::string part, take_slurm_part(flags));
  CLUE_TRY(const std::vector<tasks::Task> tasks,
           chosen_tasks(flags.tasks, flags.resources.code_table));
  CLUE_TRY(const std::vector<PromptChoice> wordings, prompt_choices(flags.prompts, tasks));
  CLUE_TRY(const tasks::DataFolders folders, data_folders(flags.data, tasks));
  for (const Job& job : jobs_of(flags, wordings)) {
    RunFlags one = flags;
    one.prompts = job.wording->name;
    if (flags.dry_run) {
      CLUE_OK(dry_run(job.model, job.wording->tasks, folders, one, io));
      continue;
    }
    std::string folder = job.folder;
    if (!part.empty()) {
      io.err << "Slurm: part " << flags.shard << " goes to " << folder << "/" << part
             << "; when all are done: clue merge " << folder << " -o WHOLE\n";
      folder += "/" + part;
    }
    Result<Evaluation> done = evaluate(job.model, folder, job.wording->tasks, folders, one, io);
    if (!done) {
      const int code = fail(io, done.error());
      if (flags.models.size() == 1) outcome.code = code;
      outcome.code = std::max(outcome.code, int{kFailed});
      continue;  // one bad model does not stop the others
    }
    if (done->refused) {
      outcome.code = kFailed;
    } else if (!done->complete && outcome.code == kDone) {
      outcome.code = kIncomplete;
    }
    outcome.results.push_back(std::move(done->results));
    outcome.folders.push_back(folder);
    if (interrupted().stop_requested()) break;
  }
  return {};
}

/// Parses one argument list and runs it; the exit code on usage errors, nullopt when it ran.
std::optional<int> run_args(const Args& args, const std::string& command_line, Io& io,
                            Outcome& outcome, RunFlags& flags) {
  Flags parser("clue run",
               "Evaluates models on tasks; the same command again goes on where it stopped.",
               kExample);
  declare_run_flags(parser.app(), flags);
  if (const auto code = parser.parse(args, io)) return code;
  flags.command_line = command_line;
  if (!flags.config.empty()) return std::nullopt;
  if (flags.models.empty() || flags.tasks.empty()) {
    return fail(io,
                {ErrorCode::invalid_argument,
                 "clue run needs a model (-m) and a task (-t), as in: " + std::string(kExample)});
  }
  if (const Status status = run_models(flags, io, outcome); !status)
    return fail(io, status.error());
  return std::nullopt;
}

}  // namespace

int cmd_run(const Args& args, Io& io) {
  const std::string command_line = command_line_of("clue run", args);
  Outcome outcome;
  RunFlags flags;
  if (const auto code = run_args(args, command_line, io, outcome, flags)) return *code;
  if (!flags.config.empty()) {
    const Result<std::vector<Args>> runs = read_runs_file(flags.config);
    if (!runs) return fail(io, runs.error());
    for (const Args& one : *runs) {
      RunFlags each;
      if (const auto code = run_args(one, command_line, io, outcome, each)) return *code;
      if (interrupted().stop_requested()) break;
    }
  }
  if (flags.dry_run) return kDone;
  if (flags.json) {
    io.out << results_json(outcome.results);
  } else if (!outcome.results.empty()) {
    io.out << results_table(outcome.results, outcome.folders) << prompt_table(outcome.results);
    for (const std::string& folder : outcome.folders)
      io.out << "results: " << folder << "/results.json\n";
  }
  return outcome.code;
}

}  // namespace clue::cli
