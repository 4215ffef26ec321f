// clue generate medisumcode, and the table of what else can be generated.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/generate_flags.h"
#include "cli/verbs.h"
#include "datagen/code_evidence.h"
#include "datagen/codes.h"
#include "metrics/icd_table.h"

namespace clue::cli {
namespace {

using nlohmann::ordered_json;

struct CodeFlags {
  LetterFlags letters;
  std::string diagnoses;
  std::string diagnoses_columns;
  std::size_t max_examples = 500;
  bool evidence = false;
  std::string kb;
};

std::size_t sum(const std::map<std::string, std::size_t>& counts) {
  std::size_t n = 0;
  for (const auto& [code, rows] : counts) n += rows;
  return n;
}

ordered_json code_record(const CodeFlags& f, const datagen::CodeData& data,
                         const std::string& command, const std::string& evidence) {
  const datagen::CodeCounts& c = data.counts;
  ordered_json counts{{"letters read", data.notes.letters},
                      {"rows that cannot be read", data.notes.bad_rows},
                      {"letters read as cp1252", data.notes.guessed},
                      {"letters looked at", c.looked_at},
                      {"of these without a diagnosis row", c.no_admission},
                      {"of these with rows but no code left", c.no_codes},
                      {"letters written", data.letters.size()},
                      {"diagnosis rows that cannot be read", data.diagnoses.bad_rows},
                      {"diagnosis rows", c.rows},
                      {"codes written", data.codes()},
                      {"mapped from ICD-9", c.mapped},
                      {"dropped: ICD-9 code without a target", sum(c.unmapped)},
                      {"dropped: not in ICD-10-CM", sum(c.unknown)},
                      {"dropped: repeated in its letter", c.repeated}};
  if (f.evidence) counts["codes documented in their letter"] = data.documented();
  return {{"task", "medisumcode"},
          {"program", "clue " CLUE_VERSION},
          {"command", command},
          {"created", iso8601_utc(system_clock()())},
          {"rules", f.letters.rules},
          {"seed", f.letters.seed},
          {"max_examples", f.max_examples},
          {"notes", f.letters.notes},
          {"diagnoses", f.diagnoses},
          {"icd10", datagen::code_table(f.letters.rule_set()).name()},
          {"icd9_mapping", metrics::icd9_mapping_name()},
          {"evidence", evidence},
          {"counts", std::move(counts)},
          {"icd9_without_target", c.unmapped},
          {"not_in_icd10cm", c.unknown},
          {"problems", data.notes.problems},
          {"diagnoses_problems", data.diagnoses.problems}};
}

void print_counts(const ordered_json& counts, std::ostream& out) {
  for (const auto& [name, n] : counts.items()) {
    if (n.get<std::size_t>() > 0 || name.starts_with("letters")) {
      out << fmt::format("{:<38} {:>10}\n", name, grouped(n.get<std::size_t>()));
    }
  }
}

Status make_codes(const CodeFlags& f, const std::string& command, Io& io) {
  datagen::CodeOptions options;
  CLUE_TRY(options.profile, f.letters.letter_profile());
  if (f.diagnoses.empty() == options.profile.codes_column.empty()) {
    return Error{ErrorCode::invalid_argument,
                 f.diagnoses.empty()
                     ? "where are the codes? Give --diagnoses FILE (joined by hadm_id), or "
                       "--columns codes=COLUMN where they stand beside the letter"
                     : "--diagnoses and --columns codes= are two places for the codes; give one"};
  }
  if (!f.kb.empty() && !f.evidence) {
    return Error{ErrorCode::invalid_argument,
                 "--kb goes with --evidence: it adds words to look for"};
  }
  if (!f.diagnoses_columns.empty()) {
    CLUE_TRY(options.columns, datagen::parse_diagnosis_columns(f.diagnoses_columns));
  }
  options.notes = f.letters.notes;
  options.diagnoses = f.diagnoses;
  options.max_examples = f.max_examples;
  options.seed = f.letters.seed;
  options.rules = f.letters.rule_set();
  std::unique_ptr<datagen::CodeEvidence> evidence;
  if (f.evidence) {
    CLUE_TRY(evidence, datagen::CodeEvidence::open(options.rules, f.kb));
    options.evidence = evidence.get();
  }
  const std::filesystem::path dir = f.letters.out;
  CLUE_OK(make_dirs(dir));  // before minutes of reading
  CLUE_TRY(const datagen::CodeData data, datagen::generate_codes(options));
  say_reading(data.notes, f.letters.notes, io);
  say_reading(data.diagnoses, f.diagnoses, io);
  if (data.digits_only) {
    warn(io,
         "all codes in the table are numbers: the published script then keeps none "
         "(--rules corrected does)");
  }
  const ordered_json record =
      code_record(f, data, command, evidence ? evidence->name() : std::string());
  CLUE_OK(write_file_atomic(dir / "MeDiSumCode.generation.json", dump_json(record, 1) + "\n",
                            kPrivateFile));
  CLUE_OK(write_file_atomic(dir / "MeDiSumCode.json",
                            datagen::codes_json(data, f.letters.rule_set()), kPrivateFile));
  if (data.letters.empty()) {
    warn(io, "no letter is left: " + std::to_string(data.counts.no_admission) + " of " +
                 std::to_string(data.counts.looked_at) +
                 " have no diagnosis row (is hadm_id the same in both files?)");
  }
  if (f.letters.json) {
    io.out << dump_json(record, 1) << '\n';
    return {};
  }
  print_counts(record["counts"], io.out);
  if (f.evidence && data.codes() > 0) {
    io.out << fmt::format(
        "documented in the letter: {:.1f} % of the codes (found by words; a lower "
        "bound)\n",
        100.0 * static_cast<double>(data.documented()) / static_cast<double>(data.codes()));
  }
  io.out << (dir / "MeDiSumCode.json").string() << '\n';
  return {};
}

}  // namespace

int generate_medisumcode(const Args& args, Io& io) {
  Flags parser("clue generate medisumcode",
               "Letters with the ICD-10-CM codes of their admission, as `clue run -t medisumcode`\n"
               "reads them. ICD-9 codes are mapped by the CMS equivalence table.",
               "clue generate medisumcode --notes discharge.csv.gz --diagnoses "
               "diagnoses_icd.csv.gz -o data/MeDiSumCode");
  CodeFlags f;
  CLI::App& app = parser.app();
  declare_letter_flags(app, f.letters);
  app.add_option("--diagnoses", f.diagnoses,
                 "table of hadm_id, icd_code, icd_version (MIMIC-IV hosp diagnoses_icd)");
  app.add_option("--diagnoses-columns", f.diagnoses_columns,
                 "hadm_id=COLUMN,icd_code=COLUMN,icd_version=COLUMN of another table");
  app.add_option("--max-examples", f.max_examples, "letters to write (default 500; 0: all)");
  app.add_flag("--evidence", f.evidence,
               "mark each code whose title or inclusion terms the letter names");
  app.add_option("--kb", f.kb, "with --evidence: also a dictionary of ICD-10-CM (clue kb build)");
  declare_output_flags(app, f.letters);
  if (const auto code = parser.parse(args, io)) return *code;
  const Status done = make_codes(f, generate_command_line("medisumcode", args), io);
  return done ? int{kDone} : fail(io, done.error());
}

int cmd_generate(const Args& args, Io& io) {
  static constexpr const char* kText =
      "usage: clue generate medisumqa --notes F --profile P -m MODEL -o DIR\n"
      "       clue generate medisumcode --notes F --diagnoses F -o DIR\n"
      "       clue generate profile-check --notes F --profile P\n\n"
      "Makes benchmarks out of a hospital's own discharge letters. Try a profile first:\n"
      "  clue generate profile-check --notes letters/ --profile grascco\n"
      "clue generate VERB --help explains a verb.\n";
  static constexpr SubVerb kVerbs[] = {{"medisumqa", generate_medisumqa},
                                       {"medisumcode", generate_medisumcode},
                                       {"profile-check", generate_profile_check}};
  return run_sub_verb("generate", kVerbs, kText, args, io);
}

}  // namespace clue::cli
