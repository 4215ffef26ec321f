// clue import clue-2024 DIR: a whole tree of the published scripts, TASK/MODEL/predictions*.json.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "cli/evaluate.h"
#include "cli/import_runs.h"
#include "cli/number_checks.h"
#include "cli/places.h"
#include "cli/resources.h"
#include "cli/results_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "report/export.h"

namespace clue::cli {
namespace {

namespace fs = std::filesystem;

/// One predictions file of the tree.
struct Found {
  std::string task;  ///< ours; "longhealth" is told apart by the file's name
  fs::path file;
};
/// By run folder name: the model, with the task folder behind it where a model has two of a task.
using Tree = std::map<std::string, std::vector<Found>>;

std::vector<fs::path> sorted(const fs::path& dir) {
  std::vector<fs::path> entries;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(dir, ec)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

void add_models(const fs::path& task_dir, const std::string& task, Tree& tree) {
  for (const fs::path& model_dir : sorted(task_dir)) {
    std::vector<Found> files;
    for (const fs::path& file : sorted(model_dir)) {
      const std::string name = file.filename().string();
      if (name.starts_with("predictions") && name.ends_with(".json")) files.push_back({task, file});
    }
    std::string run = model_dir.filename().string();
    const auto same = [&](const Found& f) { return f.task == task; };
    // LongHealth and LongHealth8k of one model: two runs, never one score.
    if (std::any_of(tree[run].begin(), tree[run].end(), same)) {
      run += "-" + task_dir.filename().string();
    }
    std::move(files.begin(), files.end(), std::back_inserter(tree[run]));
  }
}

Result<Tree> find_files(const fs::path& dir, Io& io) {
  std::error_code ec;
  if (!fs::is_directory(dir, ec)) {
    return Error{ErrorCode::not_found, dir.string() + ": no such folder"};
  }
  Tree tree;
  const fs::path whole = fs::absolute(dir).lexically_normal();
  const fs::path name = whole.has_filename() ? whole.filename() : whole.parent_path().filename();
  if (const auto task = report::task_of_published_folder(name.string()); !task.empty()) {
    add_models(dir, std::string(task), tree);  // one task's folder was named
  } else {
    for (const fs::path& entry : sorted(dir)) {
      if (!fs::is_directory(entry, ec)) continue;
      const auto of = report::task_of_published_folder(entry.filename().string());
      if (of.empty()) {
        warn(io, entry.string() + ": not a task of the published scripts; left out");
      } else {
        add_models(entry, std::string(of), tree);
      }
    }
  }
  std::erase_if(tree, [](const auto& item) { return item.second.empty(); });
  if (tree.empty()) {
    return Error{ErrorCode::not_found,
                 dir.string() +
                     ": no TASK/MODEL/predictions.json in it, with TASK one of MedNLI, "
                     "MeQSum, ProblemSummary, LongHealth, MeDiSumQA, MeDiSumCode"};
  }
  return tree;
}

/// A number of a published results.json: plain, or text.
std::optional<double> published_number(const nlohmann::json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

/// Holds our clue-2024 numbers against the results.json that lies beside the predictions.
void compare_with_published(const std::vector<Found>& files, const run::RunResults& results,
                            Io& io) {
  std::map<fs::path, std::vector<std::string>> told;
  for (const Found& found : files) {
    const fs::path file = found.file.parent_path() / "results.json";
    std::error_code ec;
    if (told.contains(file) || !fs::exists(file, ec)) continue;
    std::vector<std::string>& differing = told[file];
    const Result<nlohmann::json> published = read_json(file);
    if (!published) {
      warn(io, published.error().message);
      continue;
    }
    for (const run::TaskResults& task : results.tasks) {
      const std::string& name = task.pass.facts.spec.task;
      if (!name.starts_with(found.task)) continue;
      for (const core::Summary& s : task.metrics) {
        const std::string key = report::published_metric(name, s.metric);
        if (key.empty() || !published->contains(key) || !s.mean) continue;
        const auto theirs = published_number((*published)[key]);
        const double scale = name.starts_with("longhealth-") ? 100 : 1;
        const double slack = (*published)[key].is_string() ? 0.0051 : 1e-6;
        if (theirs && std::abs(*theirs - *s.mean * scale) > slack) {
          differing.push_back(
              fmt::format("{} {} there, {:.4f} here", key, *theirs, *s.mean * scale));
        }
      }
    }
    if (differing.empty()) continue;
    warn(io, fmt::format("{}: differs from these predictions under clue-2024: {} (another encoder "
                         "or dictionary, or not the file it was made from)",
                         file.string(), fmt::join(differing, "; ")));
  }
}

struct Outcome {
  std::vector<run::RunResults> results;
  int code = kDone;
};

Result<bool> import_model(const std::string& name, const std::vector<Found>& files,
                          const tasks::Library& library, const tasks::DataFolders& folders,
                          const RunFlags& flags, Io& io, Outcome& outcome) {
  ImportJob job{.file = "", .model = name, .folder = flags.out + "/" + run_folder_name(name)};
  bool complete = true;
  for (const Found& found : files) {
    CLUE_TRY(const std::vector<tasks::Task> tasks, tasks::select_tasks(found.task, library));
    job.file = found.file.string();
    CLUE_TRY(const bool whole, import_file(job, tasks, folders, flags, io));
    complete = complete && whole;
  }
  CLUE_TRY(const run::RunResults results, score_both(job.folder, flags, io));
  outcome.results.push_back(results);
  CLUE_TRY(store::RunStore store, store::RunStore::open_read(job.folder));
  CLUE_TRY(const run::RunResults published, run::collect_results(store, core::RuleSet::clue_2024));
  compare_with_published(files, published, io);
  return complete;
}

Result<Outcome> import_tree(const std::string& dir, const RunFlags& flags, Io& io) {
  CLUE_TRY(const Tree tree, find_files(dir, io));
  CLUE_TRY(const tasks::Library library, task_library());
  CLUE_TRY(const tasks::DataFolders folders, data_folders(flags.data));
  Outcome outcome;
  for (const auto& [name, files] : tree) {
    const Result<bool> complete = import_model(name, files, library, folders, flags, io, outcome);
    if (!complete) {
      fail(io, complete.error());  // one bad file does not stop the other models
      outcome.code = kFailed;
    } else if (!*complete && outcome.code == kDone) {
      outcome.code = kIncomplete;
    }
  }
  return outcome;
}

}  // namespace

int cmd_import(const Args& args, Io& io) {
  Flags parser("clue import",
               "Takes a whole tree of the published scripts, DIR/TASK/MODEL/predictions.json: one "
               "run\nfolder for each model, scored under both rule sets. Rows are joined by "
               "evaluation order\nand checked against the ground truth. Single files: clue score "
               "--predictions.",
               "clue import clue-2024 predictions/ -o runs/published");
  std::string format, dir;
  RunFlags flags;
  flags.out = "runs";
  CLI::App& app = parser.app();
  app.add_option("FORMAT", format, "clue-2024")->required()->check(CLI::IsMember({"clue-2024"}));
  app.add_option("DIR", dir, "the tree, or one task's folder of it")->required();
  app.add_option("-o,--output-path", flags.out, "folder for the run folders (default: runs)");
  app.add_option("--data", flags.data, "data folder, or TASK=FILE; repeatable")->take_all();
  app.add_option("--shots,--num-fewshot", flags.shots,
                 "examples that the predictions were made with (default: the task's)")
      ->check(non_negative());
  app.add_option("--limit", flags.limit, "the predictions are of the first N samples: a SUBSET")
      ->check(non_negative());
  app.add_option("--rules", flags.rules, "to show: corrected (default) or clue-2024")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_option("--threads", flags.engine.threads, "CPU threads (default: all cores)")
      ->check(threads_check());
  app.add_flag("--with-text", flags.with_text, "derived files show guarded text");
  app.add_flag("--json", flags.json, "results as JSON on stdout");
  declare_resource_flags(app, flags.resources);
  if (const auto code = parser.parse(args, io)) return *code;
  flags.command_line = command_line_of("clue import", args);
  const Result<Outcome> outcome = import_tree(dir, flags, io);
  if (!outcome) return fail(io, outcome.error());
  if (flags.json) {
    io.out << results_json(outcome->results);
  } else if (!outcome->results.empty()) {
    io.out << results_table(outcome->results);
  }
  return outcome->code;
}

}  // namespace clue::cli
