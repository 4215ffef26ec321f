// Pieces of reading letters that notes.cc and note_lines.cc share: JSON Lines as a stream, which
// encoding a file has, the list of problems. Private to src/datagen.
#pragma once

#include <filesystem>
#include <string>

#include "datagen/notes.h"

namespace clue::datagen {

/// `asked`, but for automatic cp1252 when the file's first MiBs hold more bytes that are not UTF-8
/// than characters beyond ASCII that are. Error: as open_bytes.
[[nodiscard]] Result<Encoding> choose_encoding(const std::filesystem::path& path, Encoding asked);

/// One letter a line. A line that is no object or has no text is a bad row. Error: the file cannot
/// be read, or its first record lacks a column of the profile.
[[nodiscard]] Result<NoteCounts> visit_json_lines(const std::filesystem::path& path,
                                                  const LetterProfile& profile,
                                                  const NoteVisitor& visit);

/// A missing column's error, and the flag that names the right one. `key` as in that flag.
[[nodiscard]] Error misnamed(Error error, const std::string& key,
                             const std::string& flag = "--columns");

/// Counts a bad row; the first 20 are kept in words.
void add_problem(NoteCounts& counts, const std::string& problem);

/// '\r\n' and '\r' become '\n', as Python reads text files.
void unify_line_ends(std::string& text);

}  // namespace clue::datagen
