// baseline:majority|random|lexical: floors without a language model, needed to read a leaderboard.
// A baseline is a pure function of a sample's fields (never its targets); the table of functions is
// in baseline_table.cc, one row per kind and task.
//
//   -m baseline:lexical -t mednli,meqsum
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "models/model.h"

namespace clue::models {

/// What a baseline may look at.
struct BaselineInput {
  std::string_view task = {};
  const core::Sample* sample = nullptr;  ///< fields only
  const core::Prompt* prompt = nullptr;  ///< messages: shots and the item's own turn
  std::uint64_t seed = 1;                ///< derived per sample; for the random kind
};

using BaselineFn = std::string (*)(const BaselineInput&);

/// One row: kind, task ("" = every task without a row of its own), function.
struct BaselineRow {
  std::string_view kind;
  std::string_view task = {};
  BaselineFn answer = nullptr;
};

/// All rows. A new baseline is one row here (baseline_table.cc) and one function.
[[nodiscard]] std::span<const BaselineRow> baseline_rows();

/// The row for a kind and task, the kind's general row, or null.
[[nodiscard]] const BaselineRow* find_baseline(std::string_view kind, std::string_view task);

/// General rows, for label and option tasks whose labels are not known here: the assistant turn
/// that is most frequent among the shots (first one wins a tie), or one drawn by the seed.
[[nodiscard]] std::string majority_of_shots(const BaselineInput& input);
[[nodiscard]] std::string random_of_shots(const BaselineInput& input);

/// Error: invalid_argument naming the kinds there are.
[[nodiscard]] Result<std::unique_ptr<Model>> open_baseline(const std::string& kind,
                                                           const ModelOptions& options);

}  // namespace clue::models
