// Turns a concept source into the indexed one-file form: alias rows, trigram vocabulary, vectors,
// postings. Used by `kb build`, tests and benches. Pure but for write_kb().
//
//   CLUE_OK(write_kb(source, "icd.kbi"));
//   CLUE_TRY(Kb kb, Kb::open("icd.kbi"));
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "concepts/kb_source.h"

namespace clue::concepts {

struct KbBuildOptions {
  std::uint32_t min_frequency = 10;  ///< a trigram in fewer aliases is no term (scispaCy: 10)
};

/// The bytes of the .kbi file. Same source, same bytes. Error: data (no concepts, an alias or a
/// section too large for the format).
[[nodiscard]] Result<std::string> build_kb(const KbSource& source,
                                           const KbBuildOptions& options = {});
/// build_kb() into a file, atomically.
[[nodiscard]] Status write_kb(const KbSource& source, const std::filesystem::path& path,
                              const KbBuildOptions& options = {});

}  // namespace clue::concepts
