// How the code-list parser works: scan() cuts the text into candidates (a letter, a digit, a digit
// or letter, more letters and digits, one dot). judge() decides with the table, and for forms that
// also occur in prose with the neighbours: weak forms need a place that is set off as a list is.
#include <algorithm>
#include <array>
#include <optional>

#include "metrics/icd.h"
#include "text/unicode.h"

namespace clue::metrics {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool upper(char c) { return c >= 'A' && c <= 'Z'; }
bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool alnum(char c) { return digit(c) || upper(c) || lower(c); }

std::string upper_case(std::string_view s) {
  std::string out(s);
  for (char& c : out) {
    if (lower(c)) c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

/// A letter or digit of any script (underscores, unlike in \w, mark emphasis and separate).
bool letter_before(std::string_view s, std::size_t pos) {
  return pos > 0 && s[pos - 1] != '_' && text::word_before(s, pos);
}
bool letter_at(std::string_view s, std::size_t pos) {
  return pos < s.size() && s[pos] != '_' && text::word_at(s, pos);
}

// ---- the words around a candidate
// ------------------------------------------------------------------

/// The ASCII word that ends before `pos` on the same line, skipping blanks, dots and stars; lower
/// case.
std::string word_left(std::string_view s, std::size_t pos) {
  while (pos > 0 &&
         (s[pos - 1] == ' ' || s[pos - 1] == '\t' || s[pos - 1] == '.' || s[pos - 1] == '-'))
    --pos;
  std::size_t begin = pos;
  while (begin > 0 && alnum(s[begin - 1])) --begin;
  std::string out(s.substr(begin, pos - begin));
  for (char& c : out) {
    if (upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// The word or unit sign that starts after `pos`.
std::string word_right(std::string_view s, std::size_t pos) {
  while (pos < s.size() && (s[pos] == ' ' || s[pos] == '\t' || s[pos] == '-')) ++pos;
  std::size_t end = pos;
  while (end < s.size() && alnum(s[end])) ++end;
  std::string out(s.substr(pos, end - pos));
  for (char& c : out) {
    if (upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  if (out.empty() && pos < s.size()) {
    if (s[pos] == '%') return "%";
    if (s.substr(pos, 2) == "\xC2\xB0") return "\xC2\xB0";  // degree sign
    if (s.substr(pos, 2) == "\xC2\xB5") return "mcg";       // micro sign starts a unit
  }
  return out;
}

template <std::size_t N>
bool among(const std::string& word, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// Units and things of the ward: "N95 mask", "D50 amp", "T07 vertebra", "K40 mEq".
bool prose_after(const std::string& w) {
  static constexpr std::array<std::string_view, 58> kWords = {
      "mutation",  "mutations", "gene",      "antigen",  "mg",         "mcg",         "g",
      "kg",        "ml",        "l",         "dl",       "mmol",       "meq",         "units",
      "unit",      "iu",        "mmhg",      "bpm",      "cm",         "mm",          "h",
      "hr",        "hrs",       "hour",      "hours",    "min",        "mins",        "minutes",
      "days",      "weeks",     "mask",      "masks",    "respirator", "respirators", "vertebra",
      "vertebrae", "vertebral", "dermatome", "level",    "amp",        "amps",        "ampule",
      "ampules",   "bolus",     "push",      "infusion", "drip",       "dextrose",    "water",
      "tablet",    "tablets",   "capsule",   "gauge",    "%",          "\xC2\xB0",    "degrees",
      "nerve",     "lead"};
  return among(w, kWords);
}
/// What makes a dotted figure a measurement: "T37.5 °C". Words do not: "Z3A.39 weeks".
bool unit_after(const std::string& w) {
  static constexpr std::array<std::string_view, 9> kUnits = {
      "%", "\xC2\xB0", "degrees", "mg", "mcg", "ml", "mmol", "mmhg", "bpm"};
  return among(w, kUnits);
}
bool prose_before(const std::string& w) {
  static constexpr std::array<std::string_view, 44> kWords = {
      "hla",   "zimmer", "station", "bett",        "bwk",      "lwk",   "hwk",      "wirbel",
      "haus",  "ebene",  "vitamin", "vit",         "vitamins", "room",  "rm",       "bed",
      "ward",  "floor",  "unit",    "suite",       "apt",      "level", "dextrose", "amp",
      "amps",  "ampule", "temp",    "temperature", "tmax",     "tc",    "type",     "stage",
      "grade", "model",  "version", "gate",        "building", "box",   "page",     "lot",
      "batch", "study",  "phone",   "mrn"};
  return among(w, kWords);
}
bool code_word(const std::string& w) {
  static constexpr std::array<std::string_view, 17> kWords = {
      "icd",        "icd10",   "icd10cm",   "10",        "cm",        "code",
      "codes",      "coded",   "as",        "dx",        "diagnosis", "diagnoses",
      "diagnostic", "primary", "secondary", "principal", "through"};
  return among(w, kWords);
}

/// A word of the code's title stands within a few words on the same line.
bool title_near(std::string_view s, std::size_t begin, std::size_t end, std::string_view title) {
  constexpr std::size_t kReach = 70;
  std::size_t from = begin > kReach ? begin - kReach : 0;
  if (const std::size_t line = s.substr(from, begin - from).rfind('\n'); line != s.npos) {
    from += line + 1;
  }
  const std::size_t to = std::min({s.find('\n', end), s.size(), end + kReach});
  const std::string around =
      upper_case(s.substr(from, begin - from)) + " " + upper_case(s.substr(end, to - end));
  for (std::size_t i = 0; i < title.size();) {
    std::size_t stop = i;
    while (stop < title.size() && alnum(title[stop])) ++stop;
    if (stop - i >= 5 && around.find(upper_case(title.substr(i, stop - i))) != around.npos) {
      return true;
    }
    i = stop + 1;
  }
  return false;
}

/// Vital signs share a line: "T98.6 P72 R18 BP 120/80".
bool vital_line(std::string_view s, std::size_t begin, std::size_t end) {
  const std::size_t from = begin == 0 ? 0 : s.rfind('\n', begin - 1) + 1;
  const std::size_t to = std::min(s.find('\n', end), s.size());
  const std::string_view line = s.substr(from, to - from);
  for (const std::string_view sign : {"BP", "SpO2", "HR", "RR", "Sat"}) {
    for (std::size_t i = line.find(sign); i != line.npos; i = line.find(sign, i + 1)) {
      const bool left = i == 0 || !alnum(line[i - 1]);
      const std::size_t after = i + sign.size();
      std::size_t value = after;
      while (value < line.size() &&
             (line[value] == ' ' || line[value] == ':' || line[value] == '='))
        ++value;
      if (left && value < line.size() && digit(line[value])) return true;
    }
  }
  return false;
}

/// Nothing but a list's furniture stands to the left: line start, bullet, number, delimiter,
/// opening bracket, or a word that announces codes.
bool set_off_left(std::string_view s, std::size_t pos, std::size_t last_code_end) {
  std::size_t i = pos;
  while (i > 0 && (s[i - 1] == ' ' || s[i - 1] == '\t' || s[i - 1] == '*' || s[i - 1] == '`' ||
                   s[i - 1] == '_'))
    --i;
  if (i == 0 || i == last_code_end) return true;
  const char c = s[i - 1];
  if (std::string_view("\n\r,;:([{|/\"'-+&#>=").find(c) != std::string_view::npos) return true;
  if (c == '.' || c == ')') {  // "1. I10", "2) I10"; a sentence end is no list
    std::size_t k = i - 1;
    while (k > 0 && digit(s[k - 1])) --k;
    if (k < i - 1 && (k == 0 || s[k - 1] == '\n' || s[k - 1] == ' ')) return true;
  }
  if (c == '\xA2' || c == '\x93' || c == '\x94') return true;  // tail byte of a bullet or dash
  const std::string w = word_left(s, i);
  if ((w == "and" || w == "or" || w == "to") && last_code_end != 0 && i <= last_code_end + 5)
    return true;
  return code_word(w);
}

/// Behind the marks that codes of some systems carry: dagger, star, exclamation mark, plus, and
/// letters for certainty (G V A Z) and side (R L B), set apart or not.
std::size_t after_marks(std::string_view s, std::size_t pos) {
  for (;;) {
    if (s.substr(pos, 3) == "\xE2\x80\xA0") {
      pos += 3;
    } else if (pos < s.size() && std::string_view("*!+").find(s[pos]) != std::string_view::npos) {
      ++pos;
    } else if (pos + 1 < s.size() && s[pos] == ' ' &&
               std::string_view("GVAZRLB").find(s[pos + 1]) != std::string_view::npos &&
               !letter_at(s, pos + 2)) {
      pos += 2;
    } else {
      return pos;
    }
  }
}

bool set_off_right(std::string_view s, std::size_t pos) {
  std::size_t i = pos;
  while (i < s.size() && (s[i] == '*' || s[i] == '`' || s[i] == '_')) ++i;
  const bool blank = i < s.size() && (s[i] == ' ' || s[i] == '\t');
  while (i < s.size() && (s[i] == ' ' || s[i] == '\t')) ++i;
  if (i == s.size()) return true;
  if (std::string_view("\n\r,;:)]}|/\"'(<").find(s[i]) != std::string_view::npos) return true;
  if (s[i] == '.')
    return i + 1 == s.size() || s[i + 1] == ' ' || s[i + 1] == '\n' || s[i + 1] == '\r' ||
           upper(s[i + 1]);
  if (s[i] == '-' || s[i] == '\xE2') return true;  // dash before a title, or range
  if (!blank) return false;
  const std::string w = word_right(s, i);
  return w == "and" || w == "or" || (w.size() >= 3 && digit(w[1]));
}

// ---- candidates
// -----------------------------------------------------------------------------------------

struct Candidate {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string code;  ///< upper case, no dot
  bool dotted = false;
  bool lower_letter = false;
  bool any_subcode = false;  ///< written ".-" or ".x": the category was meant
};

bool all_x(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return c == 'x' || c == 'X'; });
}

/// The candidate that starts at `pos`; nullopt: none does. `next` is where to go on.
std::optional<Candidate> candidate(std::string_view s, std::size_t pos, std::size_t& next) {
  std::size_t end = pos;
  while (end < s.size() && alnum(s[end])) ++end;
  next = std::max(end, pos + 1);
  const std::string_view head = s.substr(pos, end - pos);
  if (head.size() < 3 || head.size() > 7 || digit(head[0]) || !digit(head[1])) return std::nullopt;
  if (letter_at(s, end)) return std::nullopt;
  Candidate c;
  c.begin = pos;
  c.end = end;
  c.lower_letter = lower(head[0]);
  c.code = upper_case(head);
  // A code's letters are of one case, the x that fills empty places apart: "E11abc" or "i10A" are no codes.
  const bool mixed = std::any_of(head.begin() + 1, head.end(), [&](char ch) {
    return c.lower_letter ? upper(ch) && ch != 'X' : lower(ch) && ch != 'x';
  });
  if (mixed && !(head.size() >= 4 && !c.lower_letter && lower(head.back()) &&
                 std::none_of(head.begin() + 1, head.end() - 1, lower))) {
    return std::nullopt;
  }
  if (head.size() != 3 || end + 1 >= s.size() || s[end] != '.') return c;
  if (s[end + 1] == '-') {
    c.end = end + 2;
    c.any_subcode = true;
    next = c.end;
    return c;
  }
  std::size_t tail_end = end + 1;
  while (tail_end < s.size() && alnum(s[tail_end])) ++tail_end;
  const std::string_view tail = s.substr(end + 1, tail_end - end - 1);
  if (tail.empty()) return c;
  // "I10.Next sentence": the dot ends a sentence when a word follows that no code could hold.
  const auto lowers = std::count_if(tail.begin(), tail.end(), lower);
  const bool word =
      !digit(tail[0]) && tail.size() > 1 && !c.lower_letter && lowers > 1 && !all_x(tail);
  if (tail.size() > 4 || word || letter_at(s, tail_end)) return c;
  if (tail_end + 1 < s.size() && s[tail_end] == '.' && digit(s[tail_end + 1])) {
    return std::nullopt;  // a version number
  }
  next = c.end = tail_end;
  if (all_x(tail)) {
    c.any_subcode = true;
    return c;
  }
  c.dotted = true;
  c.code += upper_case(tail);
  // "E11.2-", "E11.2x": the subcategory was meant.
  if (c.end < s.size() && s[c.end] == '-' &&
      (c.end + 1 == s.size() || (!alnum(s[c.end + 1]) && s[c.end + 1] != '.'))) {
    ++c.end;
  }
  return c;
}

/// The known code that was meant: placeholders for "any subcode" dropped, and letters for certainty
/// and side where the system has them.
std::string settle(const std::string& code, const IcdTable& table) {
  if (table.contains(code)) return code;
  std::string shorter = code;
  while (shorter.size() > 3 && shorter.back() == 'X') {
    shorter.pop_back();
    if (table.contains(shorter)) return shorter;
  }
  shorter = code;
  for (int i = 0; i < 2 && table.has_marks() && shorter.size() > 3; ++i) {
    if (std::string_view("GVAZRLB").find(shorter.back()) == std::string_view::npos) break;
    shorter.pop_back();
    if (table.contains(shorter) || i == 1) return shorter;
  }
  return shorter;
}

/// Digits and placeholders, a letter only in seventh place: what an invented code looks like
/// without its dot. "Q12H" and "D50W" do not.
bool code_shape(std::string_view code) {
  std::size_t i = 2;
  while (i < code.size() && (digit(code[i]) || code[i] == 'X')) ++i;
  return i == code.size() || (i == 6 && code.size() == 7);
}

bool accept(std::string_view s, const Candidate& c, const IcdTable& table, std::size_t last_end) {
  std::string left = word_left(s, c.begin);
  if (left == "of") left = word_left(s, s.find_last_of("oO", c.begin - 1));  // "one amp of D50"
  const std::size_t behind = table.has_marks() ? after_marks(s, c.end) : c.end;
  const std::string right = word_right(s, behind);
  const IcdCode* known = table.find(c.code);
  const bool category = table.contains(std::string_view(c.code).substr(0, 3));
  const bool sure = known && c.dotted;  // a known code with its dot is rarely anything else
  if (sure ? unit_after(right) || left.starts_with("temp") || left == "tmax"
           : prose_after(right) || prose_before(left)) {
    return false;
  }
  const bool left_off = set_off_left(s, c.begin, last_end);
  const bool right_off = set_off_right(s, behind);
  const bool in_list = left_off && right_off;
  if (std::string_view("TPRO").find(c.code[0]) != std::string_view::npos &&
      c.code.size() <= (c.dotted ? 4u : 3u) && vital_line(s, c.begin, c.end)) {
    return false;
  }
  if (known) {
    if (c.code.size() > 3) return !c.lower_letter || c.dotted || in_list;
    if (c.lower_letter || left == "q") return in_list;
    // A bare category may be a gene, a road or a room: its place or its title must speak for it.
    const bool line_start = c.begin == 0 || s[c.begin - 1] == '\n';
    const bool next_code = last_end != 0 && left_off && c.begin <= last_end + 4;
    return right_off || line_start || next_code || c.any_subcode || code_word(left) ||
           title_near(s, c.begin, c.end, known->title);
  }
  if (c.dotted && !c.lower_letter) return category || in_list;
  if (c.lower_letter) return category && in_list && c.dotted;
  return in_list && category && code_shape(c.code) && c.code.size() > 3;
}

/// "E11.0-.9": the second end of a range that leaves the category out.
void short_range(std::string_view s, std::size_t& i, const std::string& category,
                 const IcdTable& table, std::vector<IcdMention>& out) {
  std::size_t k = i;
  if (k + 2 < s.size() && s[k] == '-' && s[k + 1] == '.' && digit(s[k + 2])) {
    k += 2;
    std::size_t end = k;
    while (end < s.size() && alnum(s[end])) ++end;
    const std::string code = category + upper_case(s.substr(k, end - k));
    if (code.size() <= 7) {
      out.push_back({code, k - 1, end, table.contains(code)});
      i = end;
    }
  }
}

// ---- the published pattern
// ------------------------------------------------------------------------------

/// Length of the pattern's match at `pos`, 0 for none. Tries the longest form first, as the regular
/// expression does, and gives back characters until a word boundary is reached.
std::size_t match_2024(std::string_view s, std::size_t pos) {
  if (pos + 3 > s.size()) return 0;
  const char a = s[pos];
  if (!upper(a) || a == 'U' || !digit(s[pos + 1]) || !digit(s[pos + 2])) return 0;
  if (text::word_before(s, pos)) return 0;
  const auto extent = [&s](std::size_t from) {
    std::size_t n = 0;
    while (n < 4 && from + n < s.size() && (digit(s[from + n]) || upper(s[from + n]))) ++n;
    return n;
  };
  const std::size_t dot = pos + 3 < s.size() && s[pos + 3] == '.' ? 1 : 0;
  for (std::size_t n = extent(pos + 3 + dot); n > 0; --n) {
    if (!text::word_at(s, pos + 3 + dot + n)) return 3 + dot + n;
  }
  return text::word_at(s, pos + 3) ? 0 : 3;
}

}  // namespace

std::vector<IcdMention> parse_icd_2024(std::string_view s) {
  std::vector<IcdMention> out;
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t n = match_2024(s, i);
    if (n == 0) {
      ++i;
      continue;
    }
    std::string code(s.substr(i, n));
    std::erase(code, '.');
    out.push_back({std::move(code), i, i + n, false});
    i += n;
  }
  return out;
}

std::string plain_icd(std::string_view code, const IcdTable& table) {
  std::string plain = normal_icd(code);
  if (!table.has_marks()) return plain;
  std::string out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (std::string_view(plain).substr(i, 3) == "\xE2\x80\xA0") {
      i += 2;
    } else if (std::string_view(" *!+-").find(plain[i]) == std::string_view::npos) {
      out += plain[i];
    }
  }
  return settle(out, table);
}

std::vector<std::string> gold_codes(std::string_view text, const IcdTable& table) {
  std::vector<std::string> out;
  for (const std::string& part : split_gold_codes(text, core::RuleSet::corrected)) {
    std::string code = plain_icd(part, table);
    if (code.size() >= 3) out.push_back(std::move(code));  // shorter: certainty and side set apart
  }
  return out;
}

std::vector<IcdMention> parse_icd(std::string_view s, const IcdTable& table) {
  std::vector<IcdMention> out;
  std::size_t last_end = 0;
  for (std::size_t i = 0; i < s.size();) {
    if (!alnum(s[i])) {
      ++i;
      continue;
    }
    std::size_t next = i + 1;
    std::optional<Candidate> c;
    if (!letter_before(s, i)) {
      c = candidate(s, i, next);
    } else {
      while (next < s.size() && alnum(s[next])) ++next;
    }
    i = next;
    if (!c) continue;
    c->code = settle(c->code, table);
    if (!accept(s, *c, table, last_end)) continue;
    last_end = c->end;
    out.push_back({c->code, c->begin, c->end, table.contains(c->code)});
    i = std::max(i, c->end);
    short_range(s, i, c->code.substr(0, 3), table, out);
    last_end = std::max(last_end, i == c->end ? c->end : i);
  }
  return out;
}

}  // namespace clue::metrics
