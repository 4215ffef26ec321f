// What the verbs of `clue generate` share: where letters are and how they are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "core/types.h"
#include "datagen/notes.h"
#include "datagen/profile.h"

namespace clue::cli {

struct LetterFlags {
  std::string notes;
  std::string profile = "mimic-iv";
  std::string columns;
  std::string encoding;  ///< "": as the profile says
  std::uint64_t seed = 44;
  std::string rules = "corrected";
  std::string out;
  bool json = false;

  /// The profile with the flags over it. Error: unknown profile, encoding or column.
  [[nodiscard]] Result<datagen::LetterProfile> letter_profile() const;
  [[nodiscard]] core::RuleSet rule_set() const;
};

/// --notes --profile --columns --encoding --json.
void declare_letter_flags(CLI::App& app, LetterFlags& flags);
/// --seed --rules -o, for the verbs that write.
void declare_output_flags(CLI::App& app, LetterFlags& flags);

/// Bad rows and guessed encodings are never silent.
void say_reading(const datagen::NoteCounts& counts, const std::string& notes, Io& io);

/// "1,234".
[[nodiscard]] std::string grouped(std::size_t n);

/// "clue generate VERB ..." as typed, for the record.
[[nodiscard]] std::string generate_command_line(const std::string& verb, const Args& args);

int generate_medisumqa(const Args& args, Io& io);
int generate_medisumcode(const Args& args, Io& io);
int generate_profile_check(const Args& args, Io& io);

}  // namespace clue::cli
