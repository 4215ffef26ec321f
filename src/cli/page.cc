#include "cli/page.h"

#include <algorithm>

#include "base/clock.h"
#include "base/files.h"

namespace clue::cli {

report::ReportOptions page_options() {
  report::ReportOptions options;
  options.generator = "clue " CLUE_VERSION;
  options.generated = iso8601_utc(system_clock()());
  return options;
}

bool shows_guarded_text(const std::vector<report::RunInput>& runs, bool with_text) {
  return with_text && std::ranges::any_of(runs, [](const report::RunInput& run) {
           return std::ranges::any_of(run.passes, [](const report::PassInput& pass) {
             return pass.row.facts.use != core::DataUse::open;
           });
         });
}

Status refresh_page(const std::filesystem::path& dir, bool with_text) {
  CLUE_TRY(report::RunInput run, report::read_run(dir));
  report::ReportOptions options = page_options();
  if (with_text) options.with_text = true;
  std::vector<report::RunInput> runs;
  runs.push_back(std::move(run));
  CLUE_TRY(report::Report page, report::build_report(runs, options));
  // Every file of a guarded run's folder is its owner's alone, whatever the page shows.
  const bool guarded = shows_guarded_text(runs, true);
  return report::write_html(dir / "report.html", page, guarded ? kPrivateFile : 0666U);
}

}  // namespace clue::cli
