// The page with its data: two marks in the built page are replaced.
#include "base/check.h"
#include "base/files.h"
#include "report/assets.h"
#include "report/format.h"
#include "report/report.h"

namespace clue::report {

namespace {

void replace(std::string& page, std::string_view mark, std::string_view text) {
  const std::size_t at = page.find(mark);
  CLUE_CHECK(at != std::string::npos);
  page.replace(at, mark.size(), text);
}

}  // namespace

std::string live_page(std::string page, std::string_view token) {
  replace(page, "<html ", "<html data-live=\"" + std::string(token) + "\" ");
  replace(page, "connect-src 'none'", "connect-src 'self'");
  return page;
}

std::string render_html(const Report& report, std::string_view live_token) {
  std::string page(page::embedded("report.html"));
  CLUE_CHECK(!page.empty());
  if (!live_token.empty()) return live_page(std::move(page), live_token);
  std::string blocks;
  for (const Chunk& chunk : report.chunks) {
    blocks += "<script type=\"application/octet-stream\" id=\"clue-chunk-" + chunk.id + "\">" +
              chunk.packed + "</script>\n";
  }
  replace(page, "<!--clue:report-->",
          "<script type=\"application/json\" id=\"clue-report\">" + script_safe(report.core) +
              "</script>");
  replace(page, "<!--clue:chunks-->", blocks + "<i hidden id=\"clue-end\"></i>");
  return page;
}

Status write_html(const std::filesystem::path& path, const Report& report, unsigned mode) {
  return write_file_atomic(path, render_html(report), mode);
}

}  // namespace clue::report
