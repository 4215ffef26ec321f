// MeDiSumCode: letters joined with their coded diagnoses (protocol, section 6). Used by
// `clue generate medisumcode`. Pure but for reading the two files.
//
//   CLUE_TRY(CodeData d, generate_codes(options));   write_file_atomic(path, codes_jsonl(d),
//   kPrivateFile);
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "datagen/notes.h"

namespace clue::datagen {

struct Diagnosis {
  std::string code;  ///< as in the file
  int version = 10;  ///< 9 or 10
};
/// hadm_id -> its diagnoses in file order.
using Diagnoses = std::unordered_map<std::string, std::vector<Diagnosis>>;

/// MIMIC-IV's diagnoses_icd.csv(.gz), or any table with hadm_id, icd_code, icd_version. Error: data
/// with file:line for a version that is neither 9 nor 10.
[[nodiscard]] Result<Diagnoses> read_diagnoses(const std::filesystem::path& path);

struct LetterCode {
  std::string code;  ///< ICD-10-CM without dot
  std::string description;
  std::string icd9;  ///< what it was mapped from; "": it was ICD-10 already
};

/// Why codes were left out, over all letters that were looked at.
struct CodeCounts {
  std::size_t looked_at = 0;     ///< letters
  std::size_t no_admission = 0;  ///< of these, without any diagnosis row
  std::size_t no_codes = 0;      ///< of these, with rows but no code left
  std::size_t rows = 0;          ///< diagnosis rows of these letters
  std::size_t mapped = 0;        ///< ICD-9 rows with a target that exists
  std::size_t repeated = 0;      ///< dropped: the letter has that code already (`corrected`)
  std::map<std::string, std::size_t> unmapped;  ///< ICD-9 code without a target -> rows
  std::map<std::string, std::size_t> unknown;   ///< code not in ICD-10-CM -> rows
};

/// The codes of one letter. `clue_2024`: last row of the mapping, the reference's code list,
/// repeats kept. `corrected`: of all targets that exist the billable ones, of these an
/// "unspecified" one (the ICD-9 code says no more), of these the first; current code list; no
/// repeats.
[[nodiscard]] std::vector<LetterCode> letter_codes(const std::vector<Diagnosis>& diagnoses,
                                                   core::RuleSet rules, CodeCounts& counts);

struct CodeOptions {
  std::filesystem::path notes;
  std::filesystem::path diagnoses;
  LetterProfile profile;
  std::size_t max_examples = 500;
  std::uint64_t seed = 44;
  core::RuleSet rules = core::RuleSet::corrected;
};

struct CodedLetter {
  Note note;
  std::vector<LetterCode> codes;
};

struct CodeData {
  std::vector<CodedLetter> letters;
  NoteCounts notes;
  CodeCounts counts;
  bool digits_only =
      false;  ///< `clue_2024`: all codes were numbers, so the published script lost all
};

/// Shuffled with the seed, the first max_examples: `clue_2024` whatever their codes (a letter may
/// end up with none), `corrected` those that keep a code.
[[nodiscard]] Result<CodeData> generate_codes(const CodeOptions& options);

/// {"hadm_id","text","icd_codes":[{"code","description"}]} a line, what `clue run -t medisumcode`
/// reads.
[[nodiscard]] std::string codes_jsonl(const CodeData& data);

}  // namespace clue::datagen
