// Letters out of a hospital's export: streamed, counted, shuffled as the protocol says, and only
// the chosen ones kept. CSV and JSON Lines (also gz: MIMIC-IV-Note's 3.3 GB) or a folder of .txt
// and .docx files as a stream, JSON and xlsx whole. Used by the generators. Memory: some bytes a
// letter, at most 216 MB of places to begin from in a csv.gz, and the letters kept.
//
//   CLUE_TRY(Selection s,
//            select_notes("discharge.csv.gz", profile, {.seed = 44, .max_notes = 500}));
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "datagen/profile.h"

namespace clue::datagen {

struct Note {
  std::size_t index = 0;  ///< 0-based place in the file
  std::string id;
  std::string patient;
  std::string admission;
  std::string text;   ///< UTF-8, line ends as '\n'
  std::string codes;  ///< of the profile's codes column, as it stands there
};

/// What a pass met.
struct NoteCounts {
  std::size_t letters = 0;            ///< rows, bad ones too: they hold a place in the shuffle
  std::size_t bad_rows = 0;           ///< could not be read; left out
  std::vector<std::string> problems;  ///< "file:line: what" of the first 20 of them
  std::size_t guessed = 0;  ///< texts that are not UTF-8 and were read as cp1252 (encoding auto)
};

/// Says whether to go on.
using NoteVisitor = std::function<bool(Note&)>;

/// Every letter in file order; `visit` says whether to go on. Error: the file cannot be read to its
/// end (also a truncated gz), or lacks a column of the profile.
[[nodiscard]] Result<NoteCounts> for_each_note(const std::filesystem::path& path,
                                               const LetterProfile& profile,
                                               const NoteVisitor& visit);

struct SelectOptions {
  std::uint64_t seed = 44;
  std::size_t max_notes = 0;                    ///< 0: all
  std::size_t most_points = ReadPoints::kMost;  ///< fewer, where a table beside needs the memory
  /// Asked of every letter in file order, so cheap. Empty: every letter.
  std::function<bool(const Note&)> accept = {};
  /// Asked of the accepted in the shuffled order until max_notes are kept. Empty: all of them. May
  /// take what it needs out of the note.
  std::function<bool(Note&)> keep = {};
};

struct Selection {
  std::vector<Note> notes;  ///< in the shuffled order
  NoteCounts counts;
  std::size_t accepted = 0;   ///< letters that `accept` took, chosen or not
  std::size_t looked_at = 0;  ///< of these, in the shuffled order up to the last one kept
};

/// random.seed(seed); random.shuffle(all letters); the first max_notes that are accepted and kept.
/// Reads the file once to count and judge, then fetches: from a CSV's kept points, several at once;
/// by reading again elsewhere (once more for each portion if `keep` refuses many).
[[nodiscard]] Result<Selection> select_notes(const std::filesystem::path& path,
                                             const LetterProfile& profile,
                                             const SelectOptions& options);

}  // namespace clue::datagen
