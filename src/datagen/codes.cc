#include "datagen/codes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "datagen/code_evidence.h"
#include "datagen/note_lines.h"
#include "metrics/icd.h"
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

}  // namespace

const IcdTable& code_table(core::RuleSet rules) {
  using metrics::IcdTableId;
  static const auto reference = metrics::builtin_icd_table(IcdTableId::reference);
  static const auto current = metrics::builtin_icd_table(IcdTableId::current);
  return rules == core::RuleSet::clue_2024 ? *reference : *current;
}

namespace {

Result<Diagnoses> diagnoses_of(const CodeOptions& options) {
  if (options.diagnoses.empty()) return Diagnoses{};
  return read_diagnoses(options.diagnoses, options.columns);
}

}  // namespace

Result<DiagnosisColumns> parse_diagnosis_columns(std::string_view mapping) {
  DiagnosisColumns out;
  for (const std::string_view pair : split(mapping, ',')) {
    const std::size_t equals = pair.find('=');
    const std::string_view key = trim(pair.substr(0, equals));
    const bool given = equals != std::string_view::npos;
    const std::string column(given ? trim(pair.substr(equals + 1)) : "");
    if (given && key == "hadm_id" && !column.empty()) {
      out.admission = column;
    } else if (given && key == "icd_code" && !column.empty()) {
      out.code = column;
    } else if (given && key == "icd_version") {
      out.version = column;
    } else {
      return Error{ErrorCode::invalid_argument,
                   "--diagnoses-columns \"" + std::string(pair) +
                       "\": use hadm_id=COLUMN, icd_code=COLUMN and icd_version=COLUMN (nothing "
                       "behind the last = means all codes are ICD-10)"};
    }
  }
  return out;
}

std::vector<Diagnosis> read_codes_cell(std::string_view cell) {
  std::vector<Diagnosis> out;
  const auto add = [&](std::string_view code) {
    if (!trim(code).empty()) out.push_back({metrics::normal_icd(code), 10});
  };
  const Result<nlohmann::json> list = parse_json(cell, "codes");
  if (list.ok() && list->is_array()) {
    for (const nlohmann::json& item : *list) {
      if (item.is_string()) add(item.get<std::string>());
    }
    return out;
  }
  for (const std::string& code : metrics::split_gold_codes(cell, core::RuleSet::corrected))
    add(code);
  return out;
}

void Diagnoses::add(std::string_view admission, std::string_view code, int version) {
  auto& known = known_[version == 9 ? 0 : 1];
  const auto [at, fresh] =
      known.try_emplace(std::string(code), static_cast<std::uint32_t>(codes_.size()));
  if (fresh) codes_.push_back({std::string(code), version});
  const auto row = static_cast<std::uint32_t>(rows_.size());
  const auto [end, first] = ends_.try_emplace(std::string(admission), row);
  rows_.push_back({at->second, row});
  if (first) return;
  rows_.back().next = rows_[end->second].next;
  rows_[end->second].next = row;
  end->second = row;
}

std::vector<Diagnosis> Diagnoses::of(std::string_view admission) const {
  std::vector<Diagnosis> out;
  const auto end = ends_.find(std::string(admission));
  if (end == ends_.end()) return out;
  std::uint32_t row = end->second;
  do {
    row = rows_[row].next;
    out.push_back(codes_[rows_[row].code]);
  } while (row != end->second);
  return out;
}

bool Diagnoses::all_digits() const {
  return !codes_.empty() && std::all_of(codes_.begin(), codes_.end(), [](const Diagnosis& d) {
    return !d.code.empty() && std::all_of(d.code.begin(), d.code.end(), is_ascii_digit);
  });
}

Result<Diagnoses> read_diagnoses(const std::filesystem::path& path,
                                 const DiagnosisColumns& columns) {
  CLUE_TRY(CsvReader csv, CsvReader::open(path, {.delimiter = '\0'}));
  const auto column = [&](const std::string& name, const char* key) -> Result<std::size_t> {
    Result<std::size_t> at = csv.column(name);
    return at.ok() ? at : misnamed(at.error(), key, "--diagnoses-columns");
  };
  CLUE_TRY(const std::size_t admission, column(columns.admission, "hadm_id"));
  CLUE_TRY(const std::size_t code, column(columns.code, "icd_code"));
  std::optional<std::size_t> version;
  if (!columns.version.empty()) {
    CLUE_TRY(version, column(columns.version, "icd_version"));
  }
  Diagnoses out;
  NoteCounts bad;
  std::vector<std::string> row;
  while (true) {
    const Result<bool> more = csv.next(row);
    if (!more.ok()) {
      if (csv.broken()) return more.error();
      add_problem(bad, more.error().message);
      continue;
    }
    if (!*more) break;
    const std::string_view v = version ? trim(row[*version]) : "10";
    if (v == "9" || v == "10") {
      out.add(trim(row[admission]), trim(row[code]), v == "9" ? 9 : 10);
    } else {
      add_problem(bad, path.string() + ":" + std::to_string(csv.line()) + ": " + columns.version +
                           " \"" + std::string(v) + "\" is neither 9 nor 10");
    }
  }
  if (out.rows() == 0 && bad.bad_rows > 0) {
    return Error{ErrorCode::data, bad.problems[0] + "; no row of this table can be used"};
  }
  out.bad_rows = bad.bad_rows;
  out.problems = std::move(bad.problems);
  return out;
}

