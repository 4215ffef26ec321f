// The report page from run folders, as `clue report` writes it and `clue run` refreshes it.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "report/report.h"

namespace clue::cli {

/// Program and time of the report, nothing else chosen.
[[nodiscard]] report::ReportOptions page_options();

/// True when a page of these runs holds text of data that is not open.
[[nodiscard]] bool shows_guarded_text(const std::vector<report::RunInput>& runs, bool with_text);

/// DIR/report.html of the run in DIR; texts of data that is not open only `with_text`.
[[nodiscard]] Status refresh_page(const std::filesystem::path& dir, bool with_text);

}  // namespace clue::cli
