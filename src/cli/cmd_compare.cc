// clue compare RUN_A RUN_B: paired differences with intervals over the samples both have.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/table.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "report/compare.h"

namespace clue::cli {
namespace {

std::string points(const std::optional<double>& value) {
  return value ? fmt::format("{:+.2f}", *value * 100) : "-";
}

std::string p_value(const std::optional<double>& p) {
  return p ? (*p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", *p)) : "-";
}

Status compare(const std::string& a, const std::string& b, const std::string& rules, Io& io) {
  std::vector<report::RunInput> runs;
  for (const std::string& folder : {a, b}) {
    CLUE_TRY(report::RunInput run, report::read_run(folder, core::from_name<core::RuleSet>(rules)));
    runs.push_back(std::move(run));
  }
  CLUE_TRY(std::vector<report::ComparisonInput> all, report::compare_runs(runs, 10000));
  if (all.empty())
    return Error{ErrorCode::invalid_argument, a + " and " + b + " have no task in common"};
  for (const report::ComparisonInput& c : all) {
    const std::string& task = runs[c.run_a].passes[c.pass_a].row.facts.spec.task;
    if (!c.refused.empty()) {
      io.out << task << ": not comparable: " << c.refused << '\n';
      continue;
    }
    io.out << fmt::format("{}: {} common samples ({} only in A, {} only in B)\n", task, c.common,
                          c.only_a, c.only_b);
    for (const std::string& note : c.notes) io.out << "  " << note << '\n';
    std::vector<std::vector<std::string>> rows;
    for (const report::MetricDifference& m : c.metrics) {
      rows.push_back({m.metric, percent(m.mean_a), percent(m.mean_b), points(m.diff),
                      m.low ? points(m.low) + " – " + points(m.high) : "", p_value(m.p),
                      p_value(m.p_holm), points(m.detectable), m.why.empty() ? m.test : m.why});
    }
    io.out << format_table(
        {"metric", "A", "B", "A - B", "95 % interval", "p", "p (Holm)", "detectable", "test"}, rows,
        {false, true, true, true, true, true, true, true, false});
    if (c.has_flips) {
      io.out << fmt::format("{}: both right {}, only A {}, only B {}, both wrong {}\n",
                            c.flips_metric, c.both, c.first, c.second, c.neither);
    }
  }
  return {};
}

}  // namespace

int cmd_compare(const Args& args, Io& io) {
  Flags parser("clue compare", "Paired comparison of two runs over the samples both have.",
               "clue compare runs/base runs/tuned");
  std::string a, b, rules;
  parser.app().add_option("RUN_A", a, "run folder")->required();
  parser.app().add_option("RUN_B", b, "run folder")->required();
  parser.app()
      .add_option("--rules", rules, "corrected or clue-2024 (default: what was scored)")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  if (const auto code = parser.parse(args, io)) return *code;
  if (const Status status = compare(a, b, rules, io); !status) return fail(io, status.error());
  return kDone;
}

}  // namespace clue::cli
