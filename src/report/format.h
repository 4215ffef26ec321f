// Numbers as people read them; the page (web/src/format.ts) rounds by the same operations, so that
// page, terminal table and exports never differ in a digit. Pure functions.
//
//   percent(0.4645) == "46.5"   percent(std::nullopt) == "-"
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clue::report {

/// A 0..1 score in percent with one decimal, half rounded up; "-" when missing.
[[nodiscard]] std::string percent(std::optional<double> value);
/// "45.1 to 47.9"; "" when either end is missing.
[[nodiscard]] std::string interval(std::optional<double> low, std::optional<double> high);
/// A difference in percentage points: "+1.2", "-0.3", "0.0"; "-" when missing.
[[nodiscard]] std::string points(std::optional<double> value);
/// "<0.001", "0.034", "0.27"; "-" when missing.
[[nodiscard]] std::string p_value(std::optional<double> value);
/// Columns separated by two spaces under a ruled header, widths in code points; those named in
/// `right` are aligned to the right.
[[nodiscard]] std::string format_table(const std::vector<std::string>& header,
                                       const std::vector<std::vector<std::string>>& rows,
                                       const std::vector<bool>& right);
/// A Markdown table; cells are escaped.
[[nodiscard]] std::string format_markdown(const std::vector<std::string>& header,
                                          const std::vector<std::vector<std::string>>& rows,
                                          const std::vector<bool>& right);
/// LaTeX's special characters escaped; characters that pdflatex has no input for become "?".
[[nodiscard]] std::string latex(std::string_view text);
/// Byte offset in UTF-8 text to the page's count of UTF-16 units. Offsets past the end are the end.
[[nodiscard]] std::size_t utf16_offset(std::string_view text, std::size_t byte);
/// JSON made safe inside an HTML script block: no "<", no U+2028 or U+2029.
[[nodiscard]] std::string script_safe(std::string_view json);
/// zlib-compressed, base64: the page decodes it with DecompressionStream("deflate").
[[nodiscard]] std::string pack(std::string_view text);

}  // namespace clue::report
