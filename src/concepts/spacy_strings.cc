#include "concepts/spacy_strings.h"

#include <bit>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "concepts/unicode.h"

namespace clue::concepts {
namespace {

// The numbers spaCy 3.7 reserves for names instead of hashing them. They are part of the file
// format: a model's hashed features of the words "cc", "neg" or "X" use them. Names run on from the
// number in front of each list; FLAG and DEPRECATED names are numbered ranges (symbol_number()).
struct SymbolRun {
  std::uint64_t first;
  std::string_view names;  // separated by blanks
};
constexpr SymbolRun kSymbols[] = {
    {1,
     "IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL LIKE_NUM "
     "LIKE_EMAIL IS_STOP IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT "
     "IS_CURRENCY"},
    {64,
     "ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE "
     "HEAD SENT_START SPACY PROB LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON "
     "PROPN PUNCT SCONJ SYM VERB X EOL SPACE"},
    {380,
     "PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME "
     "PERCENT MONEY QUANTITY ORDINAL CARDINAL acomp advcl advmod agent amod appos attr aux "
     "auxpass cc ccomp complm conj cop csubj csubjpass dep det dobj expl hmod hyph infmod intj "
     "iobj mark meta neg nmod nn npadvmod nsubj nsubjpass num number oprd obj obl parataxis "
     "partmod pcomp pobj poss possessive preconj prep prt punct quantmod relcl rcmod root "
     "xcomp acl ENT_KB_ID MORPH ENT_ID IDX _"},
};

constexpr std::pair<std::string_view, std::string_view> kBaseNorms[] = {
    // norm, spellings separated by blanks
    {"'s", "'s 'S ’s ’S"},
    {"'", "’ ‘ ´ `"},
    {"\"", "” “ '' `` ´´ „ » « ‘‘ ’’"},
    {"?", "？"},
    {"!", "！"},
    {",", "，"},
    {";", "；"},
    {":", "："},
    {".", "。 ।"},
    {"...", "…"},
    {"-", "— – -- --- ——"},
    {"$", "€ £ ¥ ฿ US$ C$ A$ ₺ ₹ ৳ ₩ Mex$ ₣ E£"},
};

const std::unordered_map<std::string_view, std::uint64_t>& symbols() {
  static const auto table = [] {
    std::unordered_map<std::string_view, std::uint64_t> t;
    for (const SymbolRun& run : kSymbols) {
      std::uint64_t n = run.first;
      for (const std::string_view name : split(run.names, ' ')) t.emplace(name, n++);
    }
    return t;
  }();
  return table;
}

/// "FLAG19" to "FLAG63" are their number, "DEPRECATED001" to "DEPRECATED276" follow 103.
std::uint64_t numbered_symbol(std::string_view text) {
  const auto tail = [&](std::size_t from, std::size_t digits) -> std::uint64_t {
    if (text.size() != from + digits) return 0;
    std::uint64_t n = 0;
    for (const char c : text.substr(from)) {
      if (!is_ascii_digit(c)) return 0;
      n = n * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return n;
  };
  if (text.starts_with("FLAG")) {
    const std::uint64_t n = tail(4, 2);
    return n >= 19 && n <= 63 ? n : 0;
  }
  if (text.starts_with("DEPRECATED")) {
    const std::uint64_t n = tail(10, 3);
    return n >= 1 && n <= 276 ? 103 + n : 0;
  }
  return 0;
}

std::uint64_t murmur64a(std::string_view data, std::uint64_t seed) {
  constexpr std::uint64_t kM = 0xC6A4A7935BD1E995ULL;
  std::uint64_t h = seed ^ (data.size() * kM);
  std::size_t i = 0;
  for (; i + 8 <= data.size(); i += 8) {
    std::uint64_t k;
    std::memcpy(&k, data.data() + i, 8);
    k *= kM;
    k ^= k >> 47;
    h = (h ^ (k * kM)) * kM;
  }
  if (i < data.size()) {
    std::uint64_t k = 0;
    std::memcpy(&k, data.data() + i, data.size() - i);
    h = (h ^ k) * kM;
  }
  h = (h ^ (h >> 47)) * kM;
  return h ^ (h >> 47);
}

std::uint64_t fmix64(std::uint64_t h) {
  h = (h ^ (h >> 33)) * 0xFF51AFD7ED558CCDULL;
  h = (h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53ULL;
  return h ^ (h >> 33);
}

}  // namespace

std::uint64_t string_id(std::string_view text) {
  if (text.empty()) return 0;
  const auto it = symbols().find(text);
  if (it != symbols().end()) return it->second;
  if (const std::uint64_t n = numbered_symbol(text)) return n;
  return murmur64a(text, 1);
}

std::array<std::uint32_t, 4> embedding_keys(std::uint64_t value, std::uint32_t seed) {
  std::uint64_t h1 = std::rotl(value * 0x87C37B91114253D5ULL, 31) * 0x4CF5AD432745937FULL;
  h1 ^= seed;
  h1 ^= 8;
  std::uint64_t h2 = seed ^ std::uint64_t{8};
  h1 += h2;
  h2 += h1;
  h1 = fmix64(h1);
  h2 = fmix64(h2);
  h1 += h2;
  h2 += h1;
  return {static_cast<std::uint32_t>(h1), static_cast<std::uint32_t>(h1 >> 32),
          static_cast<std::uint32_t>(h2), static_cast<std::uint32_t>(h2 >> 32)};
}

std::optional<std::string_view> base_norm(std::string_view text) {
  static const auto table = [] {
    std::unordered_map<std::string_view, std::string_view> t;
    for (const auto& [norm, spellings] : kBaseNorms) {
      for (const std::string_view s : split(spellings, ' ')) t.emplace(s, norm);
    }
    return t;
  }();
  const auto it = table.find(text);
  return it == table.end() ? std::nullopt : std::optional(it->second);
}

std::string word_shape(std::u32string_view text) {
  if (text.size() >= 100) return "LONG";
  std::string out;
  char32_t last = 0;
  int run = 0;
  for (const char32_t c : text) {
    char32_t s = c;
    if (is_alpha(c)) {
      s = is_upper(c) ? U'X' : U'x';
    } else if (is_digit(c)) {
      s = U'd';
    }
    run = s == last ? run + 1 : 0;
    last = s;
    if (run < 4) append_utf8(out, s);
  }
  return out;
}

}  // namespace clue::concepts
