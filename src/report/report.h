// report.json and the one-file page. `clue report`, `clue view` and the end of `clue run` use it.
// Pure except write_html; one thread per call. The shape is tests/schema/report.schema.json.
//
//   CLUE_TRY(RunInput run, read_run("runs/llama"));
//   CLUE_TRY(Report report, build_report({std::move(run)}, {.generated = now}));
//   CLUE_OK(write_html("report.html", report));
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "report/input.h"

namespace clue::report {

/// A part of a report that the page reads only when it is looked at.
struct Chunk {
  std::string id;
  std::string packed;  ///< deflated, base64
};

struct Report {
  std::string core;  ///< report.json, version 1
  std::vector<Chunk> chunks;
};

/// Error: what a sample visitor returned.
[[nodiscard]] Result<Report> build_report(const std::vector<RunInput>& runs,
                                          const ReportOptions& options);

/// A built page (report or review) that asks the server it came from: carries the token and may
/// connect to that server alone. Requires: `token` is our own hexadecimal text.
[[nodiscard]] std::string live_page(std::string page, std::string_view token);

/// The whole page as text. `live_token` non-empty: the page asks the server it came from instead
/// of holding the data.
[[nodiscard]] std::string render_html(const Report& report, std::string_view live_token = {});

/// Writes beside `path` and renames. Error: io, with path and cause.
/// `mode` as for write_file_atomic: kPrivateFile for a page with guarded text.
[[nodiscard]] Status write_html(const std::filesystem::path& path, const Report& report,
                                unsigned mode = 0666);

}  // namespace clue::report
