#include "text/porter.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace clue::text {
namespace {

bool consonant(std::string_view w, std::size_t i) {
  switch (w[i]) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
      return false;
    case 'y': {
      // y is a consonant at the start and after a vowel: its value alternates along a run of y.
      std::size_t run = i;
      while (run > 0 && w[run - 1] == 'y') --run;
      const bool first = run == 0 || !consonant(w, run - 1);
      return ((i - run) % 2 == 0) == first;
    }
    default:
      return true;
  }
}

/// Porter's m: the number of vowel-consonant turns. One pass, so that long tokens stay linear.
int measure(std::string_view w) {
  int m = 0;
  bool previous_vowel = false;
  bool previous_consonant = false;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const char c = w[i];
    const bool plain_vowel = c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
    const bool is_consonant = c == 'y' ? (i == 0 || !previous_consonant) : !plain_vowel;
    if (is_consonant && previous_vowel) ++m;
    previous_vowel = !is_consonant;
    previous_consonant = is_consonant;
  }
  return m;
}

bool has_vowel(std::string_view w) {
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (!consonant(w, i)) return true;
  }
  return false;
}

bool double_consonant(std::string_view w) {
  return w.size() >= 2 && w[w.size() - 1] == w[w.size() - 2] && consonant(w, w.size() - 1);
}

/// *o, with NLTK's extension that a two-letter vowel-consonant word also counts.
bool ends_cvc(std::string_view w) {
  const std::size_t n = w.size();
  if (n >= 3) {
    const char last = w[n - 1];
    if (consonant(w, n - 3) && !consonant(w, n - 2) && consonant(w, n - 1) && last != 'w' &&
        last != 'x' && last != 'y') {
      return true;
    }
  }
  return n == 2 && !consonant(w, 0) && consonant(w, 1);
}

bool ends(std::string_view w, std::string_view suffix) {
  return w.size() >= suffix.size() && w.substr(w.size() - suffix.size()) == suffix;
}

void replace_end(std::string& w, std::size_t suffix, std::string_view with) {
  w.resize(w.size() - suffix);
  w.append(with);
}

struct Rule {
  std::string_view suffix;
  std::string_view with;
};

/// The first rule whose suffix fits decides, also when its condition m > at_least then fails.
void apply(std::string& w, std::span<const Rule> rules, int more_than) {
  for (const Rule& r : rules) {
    if (!ends(w, r.suffix)) continue;
    const std::string_view stem = std::string_view(w).substr(0, w.size() - r.suffix.size());
    if (measure(stem) > more_than) replace_end(w, r.suffix.size(), r.with);
    return;
  }
}

void step1a(std::string& w) {
  if (w.size() == 4 && ends(w, "ies")) return replace_end(w, 3, "ie");  // NLTK: "dies" -> "die"
  if (ends(w, "sses")) return replace_end(w, 4, "ss");
  if (ends(w, "ies")) return replace_end(w, 3, "i");
  if (ends(w, "ss")) return;
  if (ends(w, "s")) replace_end(w, 1, "");
}

void step1b(std::string& w) {
  if (ends(w, "ied")) return replace_end(w, 3, w.size() == 4 ? "ie" : "i");  // NLTK
  const std::string_view v = w;
  if (ends(w, "eed")) {
    if (measure(v.substr(0, w.size() - 3)) > 0) replace_end(w, 1, "");
    return;
  }
  if (ends(w, "ed") && has_vowel(v.substr(0, w.size() - 2))) {
    replace_end(w, 2, "");
  } else if (ends(w, "ing") && has_vowel(v.substr(0, w.size() - 3))) {
    replace_end(w, 3, "");
  } else {
    return;
  }
  if (ends(w, "at") || ends(w, "bl") || ends(w, "iz")) return w.push_back('e');
  if (double_consonant(w)) {
    const char last = w.back();
    if (last != 'l' && last != 's' && last != 'z') w.pop_back();
    return;
  }
  if (measure(w) == 1 && ends_cvc(w)) w.push_back('e');
}

void step1c(std::string& w) {
  // NLTK: y -> i after a consonant that is not the first letter ("enjoy" keeps its y, "by" too).
  if (ends(w, "y") && w.size() > 2 && consonant(w, w.size() - 2)) w.back() = 'i';
}

