// clue generate profile-check: what a letter profile takes and drops.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "base/text.h"
#include "cli/generate_flags.h"
#include "cli/number_checks.h"
#include "datagen/profile_check.h"

namespace clue::cli {
namespace {

using nlohmann::ordered_json;

ordered_json check_json(const datagen::ProfileCheck& check) {
  ordered_json letters = ordered_json::array();
  for (const datagen::CheckedLetter& l : check.letters) {
    ordered_json parts = ordered_json::array();
    for (const datagen::CheckedPart& p : l.parts) {
      parts.push_back({{"heading", p.heading}, {"bytes", p.bytes}, {"taken", p.taken}});
    }
    letters.push_back({{"note_id", l.id},
                       {"verdict", l.verdict},
                       {"bytes", l.bytes},
                       {"parts", std::move(parts)},
                       {"source", l.source}});
  }
  ordered_json headings = ordered_json::array();
  for (const auto& [heading, n] : check.other_headings) {
    headings.push_back({{"heading", heading}, {"letters", n}});
  }
  return {{"letters_read", check.notes.letters},
          {"bad_rows", check.notes.bad_rows},
          {"admitted", check.admitted},
          {"with_source", check.with_source},
          {"median_source_bytes", check.median_source},
          {"other_headings", std::move(headings)},
          {"letters", std::move(letters)}};
}

/// A text with every line moved in; cut at a line end after about `most` bytes.
std::string indented(std::string_view text, std::size_t most) {
  std::string out;
  for (const std::string_view line : split_lines(text)) {
    if (out.size() > most) return out + "    ...\n";
    out += "    " + std::string(line) + "\n";
  }
  return out;
}

void print_check(const datagen::ProfileCheck& check, const datagen::LetterProfile& profile,
                 std::ostream& out) {
  for (const datagen::CheckedLetter& l : check.letters) {
    out << fmt::format("letter {} ({} bytes): {}\n", l.id, grouped(l.bytes), l.verdict);
    for (const datagen::CheckedPart& p : l.parts) {
      out << fmt::format("  {} {:>7}  {}\n", p.taken ? "taken" : "     ", grouped(p.bytes),
                         p.heading);
    }
    if (!py_strip(l.source).empty()) out << "  what is asked about:\n" << indented(l.source, 900);
    out << '\n';
  }
  out << fmt::format("profile {}: {} letters read, {} pass the filter, {} have source text (median {} "
                     "bytes)\n",
                     profile.name, grouped(check.notes.letters), grouped(check.admitted),
                     grouped(check.with_source), grouped(check.median_source));
  if (!check.other_headings.empty()) {
    out << "headings that are not taken, by how many parts have them:\n";
    for (const auto& [heading, n] : check.other_headings) {
      out << fmt::format("  {:>6}  {}\n", grouped(n), heading);
    }
  }
}

}  // namespace

int generate_profile_check(const Args& args, Io& io) {
  Flags parser("clue generate profile-check",
               "Shows on a handful of letters what a profile takes and drops, and the headings it\n"
               "leaves out: the way to write a profile of your own (docs/howto/own-letters.md).",
               "clue generate profile-check --notes letters/ --profile own.yaml");
  LetterFlags f;
  datagen::ProfileCheckOptions options;
  CLI::App& app = parser.app();
  declare_letter_flags(app, f);
  app.add_option("--limit", options.examples, "letters to show (default 5)")
      ->check(non_negative());
  app.add_option("--max-notes", options.max_notes, "letters to look at (default 2000)")
      ->check(positive());
  if (const auto code = parser.parse(args, io)) return *code;
  const Result<datagen::LetterProfile> profile = f.letter_profile();
  if (!profile) return fail(io, profile.error());
  const auto check = datagen::check_profile(f.notes, *profile, options);
  if (!check) return fail(io, check.error());
  say_reading(check->notes, f.notes, io);
  if (f.json) {
    io.out << dump_json(check_json(*check), 1) << '\n';
  } else {
    print_check(*check, *profile, io.out);
  }
  return kDone;
}

}  // namespace clue::cli
