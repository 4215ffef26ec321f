// The part of text.h that needs tables: Python's white space and case mappings (ICU), encodings.
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace clue {
namespace {

using CaseMapper = int32_t (*)(UChar*, int32_t, const UChar*, int32_t, const char*, UErrorCode*);

std::u16string to_utf16(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  for (std::size_t pos = 0; pos < text.size();) {
    const char32_t c = next_code_point(text, pos);
    if (c >= 0x10000) {
      out.push_back(static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10)));
      out.push_back(static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF)));
    } else {
      out.push_back(static_cast<char16_t>(c));
    }
  }
  return out;
}

std::string from_utf16(std::u16string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t c = text[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < text.size()) {
      c = 0x10000 + ((c - 0xD800) << 10) + (static_cast<char32_t>(text[++i]) - 0xDC00);
    }
    append_utf8(out, c);
  }
  return out;
}

std::string map_case(std::string_view text, CaseMapper mapper) {
  const std::u16string in = to_utf16(text);
  // Case mappings grow a string at most threefold.
  std::u16string out(in.size() * 3 + 1, u'\0');
  UErrorCode error = U_ZERO_ERROR;
  const int32_t n = mapper(out.data(), static_cast<int32_t>(out.size()), in.data(),
                           static_cast<int32_t>(in.size()), "", &error);
  CLUE_CHECK_MSG(U_SUCCESS(error), "ICU case mapping failed");
  out.resize(static_cast<std::size_t>(n));
  return from_utf16(out);
}

bool all_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Windows-1252, bytes 0x80 to 0x9F; 0: undefined. Source: the WHATWG index and Microsoft's table.
constexpr std::array<char16_t, 32> kCp1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::string hex_byte(char byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto b = static_cast<unsigned char>(byte);
  return std::string("0x") + kHex[b >> 4] + kHex[b & 15];
}

Error bad_byte(std::string_view bytes, std::size_t at, std::string_view place, std::size_t line,
               std::size_t offset, std::string_view wanted, std::string_view remedy) {
  line += static_cast<std::size_t>(
      std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  return {ErrorCode::data, std::string(place) + ":" + std::to_string(line) + ": byte " +
                               hex_byte(bytes[at]) + " at offset " + std::to_string(offset + at) +
                               " is not " + std::string(wanted) + "; " + std::string(remedy)};
}

}  // namespace

Result<Encoding> parse_encoding(std::string_view name) {
  std::string n;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != ' ') n.push_back(ascii_lower(c));
  }
  if (n == "auto" || n.empty()) return Encoding::automatic;
  if (n == "utf8") return Encoding::utf_8;
  if (n == "cp1252" || n == "windows1252" || n == "ansi") return Encoding::cp1252;
  if (n == "latin1" || n == "iso88591") return Encoding::latin_1;
  return Error{
      ErrorCode::invalid_argument,
      "encoding \"" + std::string(name) + "\" is not known; use auto, utf-8, cp1252 or latin-1"};
}

Result<std::string> to_utf8(std::string bytes, Encoding encoding, std::string_view place,
                            std::size_t line, std::size_t offset) {
  if (encoding == Encoding::automatic || encoding == Encoding::utf_8) {
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
      return bad_byte(bytes, 0, place, line, offset, "UTF-8 (it looks like UTF-16)",
                      "save the file as UTF-8");
    }
    if (const auto bad = first_invalid_utf8(bytes)) {
      return bad_byte(bytes, *bad, place, line, offset, "UTF-8",
                      "if the file comes from Windows try the encoding cp1252 (or latin-1)");
    }
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
    return bytes;
  }
  if (all_ascii(bytes)) return bytes;
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto b = static_cast<unsigned char>(bytes[i]);
    if (encoding == Encoding::cp1252 && b >= 0x80 && b < 0xA0) {
      if (kCp1252[b - 0x80] == 0) {
        return bad_byte(bytes, i, place, line, offset, "cp1252",
                        "try the encoding latin-1 or utf-8");
      }
      append_utf8(out, kCp1252[b - 0x80]);
    } else {
      append_utf8(out, b);
    }
  }
  return out;
}

bool py_is_space(char32_t c) {
  // Python: bidirectional type WS, B or S, or category Zs. The set is fixed since Unicode 6.3.
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

std::vector<std::string_view> py_split(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t begin = std::string_view::npos;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t at = pos;
    const bool space = py_is_space(next_code_point(text, pos));
    if (!space && begin == std::string_view::npos) begin = at;
    if (space && begin != std::string_view::npos) {
      out.push_back(text.substr(begin, at - begin));
      begin = std::string_view::npos;
    }
  }
  if (begin != std::string_view::npos) out.push_back(text.substr(begin));
  return out;
}

std::string_view py_lstrip(std::string_view text) {
  std::size_t pos = 0;
  while (pos < text.size()) {
    std::size_t after = pos;
    if (!py_is_space(next_code_point(text, after))) break;
    pos = after;
  }
  return text.substr(pos);
}

std::string_view py_rstrip(std::string_view text) {
  std::size_t end = 0;  // behind the last code point that is not white space
  for (std::size_t pos = 0; pos < text.size();) {
    if (!py_is_space(next_code_point(text, pos))) end = pos;
  }
  return text.substr(0, end);
}

std::string_view py_strip(std::string_view text) { return py_lstrip(py_rstrip(text)); }

std::string py_lower(std::string_view text) {
  return all_ascii(text) ? ascii_lower(text) : map_case(text, u_strToLower);
}

std::string py_upper(std::string_view text) {
  return all_ascii(text) ? ascii_upper(text) : map_case(text, u_strToUpper);
}

}  // namespace clue
