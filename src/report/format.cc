#include "report/format.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cmath>
#include <vector>

#include "base/check.h"

namespace clue::report {

std::string percent(std::optional<double> value) {
  if (!value) return "-";
  const double rounded = std::floor(*value * 100 * 10 + 0.5) / 10;
  return fmt::format("{:.1f}", rounded == 0 ? 0.0 : rounded);
}

std::string interval(std::optional<double> low, std::optional<double> high) {
  return low && high ? percent(low) + " to " + percent(high) : std::string();
}

std::size_t utf16_offset(std::string_view text, std::size_t byte) {
  std::size_t units = 0;
  for (std::size_t i = 0; i < text.size() && i < byte; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c & 0xC0) != 0x80) units += c >= 0xF0 ? 2 : 1;
  }
  return units;
}

std::string script_safe(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 64);
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '<') {
      out += "\\u003c";
    } else if (json.substr(i, 3) == "\xE2\x80\xA8" || json.substr(i, 3) == "\xE2\x80\xA9") {
      out += json[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += json[i];
    }
  }
  return out;
}

std::string pack(std::string_view text) {
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  std::vector<unsigned char> bytes(size);
  const int done = compress2(bytes.data(), &size, reinterpret_cast<const Bytef*>(text.data()),
                             static_cast<uLong>(text.size()), 4);
  CLUE_CHECK(done == Z_OK);
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((size + 2) / 3 * 4);
  for (uLongf i = 0; i < size; i += 3) {
    const unsigned a = bytes[i];
    const unsigned b = i + 1 < size ? bytes[i + 1] : 0U;
    const unsigned c = i + 2 < size ? bytes[i + 2] : 0U;
    out += kDigits[a >> 2];
    out += kDigits[((a & 3U) << 4) | (b >> 4)];
    out += i + 1 < size ? kDigits[((b & 15U) << 2) | (c >> 6)] : '=';
    out += i + 2 < size ? kDigits[c & 63U] : '=';
  }
  return out;
}

}  // namespace clue::report
