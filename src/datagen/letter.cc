#include "datagen/letter.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"

namespace clue::datagen {
namespace {

/// The published pattern \n\s*\n\s*\n with both sides stripped is the same as: a run of white space
/// (Python's) with three or more new lines separates.
std::vector<std::string> split_paragraphs(std::string_view text) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  std::size_t pos = 0;
  while (pos < text.size()) {
    std::size_t after = pos;
    if (!py_is_space(next_code_point(text, after))) {
      pos = after;
      continue;
    }
    const std::size_t run = pos;
    std::size_t breaks = 0;
    while (pos < text.size()) {
      after = pos;
      const char32_t c = next_code_point(text, after);
      if (!py_is_space(c)) break;
      breaks += c == U'\n' ? 1 : 0;
      pos = after;
    }
    if (breaks < 3) continue;
    out.emplace_back(py_strip(text.substr(begin, run - begin)));
    begin = pos;
  }
  out.emplace_back(py_strip(text.substr(begin)));
  return out;
}

std::size_t longest_prefix(std::string_view lower, const std::vector<std::string>& headings) {
  std::size_t longest = 0;
  for (const std::string& h : headings) {
    if (lower.starts_with(h)) longest = std::max(longest, h.size());
  }
  return longest;
}

/// Opens with a source heading, and with no longer one that is none ("verlauf der erkrankung").
bool is_source(std::string_view lower, const LetterProfile& profile) {
  const std::size_t source = longest_prefix(lower, profile.instructions);
  return source > 0 && source >= longest_prefix(lower, profile.headings);
}

/// Enough of a part to compare it with headings; cut between characters.
std::string_view head_of(std::string_view part) {
  std::size_t size = std::min<std::size_t>(part.size(), 400);
  while (size < part.size() && (static_cast<unsigned char>(part[size]) & 0xC0U) == 0x80U) ++size;
  return part.substr(0, size);
}

/// As headings are compared; letters typed by hand have blanks too many.
std::string lowered(std::string_view text, Split split) {
  std::string out = py_lower(text);
  if (split == Split::paragraphs) return out;  // published: to the letter
  const auto twice = [](char a, char b) { return a == ' ' && b == ' '; };
  out.erase(std::unique(out.begin(), out.end(), twice), out.end());
  return out;
}

/// "Therapie und Verlauf:" or one of the profile's headings alone on its line or before a colon.
bool is_heading_line(std::string_view line, const LetterProfile& profile) {
  constexpr std::size_t kLongest = 60;
  const std::string_view heading = py_strip(line);
  if (heading.empty() || heading.size() > 4 * kLongest) return false;
  const std::string lower = lowered(heading, profile.split);
  for (const auto* list : {&profile.instructions, &profile.headings}) {
    for (const std::string& known : *list) {
      if (!lower.starts_with(known)) continue;
      const std::string_view behind = py_lstrip(std::string_view(lower).substr(known.size()));
      if (behind.empty() || behind.front() == ':') return true;
    }
  }
  return heading.back() == ':' && heading.size() <= kLongest && !is_ascii_digit(heading.front()) &&
         heading.front() != '-';
}

/// Raw slices: joined without anything between they are the text again.
std::vector<std::string> split_at_heading_lines(std::string_view text,
                                                const LetterProfile& profile) {
  std::vector<std::string> out;
  std::string part;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t end = std::min(text.find('\n', pos), text.size() - 1) + 1;
    const std::string_view line = text.substr(pos, end - pos);
    if (is_heading_line(line, profile) && !part.empty()) out.push_back(std::exchange(part, {}));
    part += line;
    pos = end;
  }
  out.push_back(std::move(part));
  return out;
}

