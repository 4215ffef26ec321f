#include "text/words.h"

#include <unicode/uchar.h>

#include "text/unicode.h"

namespace clue::text {

std::string unicode_words(std::string_view s) {
  const std::string composed = to_nfc(s);
  std::string out;
  out.reserve(composed.size());
  bool in_word = false;
  for (std::size_t i = 0; i < composed.size();) {
    const Utf8 c = decode(composed, i);
    i += c.bytes;
    const auto u = static_cast<UChar32>(c.value);
    const bool part =
        c.valid && (U_GET_GC_MASK(u) & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK)) != 0;
    const bool alone = part && u_hasBinaryProperty(u, UCHAR_UNIFIED_IDEOGRAPH);
    if (part && (!in_word || alone) && !out.empty()) out.push_back(' ');
    if (part) append_utf8(out, static_cast<char32_t>(u_tolower(u)));
    in_word = part && !alone;
  }
  return out;
}

}  // namespace clue::text
