#include "models/tiny_tokenizer.h"

#include <map>
#include <set>
#include <utility>

namespace clue::models {
namespace {

/// GPT-2's map: printable Latin-1 stays, the other bytes follow from U+0100 on.
std::string spell_byte(unsigned char byte) {
  const auto printable = [](unsigned b) {
    return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  };
  unsigned code = byte;
  if (!printable(byte)) {
    code = 256;
    for (unsigned b = 0; b < byte; ++b) code += printable(b) ? 0 : 1;
  }
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (static_cast<unsigned char>(c) >= 0x80);
}

/// Words with the space before them, and single other characters: what the llama-bpe splitter
/// would never join across.
std::map<std::vector<std::string>, int> count_words(std::string_view corpus) {
  std::map<std::vector<std::string>, int> words;
  for (std::size_t at = 0; at < corpus.size();) {
    std::size_t end = at + 1;
    if (corpus[at] == ' ' || is_letter(corpus[at])) {
      while (end < corpus.size() && is_letter(corpus[end])) ++end;
    }
    std::vector<std::string> symbols;
    for (const char c : corpus.substr(at, end - at)) {
      symbols.push_back(spell_byte(static_cast<unsigned char>(c)));
    }
    ++words[symbols];
    at = end;
  }
  return words;
}

using Pair = std::pair<std::string, std::string>;

std::vector<std::string> merge_pair(const std::vector<std::string>& word, const Pair& pair) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (i + 1 < word.size() && word[i] == pair.first && word[i + 1] == pair.second) {
      out.push_back(word[i] + word[i + 1]);
      ++i;
    } else {
      out.push_back(word[i]);
    }
  }
  return out;
}

}  // namespace

std::string spell_bytes(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += spell_byte(static_cast<unsigned char>(c));
  return out;
}

BytePairs train_byte_pairs(std::string_view corpus, int merges) {
  BytePairs out;
  for (unsigned b = 0; b < 256; ++b)
    out.tokens.push_back(spell_byte(static_cast<unsigned char>(b)));
  std::set<std::string> known(out.tokens.begin(), out.tokens.end());
  std::map<std::vector<std::string>, int> words = count_words(corpus);
  for (int m = 0; m < merges; ++m) {
    std::map<Pair, int> counts;
    for (const auto& [word, n] : words) {
      for (std::size_t i = 0; i + 1 < word.size(); ++i) counts[{word[i], word[i + 1]}] += n;
    }
    const Pair* best = nullptr;
    int most = 1;  // a pair seen once teaches nothing
    for (const auto& [pair, n] : counts) {
      if (n > most) {
        best = &pair;
        most = n;
      }
    }
    if (best == nullptr) break;
    const Pair pair = *best;
    out.merges.push_back(pair.first + " " + pair.second);
    if (known.insert(pair.first + pair.second).second) {
      out.tokens.push_back(pair.first + pair.second);
    }
    std::map<std::vector<std::string>, int> next;
    for (const auto& [word, n] : words) next[merge_pair(word, pair)] += n;
    words = std::move(next);
  }
  return out;
}

std::string_view tiny_corpus() {
  return "The patient was admitted to the hospital with chest pain and shortness of breath. "
         "The patient has a history of hypertension, diabetes mellitus type 2 and chronic kidney "
         "disease. On admission the blood pressure was 150/90 mmHg and the heart rate was 92 per "
         "minute. The laboratory values showed an elevated creatinine and a low hemoglobin. An "
         "echocardiogram showed a reduced ejection fraction. The patient was treated with "
         "diuretics, and the symptoms improved over the next three days. At discharge the patient "
         "was stable and was advised to take the medication as prescribed and to follow up with "
         "the general practitioner within one week.\n"
         "Question: What is the most likely diagnosis of the patient? Answer: The diagnosis is "
         "heart failure. Question: Which of the following statements is correct? The correct "
         "answer is A. The correct answer is B. The correct answer is C. The correct answer is D.\n"
         "Premise: The patient denies fever and chills. Hypothesis: The patient has an infection. "
         "The label is contradiction. Premise: The patient takes insulin. Hypothesis: The patient "
         "has diabetes. The label is entailment. Premise: The patient lives with a daughter. "
         "Hypothesis: The patient drinks alcohol. The label is neutral.\n"
         "Summarize the following question: I have been taking this medicine for my thyroid for "
         "two years and I would like to know about the side effects and whether it is safe during "
         "pregnancy. Summary: What are the side effects of thyroid medicine during pregnancy?\n"
         "List all diagnoses of the discharge letter as ICD-10 codes. ICD-10 Codes: I50.9, E11.9, "
         "N18.3, I10. The operation was performed without complications and the wound healed "
         "well. The patient complained of abdominal pain, nausea and vomiting. A computed "
         "tomography of the abdomen showed acute appendicitis. The surgical team was consulted. "
         "Physical examination: lungs clear, heart sounds regular, abdomen soft. Medication on "
         "discharge: metoprolol 50 mg once daily, atorvastatin 40 mg at night, aspirin 100 mg.";
}

}  // namespace clue::models
