// MeDiSumCode: letters joined with their coded diagnoses (protocol, section 6). Used by
// `clue generate medisumcode`. Pure but for reading the two files.
//
//   CLUE_TRY(CodeData d, generate_codes(options));
//   write_file_atomic(path, codes_json(d, options.rules), kPrivateFile);
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "datagen/notes.h"

namespace clue::metrics {
class IcdTable;
}

namespace clue::datagen {

class CodeEvidence;

struct Diagnosis {
  std::string code;  ///< as in the file
  int version = 10;  ///< 9 or 10
};
/// hadm_id -> its diagnoses in file order. MIMIC-IV has 6.4 million rows: 8 bytes a row, each code
/// kept once, some 100 bytes an admission.
class Diagnoses {
 public:
  void add(std::string_view admission, std::string_view code, int version);
  /// Empty: it has no row.
  [[nodiscard]] std::vector<Diagnosis> of(std::string_view admission) const;
  [[nodiscard]] std::size_t admissions() const { return ends_.size(); }
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  /// Pandas reads such a column as numbers, and then no look-up succeeds.
  [[nodiscard]] bool all_digits() const;

  std::size_t bad_rows = 0;           ///< could not be read; left out
  std::vector<std::string> problems;  ///< "file:line: what" of the first 20 of them

 private:
  struct Row {
    std::uint32_t code = 0;  ///< of codes_
    std::uint32_t next = 0;  ///< the admission's next row; the last one's is its first
  };
  std::unordered_map<std::string, std::uint32_t> ends_;  ///< the admission's last row
  std::deque<Row> rows_;                                 ///< never copied as it grows
  std::vector<Diagnosis> codes_;
  std::unordered_map<std::string, std::uint32_t> known_[2];  ///< code -> its place, by version
};

/// Where another hospital's table of diagnoses keeps things.
struct DiagnosisColumns {
  std::string admission = "hadm_id";
  std::string code = "icd_code";
  std::string version = "icd_version";  ///< "": no such column, all are ICD-10
};
/// "hadm_id=FALL,icd_code=ICD,icd_version=": a key with nothing behind it says there is no such
/// column. Error: invalid_argument.
[[nodiscard]] Result<DiagnosisColumns> parse_diagnosis_columns(std::string_view mapping);

/// MIMIC-IV's diagnoses_icd.csv(.gz), or any table with hadm_id, icd_code, icd_version. A row that
/// is broken, or whose version is neither 9 nor 10, is counted and left out. Error: the file cannot
/// be read to its end, lacks a column, or no row is good.
[[nodiscard]] Result<Diagnoses> read_diagnoses(const std::filesystem::path& path,
                                               const DiagnosisColumns& columns = {});
/// A codes cell: a JSON list of texts, or text separated by commas, semicolons or white space. All
/// ICD-10, in upper case.
[[nodiscard]] std::vector<Diagnosis> read_codes_cell(std::string_view cell);

struct LetterCode {
  std::string code;  ///< ICD-10-CM without dot
  std::string description;
  std::string icd9;                       ///< what it was mapped from; "": it was ICD-10 already
  std::optional<std::string> documented;  ///< words of the letter that name it; "": none found
};

/// Why codes were left out, over all letters that were looked at.
struct CodeCounts {
  std::size_t looked_at = 0;     ///< letters, in the shuffled order up to the last one kept
  std::size_t no_admission = 0;  ///< of these, without any diagnosis row
  std::size_t no_codes = 0;      ///< of these, with rows but no code left
  std::size_t rows = 0;          ///< diagnosis rows of these letters
  std::size_t mapped = 0;        ///< ICD-9 rows with a target that exists
  std::size_t repeated = 0;      ///< dropped: the letter has that code already (`corrected`)
  std::map<std::string, std::size_t> unmapped;  ///< ICD-9 code without a target -> rows
  std::map<std::string, std::size_t> unknown;   ///< code not in ICD-10-CM -> rows
};

/// The list that codes are looked up in.
[[nodiscard]] const metrics::IcdTable& code_table(core::RuleSet rules);

/// The codes of one letter. `clue_2024`: last row of the mapping, the reference's code list,
/// repeats kept. `corrected`: of all targets that exist the billable ones, of these an
/// "unspecified" one (the ICD-9 code says no more), of these the first; current code list; no
/// repeats.
[[nodiscard]] std::vector<LetterCode> letter_codes(const std::vector<Diagnosis>& diagnoses,
                                                   core::RuleSet rules, CodeCounts& counts);

struct CodeOptions {
  std::filesystem::path notes;
  std::filesystem::path diagnoses = {};  ///< empty: the profile names a codes column
  DiagnosisColumns columns = {};
  LetterProfile profile = {};
  std::size_t max_examples = 500;
  std::uint64_t seed = 44;
  core::RuleSet rules = core::RuleSet::corrected;
  CodeEvidence* evidence = nullptr;  ///< not null: look every code up in its letter
};

struct CodedLetter {
  Note note;
  std::vector<LetterCode> codes;
};

struct CodeData {
  std::vector<CodedLetter> letters;
  NoteCounts notes;
  NoteCounts diagnoses;  ///< of the other table: its rows, bad ones too
  CodeCounts counts;
  /// `clue_2024`: all codes were numbers, so the published script lost all.
  bool digits_only = false;

  [[nodiscard]] std::size_t codes() const;
  [[nodiscard]] std::size_t documented() const;  ///< codes with evidence in their letter
};

/// Shuffled with the seed, the first max_examples: `clue_2024` whatever their codes (a letter may
/// end up with none), `corrected` those that keep a code.
[[nodiscard]] Result<CodeData> generate_codes(const CodeOptions& options);

/// One JSON array, a letter a line: {"hadm_id","text","icd_codes":[{"code","description"}],
/// "note_id"}, what `clue run -t medisumcode` reads. `clue_2024`: without the last, as published.
[[nodiscard]] std::string codes_json(const CodeData& data, core::RuleSet rules);

}  // namespace clue::datagen