/// Where a run of capitals with a colon begins at `pos`: "HOSPITAL COURSE:"; 0: none, else length.
std::size_t capital_heading(std::string_view text, std::size_t pos) {
  constexpr std::size_t kLongest = 60;
  std::size_t letters = 0;
  for (std::size_t i = pos; i < text.size() && i - pos < kLongest; ++i) {
    const char c = text[i];
    if (c == ':') return letters >= 4 ? i + 1 - pos : 0;
    const bool capital = c >= 'A' && c <= 'Z';
    if (!capital && c != ' ' && c != '/' && c != '-' && c != '&' && c != '(' && c != ')') return 0;
    if (i == pos && !capital) return 0;
    letters += capital ? 1 : 0;
  }
  return 0;
}

std::vector<std::string> split_at_capitals(std::string_view text) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  bool may_start = true;  // at the start, or behind punctuation or a line end
  for (std::size_t pos = 0; pos < text.size(); ++pos) {
    const char c = text[pos];
    if (may_start && capital_heading(text, pos) != 0) {
      if (pos > begin) out.emplace_back(text.substr(begin, pos - begin));
      begin = pos;
    }
    may_start = c == ',' || c == '.' || c == '\n' || (may_start && c == ' ');
  }
  out.emplace_back(text.substr(begin));
  return out;
}

/// Without its heading. Published: the first line is dropped, whatever else it holds.
std::string without_heading(const std::string& text, Split split) {
  const std::size_t line_end = text.find('\n');
  if (split != Split::paragraphs) {
    const std::size_t colon = text.find(':');
    if (colon < line_end) return std::string(py_strip(std::string_view(text).substr(colon + 1)));
  }
  if (line_end == std::string::npos) return {};
  return text.substr(line_end + 1);
}

