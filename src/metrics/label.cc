#include "metrics/label.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "text/unicode.h"

namespace clue::metrics {
namespace {

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
char low(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string low(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = low(c);
  return out;
}

bool word_edge_left(std::string_view s, std::size_t pos) {
  return pos == 0 || s[pos - 1] == '_' || !text::word_before(s, pos);
}
bool word_edge_right(std::string_view s, std::size_t pos) {
  return pos >= s.size() || s[pos] == '_' || !text::word_at(s, pos);
}

struct Mention {
  std::size_t label = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool negated = false;
  bool explicit_answer = false;
  bool own_line = false;
  bool joined = false;  ///< "x or this": one statement with the mention before
};

std::vector<Mention> find_mentions(std::string_view lower, std::span<const std::string> labels) {
  std::vector<Mention> out;
  for (std::size_t i = 0; i < lower.size();) {
    std::size_t best = labels.size(), length = 0;
    for (std::size_t k = 0; k < labels.size(); ++k) {
      const std::string want = low(labels[k]);
      if (want.size() > length && lower.substr(i, want.size()) == want &&
          word_edge_left(lower, i) && word_edge_right(lower, i + want.size())) {
        best = k;
        length = want.size();
      }
    }
    if (best < labels.size()) out.push_back({best, i, i + length});
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

/// The words of the same clause to the left, nearest first, at most `limit`. A mark of punctuation
/// that ends a clause, a line end or `floor` stops.
std::vector<std::string_view> words_left(std::string_view s, std::size_t pos, std::size_t floor,
                                         std::size_t limit) {
  std::vector<std::string_view> out;
  while (out.size() < limit) {
    while (pos > floor && !letter(s[pos - 1])) {
      if (std::string_view(".,;:!?\n()").find(s[pos - 1]) != std::string_view::npos) return out;
      --pos;
    }
    if (pos <= floor) return out;
    std::size_t begin = pos;
    while (begin > floor && (letter(s[begin - 1]) || s[begin - 1] == '\'')) --begin;
    out.push_back(s.substr(begin, pos - begin));
    pos = begin;
  }
  return out;
}

bool is_negation(std::string_view w) {
  static constexpr std::array<std::string_view, 12> kWords = {
      "not",     "no",     "neither", "nor",    "never", "non",
      "without", "cannot", "than",    "unlike", "nicht", "kein"};
  return std::find(kWords.begin(), kWords.end(), w) != kWords.end() || w.ends_with("n't");
}

/// Turning words end the reach of a negation: "not entailment but neutral".
bool turns(std::string_view w) {
  return w == "but" || w == "so" || w == "therefore" || w == "thus" || w == "hence" || w == "is" ||
         w == "it's";
}

bool negated(std::string_view lower, const std::vector<Mention>& all, std::size_t index) {
  const Mention& m = all[index];
  const std::size_t floor = index == 0 ? 0 : all[index - 1].end;
  const auto words = words_left(lower, m.begin, floor, 5);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (is_negation(words[i])) return true;
    if (words[i] == "of" && i + 1 < words.size() && words[i + 1] == "instead") return true;
    if (turns(words[i]) &&
        !(words[i] == "is" && i + 1 < words.size() && is_negation(words[i + 1]))) {
      return false;
    }
  }
  return m.joined && all[index - 1].negated;  // "not entailment or contradiction"
}

bool cue(std::string_view w) {
  static constexpr std::array<std::string_view, 14> kWords = {
      "answer", "label",  "relation", "relationship", "classification", "conclusion", "verdict",
      "final",  "output", "result",   "therefore",    "thus",           "hence",      "so"};
  return std::find(kWords.begin(), kWords.end(), w) != kWords.end();
}

/// A cue word stands before it in the same sentence, within 60 bytes.
bool explicit_answer(std::string_view lower, std::size_t begin, std::size_t floor) {
  std::size_t from = std::max(floor, begin > 60 ? begin - 60 : 0);
  for (std::size_t i = from; i < begin; ++i) {
    const bool stop =
        lower[i] == '.' || lower[i] == ';' || lower[i] == '!' || lower[i] == '?' ||
        (lower[i] == '\n' &&
         lower.substr(i, begin - i).find_first_not_of("\n *_#>") != std::string_view::npos);
    if (stop) from = i + 1;
  }
  const std::string_view left = lower.substr(from, begin - from);
  for (std::size_t i = 0; i < left.size();) {
    if (!letter(left[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < left.size() && letter(left[end])) ++end;
    if (cue(left.substr(i, end - i))) return true;
    i = end;
  }
  return false;
}

bool own_line(std::string_view s, const Mention& m) {
  const std::size_t from = m.begin == 0 ? 0 : s.rfind('\n', m.begin - 1) + 1;
  const std::size_t to = std::min(s.find('\n', m.end), s.size());
  const auto bare = [](std::string_view part) {
    return std::none_of(part.begin(), part.end(), letter);
  };
  return bare(s.substr(from, m.begin - from)) && bare(s.substr(m.end, to - m.end));
}

bool joins(std::string_view between) {
  std::string_view b = between;
  while (!b.empty() && std::string_view(" *_\"'`,").find(b.front()) != std::string_view::npos)
    b.remove_prefix(1);
  while (!b.empty() && std::string_view(" *_\"'`").find(b.back()) != std::string_view::npos)
    b.remove_suffix(1);
  return b == "or" || b == "and" || b == "/" || b == "or a" || b == "or an" || b == "nor" ||
         b == "nor a" || b == "nor an" || b == "oder" || b == "and/or";
}

core::Answer none(std::string why) {
  core::Answer a;
  a.status = core::AnswerStatus::none;
  a.note = std::move(why);
  return a;
}

core::Answer found(const Mention& m, std::span<const std::string> labels) {
  core::Answer a;
  a.value = labels[m.label];
  a.begin = m.begin;
  a.end = m.end;
  return a;
}

}  // namespace

bool label_right_2024(std::string_view output, std::string_view gold) {
  const std::string where = text::to_upper(output);
  const std::string what = text::to_upper(gold);
  if (what.empty()) return where.empty();  // "".count("") is 1
  std::size_t n = 0;
  for (std::size_t i = where.find(what); i != where.npos; i = where.find(what, i + what.size()))
    ++n;
  return n == 1;
}

core::Answer parse_label(std::string_view output, std::span<const std::string> labels) {
  const std::string lower = low(output);
  std::vector<Mention> all = find_mentions(lower, labels);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Mention& m = all[i];
    const std::size_t floor = i == 0 ? 0 : all[i - 1].end;
    m.joined = i > 0 && joins(std::string_view(lower).substr(floor, m.begin - floor));
    m.negated = negated(lower, all, i);
    m.explicit_answer =
        explicit_answer(lower, m.begin, floor) || (m.joined && all[i - 1].explicit_answer);
    m.own_line = own_line(lower, m);
  }
  std::erase_if(all, [](const Mention& m) { return m.negated; });
  if (all.empty()) return none("no label in the answer");

  const auto same = [&all](auto&& chosen) {  // all chosen mentions name one label
    const Mention* first = nullptr;
    for (const Mention& m : all) {
      if (!chosen(m)) continue;
      if (first && first->label != m.label) return false;
      first = &m;
    }
    return first != nullptr;
  };
  const Mention* last = nullptr;
  for (const Mention& m : all) {
    if (m.explicit_answer) last = &m;
  }
  if (last) {
    for (const Mention* m = last; m > all.data() && m->joined; --m) {
      if ((m - 1)->label != last->label) return none("several labels in one statement");
    }
    return found(*last, labels);
  }
  if (all.back().own_line && same([](const Mention& m) { return m.own_line; })) {
    return found(all.back(), labels);
  }
  if (same([](const Mention&) { return true; })) return found(all.back(), labels);
  return none("several labels, none of them stated as the answer");
}

Confusion::Confusion(std::vector<std::string> names)
    : labels(std::move(names)),
      counts(labels.size(), std::vector<std::size_t>(labels.size() + 1, 0)) {}

void Confusion::add(std::string_view gold, std::string_view answer) {
  const auto index = [this](std::string_view name) {
    return static_cast<std::size_t>(std::find(labels.begin(), labels.end(), name) - labels.begin());
  };
  const std::size_t g = index(gold);
  CLUE_CHECK(g < labels.size());
  ++counts[g][index(answer)];
}

std::size_t Confusion::total() const {
  std::size_t n = 0;
  for (const auto& row : counts) {
    for (const std::size_t c : row) n += c;
  }
  return n;
}

std::optional<double> Confusion::accuracy() const {
  const std::size_t n = total();
  if (n == 0) return std::nullopt;
  std::size_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) right += counts[i][i];
  return static_cast<double>(right) / static_cast<double>(n);
}

std::optional<double> Confusion::macro_f1() const {
  double sum = 0;
  std::size_t used = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    std::size_t gold = 0, answered = 0;
    for (const std::size_t c : counts[i]) gold += c;
    for (const auto& row : counts) answered += row[i];
    if (gold + answered == 0) continue;
    sum += 2.0 * static_cast<double>(counts[i][i]) / static_cast<double>(gold + answered);
    ++used;
  }
  if (used == 0) return std::nullopt;
  return sum / static_cast<double>(used);
}

}  // namespace clue::metrics