void step2(std::string& w) {
  // NLTK: "alli" -> "al" first, then the rest of the step once more.
  while (ends(w, "alli") && measure(std::string_view(w).substr(0, w.size() - 4)) > 0) {
    replace_end(w, 2, "");
  }
  static constexpr std::array<Rule, 21> kRules = {{
      {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},   {"anci", "ance"},
      {"izer", "ize"},    {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"},
      {"eli", "e"},       {"ousli", "ous"},   {"ization", "ize"}, {"ation", "ate"},
      {"ator", "ate"},    {"alism", "al"},    {"iveness", "ive"}, {"fulness", "ful"},
      {"ousness", "ous"}, {"aliti", "al"},    {"iviti", "ive"},   {"biliti", "ble"},
      {"fulli", "ful"},
  }};
  if (ends(w, "logi")) {  // NLTK: the l belongs to the stem, so that "geologi" loses its i too
    if (measure(std::string_view(w).substr(0, w.size() - 3)) > 0) w.pop_back();
    return;
  }
  apply(w, kRules, 0);
}

void step3(std::string& w) {
  static constexpr std::array<Rule, 7> kRules = {{{"icate", "ic"},
                                                  {"ative", ""},
                                                  {"alize", "al"},
                                                  {"iciti", "ic"},
                                                  {"ical", "ic"},
                                                  {"ful", ""},
                                                  {"ness", ""}}};
  apply(w, kRules, 0);
}

void step4(std::string& w) {
  static constexpr std::array<Rule, 11> kBefore = {{{"al", ""},
                                                    {"ance", ""},
                                                    {"ence", ""},
                                                    {"er", ""},
                                                    {"ic", ""},
                                                    {"able", ""},
                                                    {"ible", ""},
                                                    {"ant", ""},
                                                    {"ement", ""},
                                                    {"ment", ""},
                                                    {"ent", ""}}};
  static constexpr std::array<Rule, 7> kAfter = {
      {{"ou", ""}, {"ism", ""}, {"ate", ""}, {"iti", ""}, {"ous", ""}, {"ive", ""}, {"ize", ""}}};
  if (ends(w, "ion")) {
    const std::string_view stem = std::string_view(w).substr(0, w.size() - 3);
    if (measure(stem) > 1 && (stem.back() == 's' || stem.back() == 't')) replace_end(w, 3, "");
    return;
  }
  const bool first = std::any_of(kBefore.begin(), kBefore.end(),
                                 [&w](const Rule& r) { return ends(w, r.suffix); });
  apply(w, first ? std::span<const Rule>(kBefore) : std::span<const Rule>(kAfter), 1);
}

void step5(std::string& w) {
  if (ends(w, "e")) {
    const std::string_view stem = std::string_view(w).substr(0, w.size() - 1);
    const int m = measure(stem);
    if (m > 1 || (m == 1 && !ends_cvc(stem))) w.pop_back();
  }
  if (ends(w, "ll") && measure(std::string_view(w).substr(0, w.size() - 1)) > 1) w.pop_back();
}

/// NLTK's list of words that the rules would get wrong.
bool irregular(std::string& w) {
  static constexpr std::array<Rule, 16> kPool = {{
      {"sky", "sky"},
      {"skies", "sky"},
      {"dying", "die"},
      {"lying", "lie"},
      {"tying", "tie"},
      {"news", "news"},
      {"innings", "inning"},
      {"inning", "inning"},
      {"outings", "outing"},
      {"outing", "outing"},
      {"cannings", "canning"},
      {"canning", "canning"},
      {"howe", "howe"},
      {"proceed", "proceed"},
      {"exceed", "exceed"},
      {"succeed", "succeed"},
  }};
  for (const Rule& r : kPool) {
    if (w == r.suffix) return w.assign(r.with), true;
  }
  return false;
}

}  // namespace

void porter_stem(std::string& word) {
  if (irregular(word) || word.size() <= 2) return;
  step1a(word);
  step1b(word);
  step1c(word);
  step2(word);
  step3(word);
  step4(word);
  step5(word);
}

}  // namespace clue::text
