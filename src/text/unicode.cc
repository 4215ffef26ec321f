#include "text/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/ucasemap.h>
#include <unicode/uchar.h>

#include <cstdint>

namespace clue::text {
namespace {

constexpr std::uint8_t kNewestUnicode = 14;

bool known(char32_t c) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] != 0 && age[0] <= kNewestUnicode;
}

bool slow_is_word(char32_t c) {
  const auto u = static_cast<UChar32>(c);
  const bool letter = (U_GET_GC_MASK(u) & U_GC_L_MASK) != 0;
  const bool numeric = u_getIntPropertyValue(u, UCHAR_NUMERIC_TYPE) != U_NT_NONE;
  return (letter || numeric) && known(c);
}

unsigned continuation(std::string_view s, std::size_t pos) {
  return pos < s.size() && (static_cast<unsigned char>(s[pos]) & 0xC0u) == 0x80u
             ? static_cast<unsigned char>(s[pos]) & 0x3Fu
             : 0x100u;
}

using CaseFn = int32_t (*)(const UCaseMap*, char*, int32_t, const char*, int32_t, UErrorCode*);

// ICU writes into a buffer of the caller's: one try at twice the size, a second with what it asks.
std::string map_case(std::string_view s, CaseFn fn) {
  UErrorCode status = U_ZERO_ERROR;
  UCaseMap* map = ucasemap_open("", 0, &status);
  std::string out(s.size() * 2 + 16, '\0');
  int32_t n = 0;
  for (int attempt = 0; attempt < 2; ++attempt) {
    status = U_ZERO_ERROR;
    n = fn(map, out.data(), static_cast<int32_t>(out.size()), s.data(),
           static_cast<int32_t>(s.size()), &status);
    if (status != U_BUFFER_OVERFLOW_ERROR) break;
    out.resize(static_cast<std::size_t>(n) + 1);
  }
  ucasemap_close(map);
  if (U_FAILURE(status)) return std::string(s);
  out.resize(static_cast<std::size_t>(n));
  return out;
}

bool is_ascii(std::string_view s) {
  for (const char c : s) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

}  // namespace

Utf8 decode(std::string_view s, std::size_t pos) {
  constexpr Utf8 kBad = {0xFFFD, 1, false};
  const auto b0 = static_cast<unsigned char>(s[pos]);
  if (b0 < 0x80) return {b0, 1, true};
  if (b0 < 0xC2 || b0 > 0xF4) return kBad;
  const unsigned c1 = continuation(s, pos + 1);
  if (c1 > 0xFF) return kBad;
  if (b0 < 0xE0) return {static_cast<char32_t>((b0 & 0x1Fu) << 6 | c1), 2, true};
  const unsigned c2 = continuation(s, pos + 2);
  if (c2 > 0xFF) return kBad;
  if (b0 < 0xF0) {
    const auto v = static_cast<char32_t>((b0 & 0x0Fu) << 12 | c1 << 6 | c2);
    if (v < 0x800 || (v >= 0xD800 && v <= 0xDFFF)) return kBad;
    return {v, 3, true};
  }
  const unsigned c3 = continuation(s, pos + 3);
  if (c3 > 0xFF) return kBad;
  const auto v = static_cast<char32_t>((b0 & 0x07u) << 18 | c1 << 12 | c2 << 6 | c3);
  if (v < 0x10000 || v > 0x10FFFF) return kBad;
  return {v, 4, true};
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](unsigned v) { out.push_back(static_cast<char>(v)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0u | c >> 6);
    put(0x80u | (c & 0x3Fu));
  } else if (c < 0x10000) {
    put(0xE0u | c >> 12);
    put(0x80u | (c >> 6 & 0x3Fu));
    put(0x80u | (c & 0x3Fu));
  } else {
    put(0xF0u | c >> 18);
    put(0x80u | (c >> 12 & 0x3Fu));
    put(0x80u | (c >> 6 & 0x3Fu));
    put(0x80u | (c & 0x3Fu));
  }
}

bool is_valid_utf8(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    const Utf8 c = decode(s, i);
    if (!c.valid) return false;
    i += c.bytes;
  }
  return true;
}

bool is_word(char32_t c) {
  if (c < 0x80) {
    const char32_t lower = c | 0x20u;
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
  }
  return slow_is_word(c);
}

bool word_before(std::string_view s, std::size_t pos) {
  if (pos == 0) return false;
  std::size_t start = pos - 1;
  while (start > 0 && pos - start < 4 && (static_cast<unsigned char>(s[start]) & 0xC0u) == 0x80u) {
    --start;
  }
  const Utf8 c = decode(s, start);
  return c.valid && start + c.bytes == pos && is_word(c.value);
}

bool word_at(std::string_view s, std::size_t pos) {
  if (pos >= s.size()) return false;
  const Utf8 c = decode(s, pos);
  return c.valid && is_word(c.value);
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

std::string_view strip(std::string_view s) {
  std::size_t begin = 0;
  while (begin < s.size()) {
    const Utf8 c = decode(s, begin);
    if (!is_space(c.value)) break;
    begin += c.bytes;
  }
  std::size_t end = s.size();
  while (end > begin) {
    std::size_t start = end - 1;
    while (start > begin && (static_cast<unsigned char>(s[start]) & 0xC0u) == 0x80u) --start;
    const Utf8 c = decode(s, start);
    if (start + c.bytes != end || !is_space(c.value)) break;
    end = start;
  }
  return s.substr(begin, end - begin);
}

std::string to_upper(std::string_view s) {
  if (!is_ascii(s)) return map_case(s, ucasemap_utf8ToUpper);
  std::string out(s);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string to_lower(std::string_view s) {
  if (!is_ascii(s)) return map_case(s, ucasemap_utf8ToLower);
  std::string out(s);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string to_nfc(std::string_view s) {
  if (is_ascii(s)) return std::string(s);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  if (U_SUCCESS(status)) {
    nfc->normalizeUTF8(0, icu::StringPiece(s.data(), static_cast<int32_t>(s.size())), sink, nullptr,
                       status);
  }
  return U_SUCCESS(status) ? out : std::string(s);
}

}  // namespace clue::text