std::vector<LetterCode> letter_codes(const std::vector<Diagnosis>& diagnoses, core::RuleSet rules,
                                     CodeCounts& counts) {
  const IcdTable& table = code_table(rules);
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
    LetterCode& kept = out.emplace_back();
    kept.code = found->code;
    kept.description = found->title;
    if (d.version == 9) kept.icd9 = code;
  }
  return out;
}

Result<CodeData> generate_codes(const CodeOptions& options) {
  CLUE_TRY(Diagnoses diagnoses, diagnoses_of(options));
  const bool corrected = options.rules == core::RuleSet::corrected;
  CodeData out;
  out.digits_only = !corrected && diagnoses.all_digits();
  out.diagnoses.letters = diagnoses.rows() + diagnoses.bad_rows;
  out.diagnoses.bad_rows = diagnoses.bad_rows;
  out.diagnoses.problems = std::move(diagnoses.problems);
  std::vector<std::vector<LetterCode>> codes;  // of the letters kept, in their order
  const auto keep = [&](const Note& note) {
    const std::vector<Diagnosis> rows = options.diagnoses.empty()
                                            ? read_codes_cell(note.codes)
                                            : diagnoses.of(trim(note.admission));
    std::vector<LetterCode> found;
    if (!out.digits_only) found = letter_codes(rows, options.rules, out.counts);
    out.counts.no_admission += rows.empty() ? 1 : 0;
    out.counts.no_codes += !rows.empty() && found.empty() ? 1 : 0;
    if (corrected && found.empty()) return false;
    codes.push_back(std::move(found));
    return true;
  };
  CLUE_TRY(Selection chosen, select_notes(options.notes, options.profile,
                                          {.seed = options.seed,
                                           .max_notes = options.max_examples,
                                           .most_points = 1000,  // the diagnoses lie beside them
                                           .keep = keep}));
  out.notes = std::move(chosen.counts);
  out.counts.looked_at = chosen.looked_at;
  for (std::size_t i = 0; i < chosen.notes.size(); ++i) {
    out.letters.push_back({std::move(chosen.notes[i]), std::move(codes[i])});
    if (options.evidence != nullptr) {
      CLUE_OK(options.evidence->look_up(out.letters.back().note.text, out.letters.back().codes));
    }
  }
  return out;
}

std::size_t CodeData::codes() const {
  std::size_t n = 0;
  for (const CodedLetter& letter : letters) n += letter.codes.size();
  return n;
}

std::size_t CodeData::documented() const {
  std::size_t n = 0;
  for (const CodedLetter& letter : letters) {
    for (const LetterCode& c : letter.codes) n += c.documented && !c.documented->empty() ? 1 : 0;
  }
  return n;
}

std::string codes_json(const CodeData& data, core::RuleSet rules) {
  std::string out = "[";
  std::size_t size = 0;
  for (const CodedLetter& letter : data.letters) {
    size += letter.note.text.size() + 100 * letter.codes.size();
  }
  out.reserve(size + size / 8);  // not twice of it while it grows
  for (const CodedLetter& letter : data.letters) {
    nlohmann::ordered_json codes = nlohmann::ordered_json::array();
    for (const LetterCode& c : letter.codes) {
      nlohmann::ordered_json code{{"code", c.code}, {"description", c.description}};
      if (c.documented) code["documented"] = !c.documented->empty();
      if (c.documented && !c.documented->empty()) code["evidence"] = *c.documented;
      codes.push_back(std::move(code));
    }
    const Note& note = letter.note;
    out += out.size() == 1 ? "\n" : ",\n";
    nlohmann::ordered_json row{
        {"hadm_id", note.admission}, {"text", note.text}, {"icd_codes", std::move(codes)}};
    if (rules == core::RuleSet::corrected) row["note_id"] = note.id;
    out += dump_json(row);
  }
  return out + "\n]\n";
}

}  // namespace clue::datagen
