#include "cli/import_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "cli/rescore.h"
#include "models/predictions.h"
#include "run/import.h"
#include "tasks/dataset.h"

namespace clue::cli {
namespace {

namespace fs = std::filesystem;
using models::PredictionFile;
using models::PredictionForm;

bool is_of(const models::Prediction& row, const tasks::Task& task) {
  const std::string_view name = row.task;
  return name.empty() || name.substr(0, name.find(':')) == task.file.name;
}

bool names_task(const PredictionFile& file, const tasks::Task& task) {
  return std::any_of(file.rows.begin(), file.rows.end(),
                     [&](const models::Prediction& row) { return is_of(row, task); });
}

/// The digit of "predictions_task2.json"; 0: none.
int variant_in_name(const std::string& path) {
  const std::string name = fs::path(path).stem().string();
  const std::size_t at = name.rfind("task");
  if (at == std::string::npos || at + 5 != name.size() || !is_ascii_digit(name.back())) return 0;
  return name.back() - '0';
}

Result<std::vector<const tasks::Task*>> tasks_in(const PredictionFile& file,
                                                 const std::vector<tasks::Task>& tasks) {
  std::vector<const tasks::Task*> found;
  const int variant = variant_in_name(file.path);
  for (const tasks::Task& task : tasks) {
    const bool other_draws = file.form == PredictionForm::published_choice && variant > 0 &&
                             task.file.variant != variant;
    if (tasks.size() == 1 || (names_task(file, task) && !other_draws)) found.push_back(&task);
  }
  const bool told = file.form == PredictionForm::by_id && !file.rows.front().task.empty();
  if (found.size() == 1 || (told && !found.empty())) return found;
  return Error{ErrorCode::invalid_argument,
               fmt::format("{}: {} of the tasks asked for could be meant; name one with -t",
                           file.path, found.empty() ? "none" : "several")};
}

/// How often each sample was asked, where the file says so.
int repeats_in(const PredictionFile& file, const tasks::Task& task) {
  int repeats = 1;
  for (const models::Prediction& row : file.rows) {
    if (is_of(row, task)) repeats = std::max(repeats, row.repeat + 1);
  }
  return repeats;
}

Result<run::ImportRequest> request_for(const ImportJob& job, const tasks::Task& task,
                                       const core::Dataset& data, const PredictionFile& file,
                                       const RunFlags& flags) {
  run::ImportRequest request;
  request.task = &task;
  request.data = &data;
  request.prompts.limit = flags.limit;
  request.prompts.repeats = task.file.variants > 0 ? 1 : repeats_in(file, task);
  CLUE_TRY(request.prompts.rules, flags.rule_set());
  store::PassFacts& f = request.facts;
  f.spec.task = data.task;
  f.spec.task_version = task.file.version;
  f.spec.model_hash = sha256_hex("imported " + job.model);
  f.spec.prompt_set = "not known";
  f.spec.data_hash = data.sha256;
  f.spec.shots = static_cast<int>(data.shots.size());
  f.spec.repeats = request.prompts.repeats;
  f.model.spec = "imported:" + job.model;
  f.model.kind = "imported";
  f.model.name = job.model;
  f.model.content_hash = f.spec.model_hash;
  f.dataset_path = data.path;
  f.use = data.use;
  f.examples = data.examples;
  f.limit = flags.limit;
  f.command_line = flags.command_line;
  f.created = iso8601_utc(system_clock()());
  f.extra["predictions"] = file.path;
  if (task.user_file()) f.extra["task_file"] = fs::absolute(task.file.path).string();
  return request;
}

/// A folder holds one model: scores of another must not land among them.
Status require_same_model(store::RunStore& store, const ImportJob& job, const std::string& hash) {
  CLUE_TRY(const std::vector<store::PassRow> passes, store.passes());
  for (const store::PassRow& pass : passes) {
    if (pass.facts.spec.model_hash == hash) continue;
    return Error{ErrorCode::invalid_argument, job.folder + ": holds a run of " +
                                                  pass.facts.model.name + ", not of " + job.model +
                                                  "; name another folder with -o"};
  }
  return {};
}

}  // namespace

Result<bool> import_file(const ImportJob& job, const std::vector<tasks::Task>& tasks,
                         const tasks::DataFolders& folders, const RunFlags& flags, Io& io) {
  CLUE_TRY(const PredictionFile file, models::read_predictions(job.file));
  CLUE_TRY(const std::vector<const tasks::Task*> found, tasks_in(file, tasks));
  bool complete = true;
  for (const tasks::Task* task : found) {
    CLUE_TRY(const tasks::DataPlace place, tasks::find_data(*task, folders));
    CLUE_TRY(const core::Dataset data, tasks::load_dataset(*task, {.path = place.path,
                                                                   .shots = flags.shots,
                                                                   .own = place.own,
                                                                   .examples = place.examples}));
    if (data.examples) {
      warn(io, task->file.name +
                   ": its data was not found, so the predictions are held against the shipped "
                   "invented EXAMPLES (clue doctor says where the data belongs)");
    }
    for (const std::string& warning : data.warnings) warn(io, warning);
    CLUE_TRY(const run::ImportRequest request, request_for(job, *task, data, file, flags));
    CLUE_TRY(store::RunStore store,
             store::RunStore::create_or_open(job.folder, data.use != core::DataUse::open));
    CLUE_OK(require_same_model(store, job, request.facts.spec.model_hash));
    CLUE_TRY(const run::ImportResult result, run::import_pass(request, file, store));
    for (const std::string& warning : result.warnings) warn(io, warning);
    if (result.complete()) continue;
    complete = false;
    warn(io, fmt::format("{}: {} of the {} samples of {} have no answer there; they are missing, "
                         "not wrong (--limit N takes the first N as a SUBSET)",
                         job.file, result.planned - result.done, result.planned, data.task));
  }
  return complete;
}

Result<run::RunResults> score_both(const std::string& folder, const RunFlags& flags, Io& io) {
  CLUE_TRY(const core::RuleSet wanted, flags.rule_set());
  const core::RuleSet other =
      wanted == core::RuleSet::corrected ? core::RuleSet::clue_2024 : core::RuleSet::corrected;
  CLUE_OK(add_scores(folder, other, flags, io));
  return rescore(folder, wanted, flags, io);
}

std::string model_name_of(const std::string& file) {
  const fs::path path = fs::absolute(fs::path(file).lexically_normal());
  std::string name = path.stem().string();
  const bool says_nothing = name.starts_with("predictions") || name.starts_with("samples");
  const std::string parent = path.parent_path().filename().string();
  return says_nothing && !parent.empty() ? parent : name;
}

}  // namespace clue::cli
