// Numbers as people read them; the page (web/src/format.ts) rounds by the same operations, so that
// page, terminal table and exports never differ in a digit. Pure functions.
//
//   percent(0.4645) == "46.5"   percent(std::nullopt) == "-"
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace clue::report {

/// A 0..1 score in percent with one decimal, half rounded up; "-" when missing.
[[nodiscard]] std::string percent(std::optional<double> value);
/// "45.1 to 47.9"; "" when either end is missing.
[[nodiscard]] std::string interval(std::optional<double> low, std::optional<double> high);
/// Byte offset in UTF-8 text to the page's count of UTF-16 units. Offsets past the end are the end.
[[nodiscard]] std::size_t utf16_offset(std::string_view text, std::size_t byte);
/// JSON made safe inside an HTML script block: no "<", no U+2028 or U+2029.
[[nodiscard]] std::string script_safe(std::string_view json);
/// zlib-compressed, base64: the page decodes it with DecompressionStream("deflate").
[[nodiscard]] std::string pack(std::string_view text);

}  // namespace clue::report
