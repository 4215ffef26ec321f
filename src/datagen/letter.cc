#include "datagen/letter.h"

#include <algorithm>

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

bool starts_with_any(std::string_view lower, const std::vector<std::string>& headings) {
  return std::any_of(headings.begin(), headings.end(),
                     [&](const std::string& h) { return lower.starts_with(h); });
}

/// "Therapie und Verlauf:" or one of the profile's headings alone on its line or before a colon.
bool is_heading_line(std::string_view line, const LetterProfile& profile) {
  constexpr std::size_t kLongest = 60;
  const std::string_view heading = py_strip(line);
  if (heading.empty() || heading.size() > 4 * kLongest) return false;
  const std::string lower = py_lower(heading);
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

Letter take_apart(std::string_view text, const LetterProfile& profile) {
  std::string restored;
  if (profile.lost_line_breaks) text = restored = restore_line_breaks(text);
  text = without_bom(text);
  Letter out;
  out.admitted = profile.require.empty() ||
                 std::any_of(profile.require.begin(), profile.require.end(),
                             [&](const auto& r) { return text.find(r) != std::string_view::npos; });
  out.parts = split_letter(text, profile);
  std::vector<std::string> others;
  for (const std::string& part : out.parts) {
    const std::string lower = py_lower(py_lstrip(part));
    (starts_with_any(lower, profile.instructions) ? out.instructions : others).push_back(part);
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

std::vector<std::string> parse_statements(std::string_view answer, const LetterProfile& profile) {
  std::vector<std::string> out;
  for (const std::string_view raw : split(answer, '\n')) {
    const std::string_view line = py_strip(raw);
    const bool marked = std::any_of(
        profile.anonymised.begin(), profile.anonymised.end(),
        [&](const std::string& mark) { return line.find(mark) != std::string_view::npos; });
    if (marked || (!line.starts_with("- ") && !line.starts_with("* "))) continue;
    out.emplace_back(py_strip(line.substr(2)));
  }
  return out;
}

std::vector<QuestionAnswer> parse_questions(std::string_view answer,
                                            const std::vector<std::string>& statements,
                                            core::RuleSet rules) {
  constexpr std::string_view kQuestion = "Question: ";
  constexpr std::string_view kAnswer = "Answer: ";
  const bool corrected = rules == core::RuleSet::corrected;
  std::string closed;
  if (corrected) {
    closed = std::string(answer) + "\n";
    answer = closed;
  }
  std::vector<QuestionAnswer> out;
  for (std::size_t pos = answer.find(kQuestion); pos != std::string_view::npos;
       pos = answer.find(kQuestion, pos)) {
    const std::size_t begin = pos + kQuestion.size();
    const std::size_t end = answer.find('\n', begin);
    if (end == std::string_view::npos) break;
    if (!answer.substr(end + 1).starts_with(kAnswer)) {
      pos = begin;
      continue;
    }
    const std::size_t answer_begin = end + 1 + kAnswer.size();
    const std::size_t answer_end = answer.find('\n', answer_begin);
    if (answer_end == std::string_view::npos) break;
    pos = answer_end + 1;
    const std::string_view q = py_strip(answer.substr(begin, end - begin));
    const std::string_view a = py_strip(answer.substr(answer_begin, answer_end - answer_begin));
    const bool known = std::any_of(statements.begin(), statements.end(),
                                   [&](const std::string& s) { return py_strip(s) == a; });
    if (known && !(corrected && (q.empty() || a.empty())))
      out.push_back({std::string(q), std::string(a)});
  }
  return out;
}

}  // namespace clue::datagen
