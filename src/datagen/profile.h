// Letter profiles: what a hospital's letters look like, as data (profiles/*.yaml). Used by every
// step of datagen. Plain values.
//
//   CLUE_TRY(LetterProfile p, parse_profile(yaml, "profiles/mimic-iv.yaml"));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace clue::datagen {

/// How a letter falls into parts.
enum class Split {
  paragraphs,  ///< at two or more blank lines in a row (MIMIC-IV)
  lines,       ///< at lines that are headings: "Epikrise:", "Procedere"
  capitals,    ///< at capital words with a colon inside running text: "HOSPITAL COURSE:"
};

struct LetterProfile {
  std::string name;
  std::string title;
  std::string language = "en";    ///< of letters and questions
  std::string prompt_set = "en";  ///< wording and one-shot example of the LLM steps
  std::string reader;             ///< who asks: "a patient without medical training"

  // Columns of a table; a folder of text files needs none. Empty: the file has no such column.
  std::string id_column = "note_id";
  std::string patient_column = "subject_id";
  std::string admission_column = "hadm_id";
  std::string text_column = "text";
  char delimiter = ',';  ///< '\0': detect
  Encoding encoding = Encoding::automatic;

  Split split = Split::paragraphs;
  std::vector<std::string> headings;      ///< Split::lines: further headings, beyond short "Words:"
  std::vector<std::string> instructions;  ///< lower case; a part that starts so is source text
  std::vector<std::string> require;       ///< letters without one of these texts are left out
  std::vector<std::string> cut_at;        ///< source text ends before each of these, in turn
  std::vector<std::string> anonymised;    ///< marks; statements that hold one are dropped
  bool lost_line_breaks = false;          ///< ".," and ":," stand for line ends (mtsamples)
};

/// Reads a profile's YAML. Error: data, naming place, key and value; unknown keys are errors with a
/// suggestion.
[[nodiscard]] Result<LetterProfile> parse_profile(std::string_view yaml, const std::string& place);

}  // namespace clue::datagen
