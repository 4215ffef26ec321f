#include "datagen/code_evidence.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/text.h"
#include "concepts/concept_f1.h"
#include "metrics/icd.h"
#include "metrics/icd_table.h"
#include "text/porter.h"
#include "text/words.h"

namespace clue::datagen {
namespace {

/// Words that order the classification and that no letter needs to say.
constexpr std::array<std::string_view, 27> kUnsaid = {
    "unspecified", "other",     "specified", "essential",  "of",        "the",     "and",
    "or",          "due",       "to",        "in",         "with",      "by",      "for",
    "not",         "elsewhere", "classified", "classifiable", "initial", "subsequent", "encounter",
    "sequela",     "site",      "type",      "nos",        "a",          "organism"};

/// Stems of the words of a text.
std::vector<std::string> stems(std::string_view text) {
  std::vector<std::string> out;
  const std::string words = text::unicode_words(text);
  for (const std::string_view word : py_split(words)) {
    text::porter_stem(out.emplace_back(word));
  }
  return out;
}

struct Sentence {
  std::string_view text;
  std::vector<std::string> stems;  ///< sorted
};

/// Lines, and within lines at ". " and "; ".
std::vector<Sentence> sentences(std::string_view letter) {
  std::vector<Sentence> out;
  for (const std::string_view line : split_lines(letter)) {
    for (std::size_t begin = 0; begin < line.size();) {
      const std::size_t stop = std::min({line.find(". ", begin), line.find("; ", begin),
                                         line.size() - 1});
      const std::string_view part = trim(line.substr(begin, stop + 1 - begin));
      begin = stop + 1;
      if (part.empty()) continue;
      Sentence s{part, stems(part)};
      std::sort(s.stems.begin(), s.stems.end());
      out.push_back(std::move(s));
    }
  }
  return out;
}

bool holds_all(const Sentence& sentence, const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(), [&](const std::string& w) {
    return std::binary_search(sentence.stems.begin(), sentence.stems.end(), w);
  });
}

}  // namespace

std::vector<std::string> title_words(std::string_view title) {
  std::string plain;
  int depth = 0;
  for (const char c : title) {
    if (c == '(' || c == '[') ++depth;
    if (depth == 0) plain += c;
    if ((c == ')' || c == ']') && depth > 0) --depth;
  }
  const std::string lower = py_lower(plain);
  std::string_view kept = lower;
  kept = kept.substr(0, kept.find(" without "));
  std::vector<std::string> out;
  std::vector<std::string> unsaid;
  for (const std::string_view w : kUnsaid) text::porter_stem(unsaid.emplace_back(w));
  for (std::string& w : stems(kept)) {
    if (std::find(unsaid.begin(), unsaid.end(), w) == unsaid.end()) out.push_back(std::move(w));
  }
  return out;
}

struct CodeEvidence::Impl {
  core::RuleSet rules = core::RuleSet::corrected;
  std::optional<concepts::ConceptExtractor> dictionary;
  std::map<std::string, std::vector<std::vector<std::string>>, std::less<>> phrases;  ///< by code

  const std::vector<std::vector<std::string>>& phrases_of(const std::string& code) {
    const auto [it, fresh] = phrases.try_emplace(code);
    if (!fresh) return it->second;
    static const auto terms = metrics::builtin_icd_table(metrics::IcdTableId::y2026);
    for (const auto* table : {&code_table(rules), terms.get()}) {
      const metrics::IcdCode* entry = table->find(code);
      if (entry == nullptr) continue;
      std::vector<std::string_view> titles = split(entry->inclusion_terms, '\t');
      titles.push_back(entry->title);
      for (const std::string_view title : titles) {
        if (auto words = title_words(title); !words.empty()) it->second.push_back(std::move(words));
      }
    }
    return it->second;
  }
};

CodeEvidence::CodeEvidence(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CodeEvidence::~CodeEvidence() = default;

Result<std::unique_ptr<CodeEvidence>> CodeEvidence::open(core::RuleSet rules,
                                                         const std::filesystem::path& kb) {
  auto impl = std::make_unique<Impl>();
  impl->rules = rules;
  if (!kb.empty()) {
    concepts::ConceptOptions options;
    options.kb = kb;
    CLUE_TRY(impl->dictionary, concepts::ConceptExtractor::open(options));
  }
  return std::unique_ptr<CodeEvidence>(new CodeEvidence(std::move(impl)));
}

Status CodeEvidence::look_up(std::string_view letter, std::vector<LetterCode>& codes) {
  const std::vector<Sentence> parts = sentences(letter);
  std::map<std::string, std::string, std::less<>> mentioned;  // code -> words
  if (impl_->dictionary) {
    CLUE_TRY(const concepts::ConceptText found, impl_->dictionary->extract(letter, true));
    for (const auto& m : found.mentions) {
      mentioned.try_emplace(
          metrics::normal_icd(impl_->dictionary->kb().concept_id(m.concept_number)),
          letter.substr(m.begin, m.end - m.begin));
    }
  }
  for (LetterCode& code : codes) {
    code.documented.emplace();
    for (const auto& words : impl_->phrases_of(code.code)) {
      const auto it = std::find_if(parts.begin(), parts.end(),
                                   [&](const Sentence& s) { return holds_all(s, words); });
      if (it == parts.end()) continue;
      code.documented = it->text;
      break;
    }
    if (const auto it = mentioned.find(code.code);
        code.documented->empty() && it != mentioned.end()) {
      code.documented = it->second;
    }
  }
  return {};
}

std::string CodeEvidence::name() const {
  std::string out = code_table(impl_->rules).name() + ": titles and inclusion terms";
  if (impl_->dictionary) out += "; dictionary " + impl_->dictionary->kb().signature();
  return out;
}

}  // namespace clue::datagen
