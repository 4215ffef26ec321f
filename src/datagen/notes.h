// Letters out of a hospital's export: streamed, counted, shuffled as the protocol says, and only
// the chosen ones kept. CSV (also gz: MIMIC-IV-Note's 3.3 GB), JSON, JSON Lines, xlsx, or a folder
// of .txt files. Used by the generators. Memory: one byte a letter and the letters kept.
//
//   CLUE_TRY(Selection s, select_notes("discharge.csv.gz", profile, {.seed = 44, .max_notes =
//   500}));
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "datagen/profile.h"

namespace clue::datagen {

struct Note {
  std::size_t index = 0;  ///< 0-based place in the file
  std::string id;
  std::string patient;
  std::string admission;
  std::string text;  ///< UTF-8, line ends as '\n'
};

/// What a pass met.
struct NoteCounts {
  std::size_t letters = 0;            ///< rows, bad ones too: they hold a place in the shuffle
  std::size_t bad_rows = 0;           ///< could not be read; left out
  std::vector<std::string> problems;  ///< "file:line: what" of the first 20 of them
};

/// Every letter in file order; `visit` says whether to go on. Error: the file cannot be read to its
/// end (also truncated gz, unclosed quote), or lacks a column of the profile.
[[nodiscard]] Result<NoteCounts> for_each_note(const std::filesystem::path& path,
                                               const LetterProfile& profile,
                                               const std::function<bool(Note&)>& visit);

struct SelectOptions {
  std::uint64_t seed = 44;
  std::size_t max_notes = 0;                ///< 0: all
  std::function<bool(const Note&)> accept;  ///< empty: every letter
};

struct Selection {
  std::vector<Note> notes;  ///< in the shuffled order
  NoteCounts counts;
  std::size_t accepted = 0;  ///< letters that `accept` took, chosen or not
};

/// random.seed(seed); random.shuffle(all letters); the first max_notes that are accepted. Reads the
/// file twice: once to count and judge, once to fetch.
[[nodiscard]] Result<Selection> select_notes(const std::filesystem::path& path,
                                             const LetterProfile& profile,
                                             const SelectOptions& options);

}  // namespace clue::datagen
