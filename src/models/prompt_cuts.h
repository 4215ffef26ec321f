// Where a prompt is cut into calls when a result depends on how many rows its call has, as on a
// GPU: at places that follow from the prompt alone, so that each call is what it would be without
// company. Blocks of 512 rows, and the last, incomplete block in steps of 32: small enough to
// reuse most of what two prompts share, few enough calls for long letters. Pure.
#pragma once

#include <cstddef>

namespace clue::models {

inline constexpr std::size_t kMostCutRows = 512;  ///< of one call

/// End of the call that begins at `at` < `size`, a cut of a prompt of `size` tokens.
[[nodiscard]] std::size_t next_cut(std::size_t at, std::size_t size);

/// How many of the `shared` first tokens two prompts computed by the same calls.
[[nodiscard]] std::size_t cut_in_common(std::size_t shared, std::size_t size_a, std::size_t size_b);

}  // namespace clue::models
