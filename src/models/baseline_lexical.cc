#include "models/baseline_lexical.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/text.h"
#include "metrics/icd_table.h"

namespace clue::models {
namespace {

using Words = std::set<std::string, std::less<>>;

constexpr std::array<std::string_view, 66> kStopWords = {
    "the",       "and",  "was",     "were",  "with",  "for",         "has", "had",     "have",
    "his",       "her",  "patient", "that",  "this",  "from",        "are", "not",     "been",
    "she",       "they", "you",     "your",  "what",  "which",       "why", "how",     "did",
    "does",      "who",  "when",    "where", "is",    "in",          "of",  "to",      "a",
    "an",        "on",   "at",      "by",    "as",    "or",          "it",  "he",      "be",
    "no",        "my",   "me",      "do",    "i",     "can",         "any", "there",   "their",
    "but",       "than", "will",    "would", "other", "unspecified", "due", "without", "type",
    "following", "ms",   "mr"};

bool is_word_byte(char c) { return is_ascii_alnum(c) || static_cast<unsigned char>(c) >= 0x80; }

/// Words in lower case that carry meaning; a plural s is dropped.
std::vector<std::string> content_words(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word_byte(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    std::string word = ascii_lower(text.substr(i, end - i));
    i = end;
    if (std::find(kStopWords.begin(), kStopWords.end(), word) != kStopWords.end()) continue;
    if (word.size() > 4 && word.back() == 's' && word[word.size() - 2] != 's') word.pop_back();
    out.push_back(std::move(word));
  }
  return out;
}

Words word_set(std::string_view text) {
  const std::vector<std::string> words = content_words(text);
  return {words.begin(), words.end()};
}

/// Sentences: ended by . ? ! before white space, or by a new line.
std::vector<std::string_view> sentences(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool end_of_text = i == text.size();
    const bool mark = !end_of_text && (text[i] == '.' || text[i] == '?' || text[i] == '!') &&
                      (i + 1 == text.size() || is_ascii_space(text[i + 1]));
    if (!end_of_text && !mark && text[i] != '\n') continue;
    const std::string_view s = trim(text.substr(start, i - start + (mark ? 1 : 0)));
    if (!s.empty()) out.push_back(s);
    start = i + 1;
  }
  return out;
}

std::size_t shared_words(const Words& wanted, std::string_view text) {
  std::size_t n = 0;
  for (const std::string& word : word_set(text)) n += wanted.contains(word) ? 1 : 0;
  return n;
}

std::string_view field(const BaselineInput& input, std::string_view name) {
  if (input.sample == nullptr) return {};
  const auto it = input.sample->fields.find(std::string(name));
  return it == input.sample->fields.end() ? std::string_view() : std::string_view(it->second);
}

std::string_view last_turn(const BaselineInput& input) {
  if (input.prompt == nullptr || input.prompt->messages.empty()) return {};
  return input.prompt->messages.back().content;
}

/// The sentence sharing most words with the question; the first of equals.
std::string best_sentence(std::string_view text, std::string_view question) {
  const Words wanted = word_set(question);
  std::string_view best;
  double best_score = -1;
  for (const std::string_view s : sentences(text)) {
    if (s == trim(question)) continue;
    const double length = static_cast<double>(content_words(s).size());
    const double score = static_cast<double>(shared_words(wanted, s)) - 0.02 * length;
    if (length >= 3 && score > best_score) best = s, best_score = score;
  }
  return std::string(best);
}

bool negated(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kCues = {
      " no ",       " not ",    " never ",  " without ", " denies ", " denied ",
      " negative ", " absent ", " normal ", " nor ",     " none ",   " stable "};
  const std::string padded = " " + ascii_lower(text) + " ";
  return std::any_of(kCues.begin(), kCues.end(),
                     [&](std::string_view cue) { return padded.find(cue) != std::string::npos; });
}

std::vector<std::string> options_of(const BaselineInput& input) {
  std::vector<std::string> out;
  for (char letter = 'A'; letter <= 'Z'; ++letter) {
    const std::string name = std::string("option_") + letter;
    if (input.sample == nullptr || !input.sample->fields.contains(name)) break;
    out.emplace_back(field(input, name));
  }
  return out;
}

std::string choice_answer(const std::vector<std::string>& options, std::size_t i) {
  if (options.empty()) return "";
  return "The correct answer is " + std::string(1, static_cast<char>('A' + i)) + ": " + options[i];
}

/// Titles of the code table by their longest word, built once.
struct TitleIndex {
  struct Title {
    std::string_view code;
    Words words;
  };
  std::shared_ptr<const metrics::IcdTable> table;
  std::vector<Title> titles;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_word;

