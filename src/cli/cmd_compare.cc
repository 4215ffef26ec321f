// clue compare RUN_A RUN_B: paired differences with intervals over the samples both have; with
// --pairs for many base/tuned pairs at once.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/files.h"
#include "base/json.h"
#include "cli/pairs.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "report/catalogue.h"
#include "report/compare.h"

namespace clue::cli {
namespace {

struct CompareFlags {
  std::vector<std::string> runs, pairs;
  std::string rules, out, format = "text";
  bool json = false;
};

/// What is refused goes to stderr, everything else was printed; true when nothing was refused.
bool report_refusals(const std::vector<report::ComparisonInput>& all, const PairedRuns& read,
                     Io& io) {
  bool clean = true;
  for (const report::ComparisonInput& c : all) {
    if (c.refused.empty()) continue;
    clean = false;
    const auto& pass = read.runs[c.run_a].passes[c.pass_a];
    io.err << "error: " << report::task_title(pass.row.facts.spec.task) << ", "
           << read.runs[c.run_a].folder << " and " << read.runs[c.run_b].folder << ": " << c.refused
           << '\n';
  }
  return clean;
}

Result<bool> compare(const CompareFlags& flags, Io& io) {
  CLUE_TRY(PairedRuns read,
           read_paired_runs(flags.runs, flags.pairs, core::from_name<core::RuleSet>(flags.rules)));
  report::CompareOptions options;
  options.one_family = !flags.pairs.empty();
  // A pair is (base, tuned) but a difference is tuned - base: positive means that it helped.
  for (const auto& [base, tuned] : read.pairs) options.pairs.emplace_back(tuned, base);
  if (options.pairs.empty()) options.pairs = {{0, 1}};
  CLUE_TRY(const std::vector<report::ComparisonInput> all,
           report::compare_runs(read.runs, options));
  if (all.empty()) {
    return Error{ErrorCode::invalid_argument, "these runs have no task in common"};
  }
  std::string text;
  if (flags.json) {
    text = dump_json(report::comparisons_json(all, read.runs), 1) + "\n";
  } else if (flags.format == "md") {
    text = report::comparison_markdown(all, read.runs);
  } else if (flags.format == "latex") {
    text = report::comparison_latex(all, read.runs);
  } else {
    text = report::comparison_text(all, read.runs);
  }
  if (flags.out.empty()) {
    io.out << text;
  } else {
    CLUE_OK(write_file_atomic(flags.out, text));
  }
  return report_refusals(all, read, io);
}

}  // namespace

int cmd_compare(const Args& args, Io& io) {
  Flags parser("clue compare", "Paired comparison of two runs over the samples both have.",
               "clue compare runs/base runs/tuned\n"
               "  clue compare --pairs runs/base=runs/tuned runs/base2=runs/tuned2");
  CompareFlags flags;
  CLI::App& app = parser.app();
  app.add_option("RUN", flags.runs, "two run folders: A and B");
  app.add_option("--pairs", flags.pairs,
                 "BASE=TUNED, several: all differences in one family; clue report --pairs draws\n"
                 "them")
      ->take_all();
  app.add_option("--rules", flags.rules, "corrected or clue-2024 (default: what was scored)")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_option("--format", flags.format, "text (default), md, latex")
      ->check(CLI::IsMember({"text", "md", "latex"}));
  app.add_option("-o,--output-path", flags.out, "file to write (default: stdout)");
  app.add_flag("--json", flags.json, "everything as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  if (flags.pairs.empty() ? flags.runs.size() != 2 : !flags.runs.empty()) {
    return fail(io, {ErrorCode::invalid_argument,
                     "clue compare needs two run folders, or --pairs BASE=TUNED ..."});
  }
  const Result<bool> clean = compare(flags, io);
  if (!clean) return fail(io, clean.error());
  return *clean ? kDone : kFailed;
}

}  // namespace clue::cli
