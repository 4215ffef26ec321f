// clue reproduce RUN: checks every hash of a run, asks some samples again, reports differences.
#include <fmt/format.h>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "cli/evaluate.h"
#include "cli/places.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "run/reproduce.h"

namespace clue::cli {
namespace {

using nlohmann::ordered_json;

struct ReproduceFlags {
  std::string run, model;
  std::vector<std::string> data;
  std::size_t samples = 10;
  bool json = false, with_text = false;
};

/// "clue run -m x -t 'a b'" -> its arguments, as cmd_run joined them.
Args words_of(const std::string& command_line) {
  Args out;
  std::string word;
  bool quoted = false;
  for (const char c : command_line + " ") {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      if (!word.empty()) out.push_back(word);
      word.clear();
    } else {
      word += c;
    }
  }
  return out;
}

/// The flags a pass was made with: first those of its command line (which name files and back end
/// options), then what the RunSpec holds, which is what counted.
Result<RunFlags> flags_of(const store::PassRow& pass, Io& io) {
  RunFlags flags;
  const Args words = words_of(pass.facts.command_line);
  Flags parser("clue run", "", "");
  declare_run_flags(parser.app(), flags);
  if (words.size() > 2 && words[1] == "run") {
    if (parser.parse(Args(words.begin() + 2, words.end()), io)) {
      return Error{ErrorCode::data,
                   "the command line stored in this run is not understood by this version: " +
                       pass.facts.command_line};
    }
  }
  // What is not kept for a server or an imported run stays as the command line says.
  const core::RunSpec& spec = pass.facts.spec;
  flags.prompts = spec.prompt_set;
  flags.decoding = spec.decoding;
  flags.shots = spec.shots;
  flags.repeats = spec.repeats;
  flags.overflow = core::name(spec.overflow);
  flags.longhealth_limit = spec.longhealth_limit;
  flags.limit = pass.facts.limit;
  flags.json = flags.dry_run = flags.with_text = false;
  return flags;
}

Result<tasks::Task> task_of(const store::PassRow& pass, const RunFlags& flags,
                            const tasks::Library& library) {
  const std::string& stored = pass.facts.spec.task;
  const std::string name = stored.substr(0, stored.find(':'));
  if (!flags.tasks.empty()) {
    const auto chosen = tasks::select_tasks(flags.tasks, library);
    if (chosen) {
      for (const tasks::Task& task : *chosen) {
        if (task.file.name == name) return task;
      }
    }
  }
  return tasks::find_task(name, library);
}

/// The --data that finds the stored file as the run found it: a file given for the task is its own
/// set, one found in a folder is not, and the examples are found last.
std::vector<std::string> data_of(const store::PassRow& pass, const RunFlags& flags,
                                 const tasks::Task& task) {
  if (pass.facts.examples) return {};
  const std::filesystem::path path = pass.facts.dataset_path;
  for (const std::string& given : flags.data) {
    const std::size_t mark = given.find('=');
    if (mark != std::string::npos &&
        std::filesystem::path(given.substr(mark + 1)).filename() == path.filename()) {
      return {task.file.name + "=" + path.string()};
    }
  }
  return {path.has_parent_path() ? path.parent_path().string() : "."};
}

/// A folder that goes when this does: the answers asked again may be guarded text.
class TemporaryRun {
 public:
  TemporaryRun()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("clue-reproduce-{}", ::getpid())) {}
  TemporaryRun(const TemporaryRun&) = delete;
  TemporaryRun& operator=(const TemporaryRun&) = delete;
  ~TemporaryRun() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// Asks about `asked.samples` of the pass again, by the code of `clue run`, and compares.
Result<run::Reproduction> reproduce_pass(store::RunStore& store, const store::PassRow& pass,
                                         core::RuleSet rules, const ReproduceFlags& asked, Io& io) {
  CLUE_TRY(RunFlags flags, flags_of(pass, io));
  CLUE_TRY(tasks::Library library, task_library());
  std::vector<tasks::Task> tasks(1);
  CLUE_TRY(tasks[0], task_of(pass, flags, library));
  CLUE_TRY(tasks::DataFolders folders,
           data_folders(asked.data.empty() ? data_of(pass, flags, tasks[0]) : asked.data, tasks));
  if (pass.facts.examples && asked.data.empty()) folders.dirs.clear();
  // Every k-th prompt, like one of k shards: the same ones each time.
  const std::size_t parts =
      std::max<std::size_t>(1, pass.facts.planned / std::max<std::size_t>(1, asked.samples));
  flags.shard = fmt::format("0/{}", parts);
  flags.rules = core::name(rules);
  const TemporaryRun folder;
  CLUE_TRY(const Evaluation done,
           evaluate(asked.model.empty() ? pass.facts.model.spec : asked.model, folder.path(), tasks,
                    folders, flags, io));
  if (done.results.tasks.empty()) return Error{ErrorCode::cancelled, "nothing was asked"};
  CLUE_TRY(store::RunStore again, store::RunStore::open_read(folder.path()));
  return run::compare_passes({&store, &pass}, {&again, &done.results.tasks.front().pass}, rules);
}

std::string shorten(const std::string& text) {
  return text.size() > 16 ? text.substr(0, 12) + "..." : text.empty() ? "none" : text;
}

void print(const std::string& task, const run::Reproduction& r, bool show_text, Io& io) {
  io.out << task << '\n';
  std::vector<std::vector<std::string>> rows;
  for (const run::Check& c : r.checks) {
    rows.push_back({c.what, shorten(c.stored), shorten(c.found), c.ok() ? "same" : "DIFFERENT"});
  }
  io.out << format_table({"what", "in the run", "now", ""}, rows, {});
  io.out << fmt::format("{} samples asked again: {} the same, {} different\n", r.asked, r.equal,
                        r.asked - r.equal);
  if (r.purged > 0) {
    io.out << r.purged << " texts were removed from the run: only their scores are compared\n";
  }
  for (const run::SampleDifference& d : r.samples) {
    io.out << fmt::format("  {}{}: {} differs", d.sample,
                          d.repeat > 0 ? fmt::format("#{}", d.repeat) : "", d.what);
    if (d.what == "output") {
      io.out << fmt::format(" from byte {} on", d.at);
      if (show_text) io.out << "\n    then: " << d.stored << "\n    now:  " << d.found;
    } else if (!d.stored.empty()) {
      io.out << fmt::format(": {} then, {} now", d.stored, d.found);
    }
    io.out << '\n';
  }
  io.out << '\n';
}

ordered_json to_json(const std::string& task, const run::Reproduction& r, bool show_text) {
  ordered_json checks = ordered_json::array();
  for (const run::Check& c : r.checks) {
    checks.push_back({{"what", c.what}, {"stored", c.stored}, {"found", c.found}, {"ok", c.ok()}});
  }
  ordered_json samples = ordered_json::array();
  for (const run::SampleDifference& d : r.samples) {
    const bool show = show_text || d.what != "output";
    samples.push_back({{"sample", d.sample},
                       {"repeat", d.repeat},
                       {"what", d.what},
                       {"at", d.at},
                       {"stored", show ? ordered_json(d.stored) : ordered_json(nullptr)},
                       {"found", show ? ordered_json(d.found) : ordered_json(nullptr)}});
  }
  return {{"task", task},     {"same", r.same()},   {"checks", checks},      {"asked", r.asked},
          {"equal", r.equal}, {"purged", r.purged}, {"differences", samples}};
}

/// True when everything came out the same.
Result<bool> reproduce_run(const ReproduceFlags& flags, Io& io) {
  CLUE_TRY(store::RunStore store, store::RunStore::open_read(flags.run));
  CLUE_TRY(const run::RunResults results, run::collect_results(store, core::RuleSet::corrected));
  if (results.tasks.empty()) {
    return Error{ErrorCode::not_found, flags.run + ": this run holds no task"};
  }
  bool same = true;
  ordered_json all = ordered_json::array();
  for (const run::TaskResults& t : results.tasks) {
    // A run that was only scored as published is compared by those scores.
    CLUE_TRY(const auto published, store.summaries(t.pass.id, core::RuleSet::clue_2024));
    const core::RuleSet rules = t.metrics.empty() && !published.empty() ? core::RuleSet::clue_2024
                                                                        : core::RuleSet::corrected;
    CLUE_TRY(const run::Reproduction r, reproduce_pass(store, t.pass, rules, flags, io));
    const std::string& task = t.pass.facts.spec.task;
    const bool show_text = flags.with_text || t.pass.facts.use == core::DataUse::open;
    same = same && r.same();
    if (flags.json) {
      all.push_back(to_json(task, r, show_text));
    } else {
      print(task, r, show_text, io);
    }
    if (interrupted().stop_requested()) return Error{ErrorCode::cancelled, "interrupted"};
  }
  if (flags.json) {
    io.out << dump_json(all, 1) << '\n';
  } else {
    io.out << (same ? "reproduced: every hash and every answer asked again is the same\n"
                    : "not reproduced: see the differences above\n");
  }
  return same;
}

}  // namespace

int cmd_reproduce(const Args& args, Io& io) {
  Flags parser("clue reproduce",
               "Checks every hash of a run (data, model, template, wording), asks some samples\n"
               "again and reports which prompts, answers and scores differ. Writes nothing.",
               "clue reproduce runs/mine --samples 20");
  ReproduceFlags flags;
  CLI::App& app = parser.app();
  app.add_option("RUN", flags.run, "run folder")->required();
  app.add_option("-n,--samples", flags.samples, "about so many samples of each task (default 10)");
  app.add_option("-m,--model", flags.model, "the model, when it is elsewhere now");
  app.add_option("--data", flags.data, "data folder, or TASK=FILE, when it is elsewhere now")
      ->take_all();
  app.add_flag("--with-text", flags.with_text, "show both answers, also of guarded data");
  app.add_flag("--json", flags.json, "everything as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  const Result<bool> same = reproduce_run(flags, io);
  if (!same) return fail(io, same.error());
  return *same ? kDone : kFailed;
}

}  // namespace clue::cli
