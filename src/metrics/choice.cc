#include "metrics/choice.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "text/unicode.h"

namespace clue::metrics {
namespace {

constexpr std::string_view kDecoration = " \t*_`\"'([{$<";

bool ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string low(std::string_view s) {
  std::string out(s);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Lower case, single spaces, no punctuation at the ends: for comparing quoted options.
std::string plain(std::string_view s) {
  std::string out;
  for (const char c : low(s)) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  const std::string_view edge = " .,;:!*_`\"'()[]";
  const std::size_t begin = out.find_first_not_of(edge);
  if (begin == out.npos) return {};
  return out.substr(begin, out.find_last_not_of(edge) - begin + 1);
}

/// Bytes of decoration at `pos`: one of kDecoration, or an opening curly quote.
std::size_t decoration(std::string_view s, std::size_t pos) {
  if (pos < s.size() && kDecoration.find(s[pos]) != kDecoration.npos) return 1;
  for (const std::string_view quote : {"\xE2\x80\x9C", "\xE2\x80\x98", "\xE2\x80\x9E"}) {
    if (s.substr(pos, 3) == quote) return 3;
  }
  return 0;
}

struct Letter {
  std::size_t index = 0;  ///< 0: A
  std::size_t pos = 0;
};

/// A single letter of an option at `pos` (behind decoration). Lower case only where it cannot be
/// the article: a mark of punctuation or the end follows.
std::optional<Letter> letter_at(std::string_view s, std::size_t pos, std::size_t count) {
  const std::size_t start = pos;
  for (std::size_t n = decoration(s, pos); n > 0; n = decoration(s, pos)) pos += n;
  if (pos >= s.size() || !ascii_letter(s[pos])) return std::nullopt;
  if (pos == start && pos > 0 && s[pos - 1] != '_' && text::word_before(s, pos))
    return std::nullopt;
  const bool is_lower = s[pos] >= 'a';
  const auto index = static_cast<std::size_t>(s[pos] - (is_lower ? 'a' : 'A'));
  if (index >= count) return std::nullopt;
  const std::size_t after = pos + 1;
  if (after < s.size() && s[after] != '_' && text::word_at(s, after)) return std::nullopt;
  if (after < s.size() && (s[after] == '\'' || s[after] == '-') && after + 1 < s.size() &&
      ascii_letter(s[after + 1])) {
    return std::nullopt;  // "A-fib", "D'Angelo"
  }
  if (is_lower || s[pos] == 'A' || s[pos] == 'I') {
    std::size_t k = after;
    while (k < s.size() && (s[k] == '*' || s[k] == '_' || s[k] == '`')) ++k;
    const bool word_follows = k + 1 < s.size() && s[k] == ' ' && text::word_at(s, k + 1);
    if (is_lower && k < s.size() &&
        std::string_view(":).]\"'\n,;}").find(s[k]) == std::string_view::npos) {
      return std::nullopt;
    }
    if (!is_lower && word_follows && start == pos && after == k) {
      const std::string next = low(s.substr(k + 1, 4));
      const bool fine = next.starts_with("is ") || next.starts_with("or ") ||
                        next.starts_with("and ") || next.starts_with("beca") ||
                        next.starts_with("with") || next.starts_with("as ");
      if (!fine) return std::nullopt;  // "The answer is A patient who ..."
    }
  }
  return Letter{index, pos};
}

/// Where the letter of a statement may start behind the cue word that ends at `pos`; npos: the cue
/// leads nowhere.
std::size_t after_cue(std::string_view lower, std::size_t pos, bool needs_link) {
  bool linked = false;
  for (;;) {
    while (pos < lower.size() && (lower[pos] == ' ' || lower[pos] == '*' || lower[pos] == '_'))
      ++pos;
    if (pos < lower.size() && (lower[pos] == ':' || lower[pos] == '=' || lower[pos] == '-')) {
      linked = true;
      ++pos;
      continue;
    }
    bool moved = false;
    static constexpr std::array<std::string_view, 15> kLinks = {
        "is",     "are",    "would be", "must be", "should be",  "to the question",
        "option", "choice", "letter",   "answer",  "definitely", "therefore",
        "was",    "ist",    "lautet"};
    for (const std::string_view w : kLinks) {
      const std::size_t end = pos + w.size();
      if (lower.substr(pos, w.size()) == w && (end >= lower.size() || !ascii_letter(lower[end]))) {
        linked = linked || w != "to the question";
        pos = end;
        moved = true;
        break;
      }
    }
    if (pos < lower.size() && lower[pos] == '\n' && linked) {
      ++pos;
      moved = true;
    }
    if (!moved) return linked || !needs_link ? pos : std::string_view::npos;
  }
}

bool negated_before(std::string_view lower, std::size_t pos) {
  const std::string_view left =
      lower.substr(pos > 24 ? pos - 24 : 0, std::min<std::size_t>(pos, 24));
  for (const std::string_view no : {" not ", "n't ", "incorrect ", "wrong "}) {
    const std::size_t at = left.rfind(no);
    if (at != left.npos && left.find_first_of(".;\n", at) == left.npos) return true;
  }
  return false;
}

/// Another letter is offered in the same breath: "A or B", "A and C", "A/B".
bool also_another(std::string_view s, const Letter& first, std::size_t count) {
  std::size_t pos = first.pos + 1;
  while (pos < s.size() && std::string_view(" *_`)]\"',").find(s[pos]) != std::string_view::npos)
    ++pos;
  const std::string next = low(s.substr(pos, 4));
  std::size_t skip = 0;
  if (next.starts_with("or ")) skip = 3;
  if (next.starts_with("and ")) skip = 4;
  if (next.starts_with("/") || next.starts_with("&")) skip = 1;
  if (skip == 0) return false;
  const auto other = letter_at(s, pos + skip, count);
  return other && other->index != first.index;
}

/// What announces a letter. `link`: a word or sign such as "is" or ":" must stand between, or the
/// letter must be plainly one ("answer C", "answer c)").
struct Cue {
  std::string_view word;
  bool link = false;
};
constexpr std::array<Cue, 13> kCues = {{{"answers", true},
                                        {"answer", true},
                                        {"solution", true},
                                        {"antwort", true},
                                        {"option"},
                                        {"choice"},
                                        {"select"},
                                        {"choose"},
                                        {"go with"},
                                        {"boxed"},
                                        {"therefore,"},
                                        {"thus,"},
                                        {"hence,"}}};

bool plainly_a_letter(std::string_view s, const Letter& l) {
  if (l.pos + 1 < s.size() && s[l.pos + 1] == ')') return true;
  return s[l.pos] >= 'B' && s[l.pos] <= 'Z' && s[l.pos] != 'I';
}

/// "C is correct", "B is the right answer": the letter of a statement that ends at a verdict.
std::optional<Letter> subject(std::string_view s, std::string_view lower, std::size_t pos,
                              std::size_t count) {
  if (pos > 0 && text::word_before(s, pos)) return std::nullopt;
  const auto l = letter_at(s, pos, count);
  if (!l || l->pos != pos || s[pos] < 'A' || s[pos] > 'Z') return std::nullopt;
  std::size_t k = pos + 1;
  while (k < s.size() && std::string_view("*_`)]\"'").find(s[k]) != std::string_view::npos) ++k;
  for (const std::string_view verdict :
       {" is correct", " is right", " is the correct", " is the right", " is the answer"}) {
    if (lower.substr(k, verdict.size()) == verdict) return l;
  }
  return std::nullopt;
}

std::vector<Letter> cued(std::string_view s, const std::string& lower, std::size_t count) {
  std::vector<Letter> out;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (!ascii_letter(lower[i]) || (i > 0 && text::word_before(lower, i))) continue;
    if (const auto l = subject(s, lower, i, count); l && !negated_before(lower, i)) {
      out.push_back(*l);
      continue;
    }
    if (lower.compare(i, 4, "but ") == 0 && negated_before(lower, i)) {  // "not B but C"
      if (const auto l = letter_at(s, i + 4, count)) out.push_back(*l);
      continue;
    }
    for (const Cue& cue : kCues) {
      if (lower.compare(i, cue.word.size(), cue.word) != 0) continue;
      const std::size_t end = i + cue.word.size();
      if (end < lower.size() && ascii_letter(lower[end])) continue;
      if (cue.word.starts_with("answer") && lower.compare(end, 5, " key:") == 0) break;
      const std::size_t linked = after_cue(lower, end, cue.link);
      const bool bare = linked == std::string::npos;
      const auto l = letter_at(s, bare ? end : linked, count);
      if (!l || (bare && !plainly_a_letter(s, *l))) break;
      if (!negated_before(lower, l->pos) && !negated_before(lower, i)) out.push_back(*l);
      break;
    }
  }
  return out;
}

/// Lines that begin with "B:", "B)", "(B)", "**B**", "B.", or hold the letter alone.
std::vector<Letter> at_line_start(std::string_view s, std::size_t count) {
  std::vector<Letter> out;
  for (std::size_t i = 0; i <= s.size();) {
    const std::size_t end = std::min(s.find('\n', i), s.size());
    const auto l = letter_at(s.substr(0, end), i, count);
    if (l) {
      std::size_t k = l->pos + 1;
      const bool closed =
          k < end && std::string_view(":).]*_").find(s[k]) != std::string_view::npos;
      while (k < end && std::string_view(" \t\r*_`").find(s[k]) != std::string_view::npos) ++k;
      if (closed || k == end) out.push_back(*l);
    }
    i = end + 1;
  }
  return out;
}

core::Answer none(std::string why) {
  core::Answer a;
  a.status = core::AnswerStatus::none;
  a.note = std::move(why);
  return a;
}

/// What is quoted behind the letter, up to the line end.
std::string quoted(std::string_view s, std::size_t letter_pos) {
  std::size_t i = letter_pos + 1;
  const std::size_t end = std::min(s.find('\n', i), s.size());
  while (i < end && std::string_view(" \t*_`):.,]-").find(s[i]) != std::string_view::npos) ++i;
  return plain(s.substr(i, end - i));
}

std::string contradiction(std::string_view s, const Letter& l,
                          std::span<const std::string> options) {
  const std::string text = quoted(s, l.pos);
  if (text.empty() || l.index >= options.size()) return {};
  const auto quotes = [&text](const std::string& option) {
    const std::string o = plain(option);
    if (o.empty() || !text.starts_with(o)) return false;
    return text.size() == o.size() || !ascii_letter(text[o.size()]);
  };
  if (quotes(options[l.index])) return {};
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (i != l.index && quotes(options[i])) {
      return "contradiction: the text behind the letter is option " +
             std::string(1, static_cast<char>('A' + i));
    }
  }
  return {};
}

core::Answer parse(std::string_view s, std::size_t count, std::span<const std::string> options) {
  const std::string lower = low(s);
  std::vector<Letter> found = cued(s, lower, count);
  const bool by_line = found.empty();
  if (by_line) found = at_line_start(s, count);
  if (by_line && found.size() > 1 && std::any_of(found.begin(), found.end(), [&](const Letter& l) {
        return l.index != found[0].index;
      })) {
    return none("several options listed, none stated as the answer");
  }
  if (found.empty()) {
    const std::string all = plain(s);
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (!all.empty() && all == plain(options[i])) {
        core::Answer a;
        a.value = std::string(1, static_cast<char>('A' + i));
        a.end = s.size();
        a.note = "read from the option's text";
        return a;
      }
    }
    return none("no option letter in the answer");
  }
  const Letter last = found.back();
  if (also_another(s, last, count)) return none("several letters in one statement");
  core::Answer a;
  a.value = std::string(1, static_cast<char>('A' + last.index));
  a.begin = last.pos;
  a.end = last.pos + 1;
  a.note = contradiction(s, last, options);
  return a;
}

}  // namespace

core::Answer parse_choice_strict(std::string_view output) {
  constexpr std::string_view kLead = "The correct answer is ";
  for (std::size_t i = output.find(kLead); i != output.npos; i = output.find(kLead, i + 1)) {
    const std::size_t at = i + kLead.size();
    if (at >= output.size()) break;
    const text::Utf8 c = text::decode(output, at);
    if (!c.valid || !text::is_word(c.value) || output.substr(at + c.bytes, 1) != ":") continue;
    core::Answer a;
    a.value = std::string(output.substr(at, c.bytes));
    a.begin = at;
    a.end = at + c.bytes;
    return a;
  }
  return none("the published pattern does not match");
}

core::Answer parse_choice(std::string_view output, std::span<const std::string> options) {
  return parse(output, std::min<std::size_t>(options.size(), 26), options);
}

core::Answer parse_choice(std::string_view output, std::size_t option_count) {
  return parse(output, std::min<std::size_t>(option_count, 26), {});
}

bool choice_contradicts(const core::Answer& answer) {
  return answer.note.starts_with("contradiction");
}

}  // namespace clue::metrics
