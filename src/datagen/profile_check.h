// What a letter profile takes and drops, on a handful of letters and in counts: the way a hospital
// finds out whether its profile is right. Used by `clue generate profile-check`. Pure but for
// reading the file.
//
//   CLUE_TRY(ProfileCheck c, check_profile("letters.csv", profile, {.examples = 5}));
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "datagen/letter.h"
#include "datagen/notes.h"

namespace clue::datagen {

struct ProfileCheckOptions {
  std::size_t examples = 5;     ///< letters shown
  std::size_t max_notes = 2000;  ///< letters looked at, from the start of the file
};

struct CheckedPart {
  std::string heading;  ///< its first line, shortened
  std::size_t bytes = 0;
  bool taken = false;
};

struct CheckedLetter {
  std::string id;
  std::string verdict;  ///< "taken", "not taken: ..." in words
  std::size_t bytes = 0;
  std::vector<CheckedPart> parts;
  std::string source;  ///< what would be asked about
};

struct ProfileCheck {
  NoteCounts notes;
  std::size_t admitted = 0;
  std::size_t with_source = 0;
  std::size_t median_source = 0;  ///< bytes
  /// Headings of parts that are not taken, most frequent first; at most 20.
  std::vector<std::pair<std::string, std::size_t>> other_headings;
  std::vector<CheckedLetter> letters;  ///< both kinds of verdict where there are both
};

[[nodiscard]] Result<ProfileCheck> check_profile(const std::filesystem::path& notes,
                                                 const LetterProfile& profile,
                                                 const ProfileCheckOptions& options = {});

}  // namespace clue::datagen
