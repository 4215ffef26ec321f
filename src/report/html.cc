// The page with its data: two marks in the built page are replaced.
#include <fstream>
#include <system_error>

#include "base/check.h"
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

std::string render_html(const Report& report, std::string_view live_token) {
  std::string page(page::embedded("report.html"));
  CLUE_CHECK(!page.empty());
  if (!live_token.empty()) {
    // The token is our own hexadecimal text; the data comes by request.
    replace(page, "<html ", "<html data-live=\"" + std::string(live_token) + "\" ");
    replace(page, "connect-src 'none'", "connect-src 'self'");
    return page;
  }
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

Status write_html(const std::filesystem::path& path, const Report& report) {
  const std::string page = render_html(report);
  const std::filesystem::path part = path.string() + ".part";
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out.write(page.data(), static_cast<std::streamsize>(page.size()));
    out.flush();
    if (!out) {
      std::error_code ignored;
      std::filesystem::remove(part, ignored);
      return Error{ErrorCode::io, "cannot write " + part.string() +
                                      ": check that the folder exists, is writable and has room"};
    }
  }
  std::error_code failed;
  std::filesystem::rename(part, path, failed);
  if (failed) {
    return Error{ErrorCode::io, "cannot rename " + part.string() + " to " + path.string() + ": " +
                                    failed.message()};
  }
  return {};
}

}  // namespace clue::report
