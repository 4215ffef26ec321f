#include "cli/generate_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "core/names.h"

namespace clue::cli {

void declare_letter_flags(CLI::App& app, LetterFlags& f) {
  app.add_option("--notes", f.notes,
                 "letters: .csv, .tsv, .jsonl (each also .gz), .json, .xlsx, or a folder of\n"
                 ".txt and .docx files")
      ->required();
  app.add_option("--profile", f.profile,
                 "letter profile: mimic-iv (default), mtsamples, grascco, or a .yaml file");
  app.add_option("--columns", f.columns,
                 "note_id=COLUMN,subject_id=,hadm_id=,text=,codes= over the profile's columns");
  app.add_option("--encoding", f.encoding, "auto (default), utf-8, cp1252 or latin-1");
  app.add_flag("--json", f.json, "counts as JSON on stdout");
}

void declare_output_flags(CLI::App& app, LetterFlags& f) {
  app.add_option("--seed", f.seed, "of the shuffle over all letters (default 44)");
  app.add_option("--rules", f.rules, "corrected (default) or clue-2024")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_option("-o,--output-path", f.out, "folder to write into")->required();
}

Result<datagen::LetterProfile> LetterFlags::letter_profile() const {
  CLUE_TRY(datagen::LetterProfile p, datagen::load_profile(profile));
  if (!columns.empty()) CLUE_OK(datagen::map_columns(columns, p));
  if (!encoding.empty()) {
    CLUE_TRY(p.encoding, parse_encoding(encoding));
  }
  return p;
}

core::RuleSet LetterFlags::rule_set() const {
  return core::from_name<core::RuleSet>(rules).value_or(core::RuleSet::corrected);
}

void say_reading(const datagen::NoteCounts& counts, const std::string& notes, Io& io) {
  if (counts.bad_rows > 0) {
    warn(io, fmt::format("{}: {} of {} rows cannot be read and are left out:", notes,
                         grouped(counts.bad_rows), grouped(counts.letters)));
    constexpr std::size_t kShown = 5;
    for (std::size_t i = 0; i < std::min(kShown, counts.problems.size()); ++i) {
      io.err << "  " << counts.problems[i] << '\n';
    }
    if (counts.bad_rows > kShown) io.err << "  ...\n";
  }
  if (counts.guessed > 0) {
    warn(io, fmt::format("{}: {} letters are not UTF-8 and were read as cp1252; check an umlaut, or "
                         "say --encoding",
                         notes, grouped(counts.guessed)));
  }
}

std::string grouped(std::size_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string generate_command_line(const std::string& verb, const Args& args) {
  std::string out = "clue generate " + verb;
  for (const std::string& a : args) {
    out += a.find_first_of(" '\"") == std::string::npos ? " " + a : " '" + a + "'";
  }
  return out;
}

}  // namespace clue::cli
