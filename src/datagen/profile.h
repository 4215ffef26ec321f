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

/// What a model is shown when the questions are evaluated.
enum class Evaluated {
  rest,   ///< the letter without its source sections (published)
  whole,  ///< all of it: where the answer stands nowhere else
};

/// How a letter falls into parts.
enum class Split {
  paragraphs,  ///< at two or more blank lines in a row (MIMIC-IV)
  lines,       ///< at lines that are headings: "Epikrise:", "Procedere"
  capitals,    ///< at capital words with a colon inside running text: "HOSPITAL COURSE:"
};

struct LetterProfile {
  std::string name;
  std::string hash;  ///< sha256 of the YAML text
  std::string title;
  std::string language = "en";    ///< of letters and questions
  std::string prompt_set = "en";  ///< wording and one-shot examples: a name, or a file's path
  std::string reader;             ///< who asks: "a patient without medical training"

  // Columns of a table; a folder of text files needs none. Empty: the file has no such column.
  std::string id_column = "note_id";
  std::string patient_column = "subject_id";
  std::string admission_column = "hadm_id";
  std::string text_column = "text";
  std::string codes_column;  ///< codes in the letters' own table: a JSON list, or separated text
  char delimiter = '\0';  ///< '\0': detect
  Encoding encoding = Encoding::automatic;

  Split split = Split::paragraphs;
  Evaluated evaluated = Evaluated::rest;
  std::vector<std::string> headings;      ///< Split::lines: further headings, beyond short "Words:"
  std::vector<std::string> instructions;  ///< lower case; a part that starts so is source text
  std::vector<std::string> require;       ///< letters without one of these texts are left out
  std::vector<std::string> cut_at;        ///< source text ends before each of these, in turn
  std::vector<std::string> anonymised;    ///< marks; statements that hold one are dropped
  bool lost_line_breaks = false;          ///< ".," and ":," stand for line ends (mtsamples)
};

/// A shipped profile by name, or a file (a path ending in .yaml or .yml). Error: invalid_argument
/// with the names there are; not_found, data for a file.
[[nodiscard]] Result<LetterProfile> load_profile(const std::string& name_or_path);
[[nodiscard]] std::vector<std::string> profile_names();

/// "note_id=REPORT_NO,text=REPORT" over a profile's columns; keys: note_id, subject_id, hadm_id,
/// text, codes. Columns not named keep the profile's. Error: invalid_argument.
[[nodiscard]] Status map_columns(std::string_view mapping, LetterProfile& profile);

/// Reads a profile's YAML. Error: data, naming place, key and value; unknown keys are errors with a
/// suggestion.
[[nodiscard]] Result<LetterProfile> parse_profile(std::string_view yaml, const std::string& place);

}  // namespace clue::datagen
