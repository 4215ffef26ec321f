// Is a code documented in its letter? Looks for the words of its title, of its inclusion terms, and
// of a dictionary's synonyms. What is found is there; what is not found may still be there in other
// words: a share of documented codes is a lower bound of what a reader of the letter can reach. Used
// by `clue generate medisumcode --evidence`. One thread.
//
//   CLUE_TRY(auto evidence, CodeEvidence::open(rules, "icd.kbi"));
//   CLUE_OK(evidence->look_up(letter.text, letter.codes));
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "datagen/codes.h"

namespace clue::datagen {

class CodeEvidence {
 public:
  /// `kb`: a dictionary whose concept ids are ICD-10 codes (clue kb build --icd10cm); empty: none.
  [[nodiscard]] static Result<std::unique_ptr<CodeEvidence>> open(core::RuleSet rules,
                                                                  const std::filesystem::path& kb);
  ~CodeEvidence();
  CodeEvidence(const CodeEvidence&) = delete;
  CodeEvidence& operator=(const CodeEvidence&) = delete;

  /// Fills `documented` of every code: the sentence or mention that names it, else "".
  [[nodiscard]] Status look_up(std::string_view letter, std::vector<LetterCode>& codes);
  /// "ICD-10-CM ... titles and inclusion terms; dictionary ...": for the record.
  [[nodiscard]] std::string name() const;

 private:
  struct Impl;
  explicit CodeEvidence(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The words of a title that a letter must hold: lower case, stems, without what ICD adds for
/// order's sake ("unspecified", "other", "without complications", text in brackets).
[[nodiscard]] std::vector<std::string> title_words(std::string_view title);

}  // namespace clue::datagen
