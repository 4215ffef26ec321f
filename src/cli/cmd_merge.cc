// clue merge: shards of one run, or tasks of one model from several machines -> one run folder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <ostream>
#include <set>

#include "cli/rescore.h"
#include "cli/resources.h"
#include "cli/results_json.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "run/merge.h"

namespace clue::cli {
namespace {

namespace fs = std::filesystem;

/// Index and count of "shard-3-of-8"; count 0: another name.
std::pair<int, int> shard_name(const std::string& name) {
  int index = 0, count = 0;
  if (!name.starts_with("shard-")) return {0, 0};
  const char* end = name.data() + name.size();
  const auto first = std::from_chars(name.data() + 6, end, index);
  if (first.ec != std::errc() || !std::string_view(first.ptr, end).starts_with("-of-"))
    return {0, 0};
  const auto second = std::from_chars(first.ptr + 4, end, count);
  return second.ec == std::errc() && second.ptr == end ? std::make_pair(index, count)
                                                       : std::make_pair(0, 0);
}

/// A folder that is no run itself stands for the shards that processes of a cluster left in it.
std::vector<fs::path> with_shards(const std::vector<std::string>& folders, Io& io) {
  std::vector<fs::path> runs;
  std::error_code ec;
  for (const std::string& folder : folders) {
    std::set<std::pair<int, fs::path>> shards;
    int count = 0;
    if (!fs::exists(fs::path(folder) / "run.db", ec)) {
      for (const auto& entry : fs::directory_iterator(folder, ec)) {
        const auto [index, of] = shard_name(entry.path().filename().string());
        count = std::max(count, of);
        if (of > 0 && fs::exists(entry.path() / "run.db", ec)) shards.emplace(index, entry.path());
      }
    }
    if (shards.empty()) runs.emplace_back(folder);
    for (int i = 0, next = 0; i < count; ++i, next = 0) {
      for (const auto& [index, path] : shards) {
        if (index != i) continue;
        runs.push_back(path);
        ++next;
      }
      if (next == 0) warn(io, fmt::format("{}: shard {} of {} is not there", folder, i, count));
    }
  }
  return runs;
}

void say_missing(const run::MergeReport& report, Io& io) {
  for (const run::MergedTask& t : report.tasks) {
    if (t.differing > 0) {
      warn(io, fmt::format("{}: {} of {} samples that several runs hold were answered differently; "
                           "the first answer was kept",
                           t.task, t.differing, t.twice));
    }
    if (t.complete()) continue;
    std::string missing = fmt::format("{}", fmt::join(t.positions, ", "));
    if (!missing.empty()) missing = "; missing at places " + missing;
    io.err << fmt::format("{}: incomplete, {} of {} answered, {} failed{}\n", t.task,
                          t.done - t.errors, t.planned, t.errors, missing);
  }
}

/// Rule sets that a part was scored under, and the one to show.
Result<std::set<core::RuleSet>> rules_of(const std::vector<fs::path>& runs) {
  std::set<core::RuleSet> all;
  for (const fs::path& run : runs) {
    CLUE_TRY(const std::vector<core::RuleSet> scored, scored_rules(run.string()));
    all.insert(scored.begin(), scored.end());
  }
  return all;
}

struct Merged {
  run::RunResults results;
  bool complete = true;
};

Result<Merged> merge(const std::vector<std::string>& folders, const std::string& asked,
                     const RunFlags& flags, Io& io) {
  const std::vector<fs::path> runs = with_shards(folders, io);
  CLUE_TRY(const run::MergeReport report, run::merge_runs(runs, flags.out));
  CLUE_TRY(std::set<core::RuleSet> all, rules_of(runs));
  const core::RuleSet first = all.empty() ? core::RuleSet::corrected : *all.begin();
  const core::RuleSet shown = core::from_name<core::RuleSet>(asked).value_or(first);
  all.erase(shown);
  for (const core::RuleSet rules : all) CLUE_OK(add_scores(flags.out, rules, flags, io));
  Merged merged;
  CLUE_TRY(merged.results, rescore(flags.out, shown, flags, io));
  merged.complete = report.complete();
  say_missing(report, io);
  return merged;
}

}  // namespace

int cmd_merge(const Args& args, Io& io) {
  Flags parser(
      "clue merge",
      "Joins shards of one run, or tasks of one model that ran on several machines. Checks "
      "that all\nwere made the same way and says what is missing. A RUN that only holds "
      "shard-I-of-N folders\n(what processes of a Slurm job leave) stands for these.",
      "clue merge runs/big -o runs/big-whole");
  std::vector<std::string> folders;
  std::string rules;
  RunFlags flags;
  CLI::App& app = parser.app();
  app.add_option("RUN", folders, "run folders")->required();
  app.add_option("-o,--output-path", flags.out, "run folder to make, or to add to")->required();
  app.add_option("-t,--task", flags.tasks, "the runs' own task: FILE.yaml");
  app.add_option("--rules", rules, "corrected or clue-2024 (default: what was scored)")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_flag("--with-text", flags.with_text, "derived files show guarded text");
  app.add_flag("--json", flags.json, "results as JSON on stdout");
  declare_resource_flags(app, flags.resources);
  if (const auto code = parser.parse(args, io)) return *code;
  const Result<Merged> merged = merge(folders, rules, flags, io);
  if (!merged) return fail(io, merged.error());
  io.out << (flags.json ? results_json({merged->results}) : results_table({merged->results}));
  return merged->complete ? kDone : kIncomplete;
}

}  // namespace clue::cli
