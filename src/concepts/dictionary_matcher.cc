// Mentions without a trained recogniser: the longest dictionary entry that starts at each word.
#include <algorithm>

#include <map>

#include "base/text.h"
#include "concepts/abbreviations.h"
#include "concepts/concept_f1.h"
#include "concepts/trigrams.h"
#include "concepts/unicode.h"

namespace clue::concepts {
namespace {

constexpr std::size_t kMaxWords = 8;
/// Words this short name a concept only if spelt as the dictionary spells them ("ALL", not "all").
constexpr std::size_t kShortWord = 3;

struct Word {
  std::size_t begin = 0, end = 0;  // bytes
  bool breaks = false;             // a sentence or paragraph ends behind it
};

/// Ends a phrase: strong punctuation before white space or the end, an empty line, a list mark.
bool breaks_phrase(std::string_view gap) {
  int lines = 0;
  for (std::size_t i = 0; i < gap.size(); ++i) {
    const char c = gap[i];
    if (c == '\n' && ++lines > 1) return true;
    if (c == ';' || c == ':' || c == '\t') return true;
    const bool last = i + 1 == gap.size() || is_ascii_space(gap[i + 1]);
    if ((c == '.' || c == '!' || c == '?') && last) return true;
    if ((c == '-' || c == '*') && lines > 0) return true;
  }
  return false;
}

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> out;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t at = pos;
    if (!is_word_char(next_code_point(text, pos))) continue;
    if (out.empty() || out.back().end != at) {
      if (!out.empty()) {
        out.back().breaks = breaks_phrase(text.substr(out.back().end, at - out.back().end));
      }
      out.push_back({at, pos, false});
    }
    out.back().end = pos;
  }
  return out;
}

}  // namespace

/// The concept whose name or synonym these words are: its own name goes before a synonym, then the
/// smallest id.
std::optional<ConceptMention> ConceptExtractor::entry(std::string_view words) const {
  const std::string key = word_key(words);
  const bool as_spelt =
      key.find(' ') == std::string::npos && count_code_points(words) <= kShortWord;
  std::optional<ConceptMention> best;
  bool best_is_name = false;
  for (const std::uint32_t row : kb_->find_words(key)) {
    if (as_spelt && kb_->row_text(row) != words) continue;
    for (const std::uint32_t c : kb_->row_concepts(row)) {
      const bool is_name = word_key(kb_->concept_name(c)) == key;
      if (best &&
          (best_is_name > is_name || (best_is_name == is_name && best->concept_number <= c))) {
        continue;
      }
      best = ConceptMention{
          .concept_number = c, .score = 1, .alias = std::string(kb_->row_text(row))};
      best_is_name = is_name;
    }
  }
  return best;
}

void ConceptExtractor::match_dictionary(std::string_view text, ConceptText& out) const {
  const std::vector<Word> words = words_of(text);
  std::map<std::size_t, std::pair<std::size_t, std::string_view>> brief;  // begin -> end, long form
  if (options_.abbreviations) {
    const auto tokens = plain_tokens(text);
    for (const Abbreviation& a : find_abbreviations(text, tokens)) {
      brief.try_emplace(tokens[a.first].begin, tokens[a.last - 1].end,
                        text.substr(a.long_begin, a.long_end - a.long_begin));
    }
  }
  const auto use = [&](ConceptMention m, std::size_t first, std::size_t end) {
    m.begin = words[first].begin;
    m.end = end;
    ++out.recognised;
    add(std::move(m), out);
    while (first < words.size() && words[first].begin < end) ++first;
    return first;
  };
  for (std::size_t i = 0; i < words.size();) {
    if (const auto it = brief.find(words[i].begin); it != brief.end()) {
      if (auto m = entry(it->second.second)) {
        m->long_form = it->second.second;
        i = use(std::move(*m), i, it->second.first);
        continue;
      }
    }
    std::size_t most = 1;
    while (most < kMaxWords && i + most < words.size() && !words[i + most - 1].breaks) ++most;
    std::size_t next = i + 1;
    for (std::size_t n = most; n > 0; --n) {
      const std::size_t end = words[i + n - 1].end;
      if (auto m = entry(text.substr(words[i].begin, end - words[i].begin))) {
        next = use(std::move(*m), i, end);
        break;
      }
    }
    i = next;
  }
}

}  // namespace clue::concepts
