#include "datagen/codes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "metrics/icd_table.h"

namespace clue::datagen {
namespace {

using metrics::IcdCode;
using metrics::IcdTable;

std::string without_dots(std::string_view code) { return replace_all(trim(code), ".", ""); }

/// The ICD-10-CM entry of an ICD-9-CM code; nullptr and a count when there is none.
const IcdCode* map_icd9(const std::string& icd9, const IcdTable& table, core::RuleSet rules,
                        CodeCounts& counts) {
  if (rules == core::RuleSet::clue_2024) {
    const auto target = metrics::icd9_to_icd10(icd9);
    const IcdCode* found = target ? table.find(*target) : nullptr;
    if (found == nullptr) ++counts.unmapped[icd9];
    return found;
  }
  const IcdCode* best = nullptr;
  int best_rank = -1;
  for (const std::string& target : metrics::icd9_to_icd10_all(icd9)) {
    const IcdCode* code = table.find(target);
    if (code == nullptr) continue;
    const bool unspecified = ascii_lower(code->title).find("unspecified") != std::string::npos;
    const int rank = (code->billable ? 2 : 0) + (unspecified ? 1 : 0);
    if (rank > best_rank) {
      best_rank = rank;
      best = code;
    }
  }
  if (best == nullptr) ++counts.unmapped[icd9];
  return best;
}

const IcdTable& table_of(core::RuleSet rules) {
  using metrics::IcdTableId;
  static const auto reference = metrics::builtin_icd_table(IcdTableId::reference);
  static const auto current = metrics::builtin_icd_table(IcdTableId::current);
  return rules == core::RuleSet::clue_2024 ? *reference : *current;
}

/// Pandas reads such a column as numbers, and then no look-up succeeds.
bool all_digits(const Diagnoses& diagnoses) {
  return !diagnoses.empty() &&
         std::all_of(diagnoses.begin(), diagnoses.end(), [](const auto& entry) {
           return std::all_of(entry.second.begin(), entry.second.end(), [](const Diagnosis& d) {
             return !d.code.empty() && std::all_of(d.code.begin(), d.code.end(), is_ascii_digit);
           });
         });
}

}  // namespace

Result<Diagnoses> read_diagnoses(const std::filesystem::path& path) {
  CLUE_TRY(CsvReader csv, CsvReader::open(path, {.delimiter = '\0'}));
  CLUE_TRY(const std::size_t admission, csv.column("hadm_id"));
  CLUE_TRY(const std::size_t code, csv.column("icd_code"));
  CLUE_TRY(const std::size_t version, csv.column("icd_version"));
  Diagnoses out;
  std::vector<std::string> row;
  while (true) {
    CLUE_TRY(const bool more, csv.next(row));
    if (!more) return out;
    const std::string_view v = trim(row[version]);
    if (v != "9" && v != "10") {
      return Error{ErrorCode::data, path.string() + ":" + std::to_string(csv.line()) +
                                        ": icd_version \"" + row[version] +
                                        "\" is neither 9 nor 10"};
    }
    out[std::string(trim(row[admission]))].push_back(
        {std::string(trim(row[code])), v == "9" ? 9 : 10});
  }
}

std::vector<LetterCode> letter_codes(const std::vector<Diagnosis>& diagnoses, core::RuleSet rules,
                                     CodeCounts& counts) {
  const IcdTable& table = table_of(rules);
  const bool corrected = rules == core::RuleSet::corrected;
  std::vector<LetterCode> out;
  std::set<std::string, std::less<>> seen;
  for (const Diagnosis& d : diagnoses) {
    ++counts.rows;
    const std::string code = without_dots(d.code);
    const IcdCode* found = nullptr;
    if (d.version == 9) {
      found = map_icd9(code, table, rules, counts);
      if (found != nullptr) ++counts.mapped;
    } else {
      found = table.find(code);
      if (found == nullptr) ++counts.unknown[code];
    }
    if (found == nullptr) continue;
    if (!seen.insert(std::string(found->code)).second && corrected) {
      ++counts.repeated;
      continue;
    }
    out.push_back(
        {std::string(found->code), std::string(found->title), d.version == 9 ? code : ""});
  }
  return out;
}

Result<CodeData> generate_codes(const CodeOptions& options) {
  CLUE_TRY(const Diagnoses diagnoses, read_diagnoses(options.diagnoses));
  const bool corrected = options.rules == core::RuleSet::corrected;
  CodeData out;
  out.digits_only = !corrected && all_digits(diagnoses);
  const std::vector<Diagnosis> none;
  const auto of = [&](const Note& note) -> const std::vector<Diagnosis>& {
    const auto it = diagnoses.find(std::string(trim(note.admission)));
    return it == diagnoses.end() ? none : it->second;
  };
  SelectOptions select{.seed = options.seed, .max_notes = options.max_examples, .accept = {}};
  if (corrected) {
    select.accept = [&](const Note& note) {
      CodeCounts ignored;
      const std::vector<Diagnosis>& rows = of(note);
      out.counts.no_admission += rows.empty() ? 1 : 0;
      const bool any = !letter_codes(rows, options.rules, ignored).empty();
      out.counts.no_codes += !rows.empty() && !any ? 1 : 0;
      return any;
    };
  }
  CLUE_TRY(Selection chosen, select_notes(options.notes, options.profile, select));
  out.notes = std::move(chosen.counts);
  out.counts.looked_at = corrected ? out.notes.letters : chosen.notes.size();
  for (Note& note : chosen.notes) {
    const std::vector<Diagnosis>& rows = of(note);
    std::vector<LetterCode> codes;
    if (!out.digits_only) codes = letter_codes(rows, options.rules, out.counts);
    if (!corrected) {
      out.counts.no_admission += rows.empty() ? 1 : 0;
      out.counts.no_codes += !rows.empty() && codes.empty() ? 1 : 0;
    }
    out.letters.push_back({std::move(note), std::move(codes)});
  }
  return out;
}

std::string codes_jsonl(const CodeData& data) {
  std::string out;
  for (const CodedLetter& letter : data.letters) {
    nlohmann::ordered_json codes = nlohmann::ordered_json::array();
    for (const LetterCode& c : letter.codes) {
      codes.push_back({{"code", c.code}, {"description", c.description}});
    }
    out += dump_json(nlohmann::ordered_json{{"hadm_id", letter.note.admission},
                                            {"text", letter.note.text},
                                            {"icd_codes", std::move(codes)}});
    out += "\n";
  }
  return out;
}

}  // namespace clue::datagen
