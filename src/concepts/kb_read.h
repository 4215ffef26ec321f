// Helpers shared by the dictionary readers: a whole source file as text, unpacked when gzipped.
// Internal to src/concepts.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace clue::concepts {

/// The bytes of a file, inflated if it starts with gzip's mark. Error: not_found, io, data (cut).
[[nodiscard]] Result<std::string> read_source(const std::filesystem::path& path);

/// Inflates gzip members. Error: data, naming the place.
[[nodiscard]] Result<std::string> gunzip(std::string_view bytes, std::string_view place);

/// A line without a '\r' at its end.
[[nodiscard]] inline std::string_view chomp(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace clue::concepts
