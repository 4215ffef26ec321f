// Whole files in and out, with errors a person can act on. Used by everything that touches a disk.
// No state; safe from several threads on different files.
//
//   CLUE_TRY(std::string text, read_file("profiles/own.yaml"));
//   CLUE_OK(write_file_atomic(run / "results.json", json));   // old or new, never half
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace clue {

/// The sentence for a failed system call: "cannot VERB PATH: reason; remedy". Missing files are
/// not_found, the rest io. Full disks, quotas, size limits and permissions are named as such.
[[nodiscard]] Error file_error(std::string_view verb, const std::filesystem::path& path,
                               int error_number);

/// The bytes of a file. Error: not_found, io (a folder, no permission), data (over max_bytes when
/// that is not 0).
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t max_bytes = 0);

/// Permission bits for files with private text (letters, predictions on them).
inline constexpr unsigned kPrivateFile = 0600;

/// Writes beside the target, syncs, renames: a reader sees the old bytes or the new, also after a
/// crash. `mode` is what open(2) gets, so the umask applies. Error: io, and the target is as
/// before.
[[nodiscard]] Status write_file_atomic(const std::filesystem::path& path, std::string_view bytes,
                                       unsigned mode = 0666);

/// mkdir -p. Error: io, also when a part of the path is a file.
[[nodiscard]] Status make_dirs(const std::filesystem::path& path);

/// A file in `dir` by name: as given, else the only one equal without ASCII case. nullopt: none.
[[nodiscard]] std::optional<std::filesystem::path> find_without_case(
    const std::filesystem::path& dir, std::string_view name);

}  // namespace clue
