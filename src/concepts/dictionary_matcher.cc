// Mentions without a trained recogniser: the longest dictionary entry that starts at each word.
#include <algorithm>

#include "base/text.h"
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

void ConceptExtractor::match_dictionary(std::string_view text, ConceptText& out) const {
  const std::vector<Word> words = words_of(text);
  for (std::size_t i = 0; i < words.size();) {
    std::size_t most = 1;
    while (most < kMaxWords && i + most < words.size() && !words[i + most - 1].breaks) ++most;
    std::size_t next = i + 1;
    for (std::size_t n = most; n > 0; --n) {
      const Word& last = words[i + n - 1];
      const std::string_view span = text.substr(words[i].begin, last.end - words[i].begin);
      const std::string key = word_key(span);
      std::optional<ConceptMention> best;
      bool best_is_name = false;
      for (const std::uint32_t row : kb_->find_words(key)) {
        if (n == 1 && count_code_points(span) <= kShortWord && kb_->row_text(row) != span) continue;
        for (const std::uint32_t c : kb_->row_concepts(row)) {
          // A concept's own name goes before a synonym, then the smallest id.
          const bool is_name = word_key(kb_->concept_name(c)) == key;
          if (best &&
              (best_is_name > is_name || (best_is_name == is_name && best->concept_number <= c))) {
            continue;
          }
          best = ConceptMention{words[i].begin, last.end, c, 1.0, std::string(kb_->row_text(row))};
          best_is_name = is_name;
        }
      }
      if (!best) continue;
      ++out.recognised;
      add(std::move(*best), out);
      next = i + n;
      break;
    }
    i = next;
  }
}

}  // namespace clue::concepts
