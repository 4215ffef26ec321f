// SHA-256 of large files, computed once: the result is kept in a small cache
// keyed by path, size, modification time and inode, so that opening a 40 GB model is quick the
// second time. Any thread.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "base/result.h"

namespace clue::models {

/// Hash of `path` through the cache file `cache` (text lines; made if missing, "" = no cache).
/// Error: not_found/io with the path and the system's words; cancelled. A cache that cannot be read
/// or written is no error: the file is hashed again.
[[nodiscard]] Result<std::string> sha256_of_file(const std::filesystem::path& path,
                                                 const std::filesystem::path& cache,
                                                 const std::stop_token& stop = {});

/// Reads what of the file is not in memory yet, in pieces, so that a library which then maps it
/// whole does not wait for the disk where nobody can stop it. Returns early when stopped; never an
/// error.
void bring_into_memory(const std::filesystem::path& path, const std::stop_token& stop);

}  // namespace clue::models
