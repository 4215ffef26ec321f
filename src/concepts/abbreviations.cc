#include "concepts/abbreviations.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "base/text.h"
#include "concepts/unicode.h"

namespace clue::concepts {
namespace {

constexpr std::size_t kMaxInside = 8;  // tokens between the brackets
constexpr std::size_t kMaxShort = 3;   // more tokens inside: the long form stands there

struct Range {
  std::size_t first = 0, last = 0;  // tokens
};

class Finder {
 public:
  Finder(std::string_view text, std::span<const TextToken> tokens) : text_(text), tokens_(tokens) {}

  std::vector<Abbreviation> run() {
    std::vector<Abbreviation> definitions;
    std::set<std::string_view> long_seen, short_seen;
    for (std::size_t close = 0; close < tokens_.size(); ++close) {
      if (word(close) != ")") continue;
      const std::size_t from = close > kMaxInside + 1 ? close - kMaxInside - 1 : 0;
      for (std::size_t open = from; open + 1 < close; ++open) {
        if (word(open) != "(") continue;
        const auto found = definition(open, close);
        if (!found) continue;
        const std::string_view long_text =
            text_.substr(found->long_begin, found->long_end - found->long_begin);
        const std::string_view short_text = span({found->first, found->last});
        if (long_seen.contains(long_text) || short_seen.contains(short_text)) continue;
        long_seen.insert(long_text);
        short_seen.insert(short_text);
        definitions.push_back(*found);
      }
    }
    return occurrences(definitions);
  }

 private:
  [[nodiscard]] std::string_view word(std::size_t i) const {
    return text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }
  [[nodiscard]] std::string_view span(Range r) const {
    return text_.substr(tokens_[r.first].begin, tokens_[r.last - 1].end - tokens_[r.first].begin);
  }

  /// What the brackets at tokens `open` and `close` define.
  [[nodiscard]] std::optional<Abbreviation> definition(std::size_t open, std::size_t close) const {
    if (open == 0) return std::nullopt;
    Range brief{open + 1, close};
    Range full{0, open};
    if (close - open - 1 > kMaxShort) {
      full = brief;
      brief = {open - 1, open};
      if (!balanced(full)) return std::nullopt;
    } else {
      std::size_t length = 0;
      for (std::size_t i = brief.first; i < brief.last; ++i) length += count_code_points(word(i));
      const std::size_t most = std::min(length + 5, length * 2);
      full.first = open > most ? open - most : 0;
    }
    if (!plausible(brief)) return std::nullopt;
    const auto start = match(full, brief);
    if (!start) return std::nullopt;
    return Abbreviation{brief.first, brief.last, tokens_[*start].begin, tokens_[full.last - 1].end};
  }

  [[nodiscard]] bool balanced(Range r) const {
    int depth = 0;
    for (std::size_t i = r.first; i < r.last; ++i) {
      depth += word(i) == "(" ? 1 : word(i) == ")" ? -1 : 0;
      if (depth < 0) return false;
    }
    return depth == 0;
  }

  /// Words of 2 to 9 characters, at least half of all letters, a letter first.
  [[nodiscard]] bool plausible(Range r) const {
    for (std::size_t i = r.first; i < r.last; ++i) {
      const std::size_t n = count_code_points(word(i));
      if (n < 2 || n > 9) return false;
    }
    const std::u32string points = decode_utf8(span(r));
    const auto letters = std::count_if(points.begin(), points.end(), is_alpha);
    return static_cast<std::size_t>(letters) * 2 >= points.size() && is_alpha(points[0]);
  }

  /// Words joined by one blank, lower-cased.
  [[nodiscard]] std::u32string joined(Range r) const {
    std::string out;
    for (std::size_t i = r.first; i < r.last; ++i) {
      if (i > r.first) out += ' ';
      out += word(i);
    }
    return decode_utf8(py_lower(out));
  }

  /// First token of the long form: every letter of the short form is found from right to left, its
  /// first one at the start of a word.
  [[nodiscard]] std::optional<std::size_t> match(Range full, Range brief) const {
    const std::u32string in = joined(full);
    const std::u32string wanted = joined(brief);
    std::size_t at = in.size();  // one behind the next character to look at
    for (std::size_t s = wanted.size(); s-- > 0;) {
      if (!is_alnum(wanted[s])) continue;
      const auto fits = [&](std::size_t i) {
        return in[i] == wanted[s] && !(s == 0 && i > 0 && is_alnum(in[i - 1]));
      };
      while (at > 0 && !fits(at - 1)) --at;
      if (at == 0) return std::nullopt;
      --at;
    }
    std::size_t length = 0;
    for (std::size_t i = full.first; i < full.last; ++i) {
      length += count_code_points(word(i)) + (tokens_[i].space_after ? 1 : 0);
      if (length > at) return i;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<Abbreviation> occurrences(
      const std::vector<Abbreviation>& definitions) const {
    std::vector<Abbreviation> out;
    for (const Abbreviation& d : definitions) {
      const std::size_t n = d.last - d.first;
      for (std::size_t i = 0; i + n <= tokens_.size(); ++i) {
        std::size_t same = 0;
        while (same < n && word(i + same) == word(d.first + same)) ++same;
        if (same == n) out.push_back({i, i + n, d.long_begin, d.long_end});
      }
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    return out;
  }

  std::string_view text_;
  std::span<const TextToken> tokens_;
};

}  // namespace

std::vector<Abbreviation> find_abbreviations(std::string_view text,
                                             std::span<const TextToken> tokens) {
  return Finder(text, tokens).run();
}

std::vector<TextToken> plain_tokens(std::string_view text) {
  std::vector<TextToken> out;
  bool in_word = false;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t at = pos;
    const char32_t c = next_code_point(text, pos);
    if (py_is_space(c)) {
      if (!out.empty() && out.back().end == at) out.back().space_after = true;
      in_word = false;
      continue;
    }
    const bool letter = is_word_char(c);
    if (letter && in_word) {
      out.back().end = pos;
    } else {
      out.push_back({at, pos, false});
    }
    in_word = letter;
  }
  return out;
}

}  // namespace clue::concepts