  TitleIndex() : table(metrics::builtin_icd_table(metrics::IcdTableId::current)) {
    for (const metrics::IcdCode& code : table->codes()) {
      if (!code.billable || code.title.size() > 80) continue;
      Words words = word_set(code.title);
      if (words.empty() || words.size() > 6) continue;
      const std::string& longest = *std::max_element(
          words.begin(), words.end(),
          [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
      if (longest.size() < 5) continue;
      by_word[longest].push_back(titles.size());
      titles.push_back({code.code, std::move(words)});
    }
  }
};

const TitleIndex& title_index() {
  static const TitleIndex index;
  return index;
}

/// The longest title whose words all stand in the line.
std::string_view code_of_line(const TitleIndex& index, std::string_view line) {
  const Words here = word_set(line);
  const TitleIndex::Title* best = nullptr;
  for (const std::string& word : here) {
    const auto it = index.by_word.find(word);
    if (it == index.by_word.end()) continue;
    for (const std::size_t i : it->second) {
      const TitleIndex::Title& title = index.titles[i];
      if (best != nullptr && title.words.size() <= best->words.size()) continue;
      if (std::includes(here.begin(), here.end(), title.words.begin(), title.words.end())) {
        best = &title;
      }
    }
  }
  return best == nullptr ? std::string_view() : best->code;
}

std::size_t drawn_by(std::uint64_t seed, std::size_t count) {
  return (seed ^ (seed >> 29)) % count;
}

}  // namespace

std::string lexical_mednli(const BaselineInput& input) {
  const std::string_view premise = field(input, "sentence1");
  const std::string_view hypothesis = field(input, "sentence2");
  if (negated(premise) != negated(hypothesis)) return "CONTRADICTION";
  const std::size_t all = word_set(hypothesis).size();
  const std::size_t hits = shared_words(word_set(premise), hypothesis);
  return all > 0 && 2 * hits >= all ? "ENTAILMENT" : "NEUTRAL";
}

std::string lexical_meqsum(const BaselineInput& input) {
  const std::string_view text = field(input, "CHQ");
  const Words all = word_set(text);
  std::string_view best;
  std::size_t best_score = 0;
  const std::vector<std::string_view> parts = sentences(text);
  for (const std::string_view s : parts) {
    if (!s.ends_with('?')) continue;
    const std::size_t score = shared_words(all, s);
    if (best.empty() || score > best_score) best = s, best_score = score;
  }
  if (best.empty() && !parts.empty()) best = parts.back();
  return std::string(best);
}

std::string lexical_problems(const BaselineInput& input) {
  static constexpr std::array<std::string_view, 34> kMarks = {
      "itis",     "emia",     "osis",    "pneumonia", "failure", "infection", "infarct",
      "bleed",    "fracture", "cancer",  "sepsis",    "shock",   "hypoxi",    "acidosis",
      "embol",    "thromb",   "stroke",  "seizure",   "delir",   "injury",    "diabet",
      "hyperten", "hypoten",  "fibrill", "ischemi",   "copd",    "asthma",    "cirrho",
      "hemorrh",  "syndrome", "disease", "overdose",  "abscess", "withdrawal"};
  std::vector<std::string> found;
  std::string text = std::string(field(input, "Assessment")) + "\n";
  for (const std::string_view word :
       {" with ", " and ", " on ", " presents ", " due to ", " after "}) {
    text = replace_all(text, word, ",");
  }
  for (char& c : text) c = c == ';' || c == '.' || c == ':' ? ',' : c;
  for (const std::string_view raw : split(text, ',')) {
    const std::string_view phrase = trim(raw);
    const std::string lower = ascii_lower(phrase);
    const bool problem = std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
      return lower.find(mark) != std::string::npos;
    });
    if (!problem || phrase.size() > 80) continue;
    if (std::find(found.begin(), found.end(), phrase) == found.end()) found.emplace_back(phrase);
  }
  if (found.empty()) return std::string(trim(field(input, "Assessment")));
  return join(found, ", ");
}

/// An option is worth its best line: words shared with the question there, and the share of its
/// own.
std::string lexical_choice(const BaselineInput& input) {
  const std::vector<std::string> options = options_of(input);
  const std::string_view turn = last_turn(input);
  const std::string_view letters = turn.substr(0, turn.rfind(field(input, "options")));
  const Words question = word_set(field(input, "question"));
  std::size_t best = 0;
  double best_score = 0.0;
  for (std::size_t i = 0; i < options.size() && i < 5; ++i) {
    const Words own = word_set(options[i]);
    if (own.empty()) continue;
    for (const std::string_view line : sentences(letters)) {
      const double part =
          static_cast<double>(shared_words(own, line)) / static_cast<double>(own.size());
      if (part < 0.5) continue;
      const double score = 3 * part + static_cast<double>(shared_words(question, line));
      if (score > best_score) best = i, best_score = score;
    }
  }
  constexpr double kEvidence = 4.0;  // a whole option and a word of the question in one line
  if (options.size() > 5 && best_score < kEvidence) best = 5;
  return choice_answer(options, best);
}

std::string lexical_question(const BaselineInput& input) {
  return best_sentence(field(input, "discharge_summary"), field(input, "Question"));
}

std::string lexical_codes(const BaselineInput& input) {
  const std::string_view text = field(input, "text");
  std::vector<std::string> codes;
  for (const std::string_view line : sentences(text)) {
    const std::string_view code = code_of_line(title_index(), line);
    if (code.empty() || std::find(codes.begin(), codes.end(), code) != codes.end()) continue;
    codes.emplace_back(code);
  }
  return join(codes, ", ");
}

std::string lexical_general(const BaselineInput& input) {
  if (!options_of(input).empty()) return lexical_choice(input);
  const std::string_view turn = trim(last_turn(input));
  const std::size_t line = turn.rfind('\n');
  return best_sentence(turn, line == std::string_view::npos ? turn : turn.substr(line + 1));
}

std::string random_choice(const BaselineInput& input) {
  const std::vector<std::string> options = options_of(input);
  if (options.empty()) return random_of_shots(input);
  return choice_answer(options, drawn_by(input.seed, options.size()));
}

// Without examples the labels stand only in the task's wording, which may be anybody's.
constexpr std::array<const char*, 3> kLabels = {"entailment", "neutral", "contradiction"};

std::string random_mednli(const BaselineInput& input) {
  const std::string drawn = random_of_shots(input);
  return drawn.empty() ? kLabels[drawn_by(input.seed, kLabels.size())] : drawn;
}

std::string first_mednli(const BaselineInput& input) {
  const std::string most = majority_of_shots(input);
  return most.empty() ? kLabels[0] : most;
}

std::string first_choice(const BaselineInput& input) {
  const std::vector<std::string> options = options_of(input);
  return options.empty() ? majority_of_shots(input) : choice_answer(options, 0);
}

}  // namespace clue::models
