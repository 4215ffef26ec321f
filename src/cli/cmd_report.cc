// clue report and clue compare: pages and tables from run folders.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>

#include "base/clock.h"
#include "base/files.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "report/compare.h"
#include "report/report.h"
#include "report/table.h"

namespace clue::cli {
namespace {

struct ReportFlags {
  std::vector<std::string> runs;
  std::string out, format = "html", layout, rules;
  bool with_text = false, no_text = false;
};

Result<std::vector<report::RunInput>> read_runs(const std::vector<std::string>& folders,
                                                const std::string& rules) {
  std::vector<report::RunInput> runs;
  const std::optional<core::RuleSet> wanted = core::from_name<core::RuleSet>(rules);
  for (const std::string& folder : folders) {
    CLUE_TRY(report::RunInput run, report::read_run(folder, wanted));
    runs.push_back(std::move(run));
  }
  return runs;
}

Result<std::string> table_text(const ReportFlags& flags,
                               const std::vector<report::RunInput>& runs) {
  CLUE_TRY(std::vector<report::TableRow> rows, report::table_rows(runs));
  if (flags.format == "md") return report::markdown_table(rows);
  if (flags.format == "csv") return report::csv_table(rows);
  return flags.layout == "paper" ? report::latex_paper(rows) : report::latex_table(rows);
}

Status write_report_file(const ReportFlags& flags, Io& io) {
  CLUE_TRY(std::vector<report::RunInput> runs, read_runs(flags.runs, flags.rules));
  if (flags.format != "html") {
    CLUE_TRY(std::string text, table_text(flags, runs));
    if (flags.out.empty()) {
      io.out << text;
      return {};
    }
    return write_file_atomic(flags.out, text);
  }
  report::ReportOptions options;
  options.generator = "clue " CLUE_VERSION;
  options.generated = iso8601_utc(system_clock()());
  if (flags.with_text) options.with_text = true;
  if (flags.no_text) options.with_text = false;
  if (runs.size() > 1) {
    CLUE_TRY(options.comparisons, report::compare_runs(runs));
  }
  CLUE_TRY(report::Report page, report::build_report(runs, options));
  const std::string path = flags.out.empty() ? "report.html" : flags.out;
  CLUE_OK(report::write_html(path, page));
  io.out << "report: " << path << '\n';
  return {};
}

}  // namespace

int cmd_report(const Args& args, Io& io) {
  Flags parser("clue report", "Writes one self-contained page (or a table) from run folders.",
               "clue report runs/a runs/b -o report.html");
  ReportFlags flags;
  CLI::App& app = parser.app();
  app.add_option("RUN", flags.runs, "run folders")->required();
  app.add_option("-o,--output-path", flags.out,
                 "file to write (default: report.html, tables to stdout)");
  app.add_option("--format", flags.format, "html (default), md, csv, latex")
      ->check(CLI::IsMember({"html", "md", "csv", "latex"}));
  app.add_option("--layout", flags.layout, "latex: paper")->check(CLI::IsMember({"paper"}));
  app.add_option("--rules", flags.rules, "corrected or clue-2024 (default: what was scored)")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_flag("--with-text", flags.with_text, "show guarded text; marked on the page");
  app.add_flag("--no-text", flags.no_text, "leave out every prompt and output");
  if (const auto code = parser.parse(args, io)) return *code;
  if (const Status status = write_report_file(flags, io); !status) return fail(io, status.error());
  return kDone;
}

}  // namespace clue::cli