std::string restore_line_breaks(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      const std::string_view before = py_rstrip(out);
      if (!before.empty() &&
          (before.back() == '.' || before.back() == ':' || before.back() == '\n')) {
        out.resize(before.size());
        out.push_back('\n');
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

std::vector<std::string> split_letter(std::string_view text, const LetterProfile& profile) {
  switch (profile.split) {
    case Split::lines:
      return split_at_heading_lines(text, profile);
    case Split::capitals:
      return split_at_capitals(text);
    case Split::paragraphs:
      break;
  }
  return split_paragraphs(text);
}

}  // namespace

bool is_admitted(std::string_view text, const LetterProfile& profile) {
  return profile.require.empty() ||
         std::any_of(profile.require.begin(), profile.require.end(),
                     [&](const auto& r) { return text.find(r) != std::string_view::npos; });
}

Letter take_apart(std::string_view text, const LetterProfile& profile) {
  std::string restored;
  if (profile.lost_line_breaks) text = restored = restore_line_breaks(text);
  text = without_bom(text);
  Letter out;
  out.admitted = is_admitted(text, profile);
  out.parts = split_letter(text, profile);
  std::vector<std::string> others;
  for (const std::string& part : out.parts) {
    const std::string lower = lowered(head_of(py_lstrip(part)), profile.split);
    (is_source(lower, profile) ? out.instructions : others).push_back(part);
  }
  const bool raw = profile.split != Split::paragraphs;  // raw slices carry their own white space
  out.rest = join(others, raw ? "" : "\n\n");
  if (raw) {
    for (const std::string& part : out.instructions) {
      const std::string body = without_heading(part, profile.split);
      if (!out.source.empty() && !body.empty()) out.source += "\n";
      out.source += body;
    }
  } else {
    // The published script drops the first line of all instructions together, not of each.
    out.source = without_heading(join(out.instructions, "\n"), profile.split);
  }
  for (const std::string& mark : profile.cut_at)
    out.source.resize(std::min(out.source.find(mark), out.source.size()));
  return out;
}

std::string with_prefill(std::string_view prefill, std::string_view answer) {
  const std::string_view begun = py_strip(prefill);
  const std::string_view text = py_lstrip(answer);
  const std::string_view head = py_strip(begun.substr(0, begun.find('\n')));
  const bool anew = (!head.empty() && text.starts_with(head)) ||
                    (begun.ends_with('-') && (text.starts_with("- ") || text.starts_with("* ")));
  if (anew) return std::string(answer);
  const bool blank = begun.ends_with('-') && prefill.ends_with('-') && !answer.empty() &&
                     text.size() == answer.size();
  return std::string(prefill) + (blank ? " " : "") + std::string(answer);
}

std::vector<StatementLine> read_statements(std::string_view answer, const LetterProfile& profile,
                                           core::RuleSet rules) {
  std::vector<StatementLine> out;
  std::set<std::string, std::less<>> seen;
  for (const std::string_view raw : split(answer, '\n')) {
    const std::string_view line = py_strip(raw);
    const bool item = line.starts_with("- ") || line.starts_with("* ");
    const bool marked = std::any_of(
        profile.anonymised.begin(), profile.anonymised.end(),
        [&](const std::string& mark) { return line.find(mark) != std::string_view::npos; });
    StatementLine s{std::string(item ? py_strip(line.substr(2)) : line), ""};
    if (!item) {
      s.why = "not a list item";
    } else if (marked) {
      s.why = "anonymised";
    } else if (rules == core::RuleSet::corrected && s.text.empty()) {
      s.why = "empty";
    } else if (rules == core::RuleSet::corrected && !seen.insert(s.text).second) {
      s.why = "repeated";
    }
    if (!line.empty()) out.push_back(std::move(s));
  }
  return out;
}

std::vector<std::string> parse_statements(std::string_view answer, const LetterProfile& profile,
                                          core::RuleSet rules) {
  std::vector<std::string> out;
  for (StatementLine& s : read_statements(answer, profile, rules)) {
    if (s.why.empty()) out.push_back(std::move(s.text));
  }
  return out;
}

namespace {

/// What is wrong with a pair, "" for nothing.
std::string judge(const QuestionAnswer& qa, core::RuleSet rules,
                  std::set<std::pair<std::string, std::string>>& seen) {
  if (!qa.statement) return "the answer is none of the statements";
  if (rules == core::RuleSet::clue_2024) return {};
  if (qa.question.empty()) return "the question is empty";
  if (qa.answer.empty()) return "the answer is empty";
  return seen.emplace(qa.question, qa.answer).second ? "" : "repeated";
}

}  // namespace

std::vector<QuestionAnswer> read_questions(std::string_view answer,
                                           const std::vector<std::string>& statements,
                                           core::RuleSet rules, const PairLabels& labels) {
  const std::string question_label = labels.question + " ";
  const std::string answer_label = labels.answer + " ";
  std::string closed;
  if (rules == core::RuleSet::corrected) {
    closed = std::string(answer) + "\n";
    answer = closed;
  }
  std::vector<QuestionAnswer> out;
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t pos = answer.find(question_label); pos != std::string_view::npos;
       pos = answer.find(question_label, pos)) {
    const std::size_t begin = pos + question_label.size();
    const std::size_t end = answer.find('\n', begin);
    if (end == std::string_view::npos) break;
    if (!answer.substr(end + 1).starts_with(answer_label)) {
      pos = begin;
      continue;
    }
    const std::size_t answer_begin = end + 1 + answer_label.size();
    const std::size_t answer_end = answer.find('\n', answer_begin);
    if (answer_end == std::string_view::npos) break;
    pos = answer_end + 1;
    QuestionAnswer qa;
    qa.question = py_strip(answer.substr(begin, end - begin));
    qa.answer = py_strip(answer.substr(answer_begin, answer_end - answer_begin));
    const auto it = std::find_if(statements.begin(), statements.end(),
                                 [&](const std::string& s) { return py_strip(s) == qa.answer; });
    if (it != statements.end()) qa.statement = static_cast<std::size_t>(it - statements.begin());
    qa.why = judge(qa, rules, seen);
    out.push_back(std::move(qa));
  }
  return out;
}

std::vector<QuestionAnswer> parse_questions(std::string_view answer,
                                            const std::vector<std::string>& statements,
                                            core::RuleSet rules) {
  std::vector<QuestionAnswer> out = read_questions(answer, statements, rules);
  std::erase_if(out, [](const QuestionAnswer& qa) { return !qa.why.empty(); });
  return out;
}

}  // namespace clue::datagen
