#include "report/format.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>

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

std::string points(std::optional<double> value) {
  if (!value) return "-";
  const std::string text = percent(value);
  return std::floor(*value * 100 * 10 + 0.5) > 0 ? "+" + text : text;
}

std::string p_value(std::optional<double> value) {
  if (!value) return "-";
  if (*value < 0.001) return "<0.001";
  return fmt::format("{:.{}f}", *value, *value < 0.1 ? 3 : 2);
}

namespace {

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("|\\<*_`").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows,
                         const std::vector<bool>& right) {
  std::vector<std::size_t> widths;
  for (const std::string& h : header) widths.push_back(width(h));
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const std::string pad(widths[c] - width(cells[c]), ' ');
      const bool to_right = c < right.size() && right[c];
      out += (c > 0 ? "  " : "") + (to_right ? pad + cells[c] : cells[c] + pad);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  line(header);
  std::vector<std::string> rule;
  for (const std::size_t w : widths) rule.emplace_back(w, '-');
  line(rule);
  for (const auto& row : rows) line(row);
  return out;
}

std::string format_markdown(const std::vector<std::string>& header,
                            const std::vector<std::vector<std::string>>& rows,
                            const std::vector<bool>& right) {
  std::string out = "|";
  for (const std::string& h : header) out += fmt::format(" {} |", h);
  out += "\n|";
  for (std::size_t c = 0; c < header.size(); ++c) {
    out += c < right.size() && right[c] ? "---:|" : "---|";
  }
  out += '\n';
  for (const auto& row : rows) {
    out += '|';
    for (const std::string& cell : row) out += fmt::format(" {} |", markdown_cell(cell));
    out += '\n';
  }
  return out;
}

std::string latex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0xC0) {
      // pdflatex reads Latin letters (two bytes, up to U+024F); anything else would stop it.
      if (byte <= 0xC9 && i + 1 < text.size()) {
        out += text.substr(i, 2);
      } else {
        out += '?';
      }
      while (i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0) == 0x80) ++i;
      continue;
    }
    if (c == '\\') {
      out += "\\textbackslash{}";
    } else if (c == '~') {
      out += "\\textasciitilde{}";
    } else if (c == '^') {
      out += "\\textasciicircum{}";
    } else if (c == '|') {
      out += "\\textbar{}";
    } else if (c == '<' || c == '>') {
      out += c == '<' ? "\\textless{}" : "\\textgreater{}";
    } else if (std::string_view("&%$#_{}").find(c) != std::string_view::npos) {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7F) {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out;
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
