// clue report: pages and tables from run folders.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <ostream>

#include "base/files.h"
#include "cli/page.h"
#include "cli/pairs.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "report/compare.h"
#include "report/report.h"
#include "report/table.h"
#include "run/audit.h"

namespace clue::cli {
namespace {

struct ReportFlags {
  std::vector<std::string> runs, pairs;
  std::string out, format = "html", layout, rules;
  bool with_text = false, no_text = false, json = false;
};

Result<std::string> table_text(const ReportFlags& flags,
                               const std::vector<report::RunInput>& runs) {
  if (flags.layout == "paper") return report::latex_paper(runs);
  CLUE_TRY(std::vector<report::TableRow> rows, report::table_rows(runs));
  if (flags.format == "md") return report::markdown_table(rows);
  if (flags.format == "csv") return report::csv_table(rows);
  return report::latex_table(rows);
}

/// references.bib beside the paper's table; a file of that name with other content is left alone.
Status write_references(const std::string& table, Io& io) {
  const std::filesystem::path path = std::filesystem::path(table).parent_path() / "references.bib";
  const std::string wanted = report::references_bib();
  if (std::filesystem::exists(path)) {
    CLUE_TRY(const std::string there, read_file(path));
    if (there == wanted) return {};
    const std::filesystem::path other = path.parent_path() / "clue-references.bib";
    warn(io, path.string() + " is yours and was not touched; the entries are in " + other.string());
    return write_file_atomic(other, wanted);
  }
  return write_file_atomic(path, wanted);
}

Status write_table(const ReportFlags& flags, const std::vector<report::RunInput>& runs, Io& io) {
  CLUE_TRY(std::string text, table_text(flags, runs));
  if (flags.out.empty()) {
    io.out << text;
    if (flags.layout == "paper") {
      io.err << "With -o FILE.tex the bibliography is written beside it as references.bib.\n";
    }
    return {};
  }
  CLUE_OK(write_file_atomic(flags.out, text));
  return flags.layout == "paper" ? write_references(flags.out, io) : Status();
}

Status write_report_file(const ReportFlags& flags, Io& io) {
  CLUE_TRY(PairedRuns read,
           read_paired_runs(flags.runs, flags.pairs, core::from_name<core::RuleSet>(flags.rules)));
  if (flags.format != "html" && !flags.json) return write_table(flags, read.runs, io);
  report::ReportOptions options = page_options();
  if (flags.with_text) options.with_text = true;
  if (flags.no_text || flags.json) options.with_text = false;
  options.pairs = read.pairs;
  report::CompareOptions compare;
  compare.one_family = !read.pairs.empty();
  for (const auto& [base, tuned] : read.pairs) compare.pairs.emplace_back(tuned, base);
  CLUE_TRY(options.comparisons, report::compare_runs(read.runs, compare));
  CLUE_TRY(report::Report page, report::build_report(read.runs, options));
  if (flags.json) {
    if (!flags.out.empty()) return write_file_atomic(flags.out, page.core + "\n");
    io.out << page.core << '\n';
    return {};
  }
  const std::string path = flags.out.empty() ? "report.html" : flags.out;
  const bool guarded = shows_guarded_text(read.runs, flags.with_text);
  CLUE_OK(report::write_html(path, page, guarded ? kPrivateFile : 0666U));
  for (const report::RunInput& one : read.runs) {
    if (guarded) run::note_copy({one.folder}, path);
  }
  io.out << "report: " << path << '\n';
  return {};
}

}  // namespace

int cmd_report(const Args& args, Io& io) {
  Flags parser("clue report", "Writes one self-contained page (or a table) from run folders.",
               "clue report runs/a runs/b -o report.html");
  ReportFlags flags;
  CLI::App& app = parser.app();
  app.add_option("RUN", flags.runs, "run folders");
  app.add_option("--pairs", flags.pairs, "BASE=TUNED, several: compares these pairs of runs")
      ->take_all();
  app.add_option("-o,--output-path", flags.out,
                 "file to write (default: report.html, tables to stdout)");
  app.add_option("--format", flags.format, "html (default), md, csv, latex")
      ->check(CLI::IsMember({"html", "md", "csv", "latex"}));
  app.add_option("--layout", flags.layout, "latex: paper")->check(CLI::IsMember({"paper"}));
  app.add_option("--rules", flags.rules, "corrected or clue-2024 (default: what was scored)")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_flag("--with-text", flags.with_text, "show guarded text; marked on the page");
  app.add_flag("--no-text", flags.no_text, "leave out every prompt and output");
  app.add_flag("--json", flags.json, "the page's figures as JSON, to stdout or -o; no texts");
  if (const auto code = parser.parse(args, io)) return *code;
  if (flags.runs.empty() && flags.pairs.empty()) {
    return fail(io, {ErrorCode::invalid_argument, "clue report needs run folders"});
  }
  if (flags.with_text && flags.no_text) {
    return fail(io, {ErrorCode::invalid_argument, "--with-text and --no-text exclude each other"});
  }
  if (!flags.layout.empty() && flags.format != "latex") {
    return fail(io, {ErrorCode::invalid_argument, "--layout paper belongs to --format latex"});
  }
  if (const Status status = write_report_file(flags, io); !status) return fail(io, status.error());
  return kDone;
}

}  // namespace clue::cli
