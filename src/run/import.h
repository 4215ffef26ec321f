// Predictions made elsewhere -> a pass in a run store, as if the model had answered here. Rows that
// name no sample are joined by evaluation order and checked against the ground truth. Used by
// `clue import` and `clue score --predictions`; scoring is score_pass's business.
//
//   CLUE_TRY(auto file, models::read_predictions(path));
//   CLUE_TRY(ImportResult r, import_pass({&task, &data, options, facts}, file, store));
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/predictions.h"
#include "run/passes.h"
#include "store/run_store.h"
#include "tasks/task.h"

namespace clue::run {

struct ImportRequest {
  const tasks::Task* task = nullptr;
  const core::Dataset* data = nullptr;
  tasks::PromptOptions prompts;  ///< limit, repeats, shots' count: what decides order and number
  store::PassFacts facts;        ///< planned, and what the file says of itself, are filled in
};

struct ImportResult {
  store::PassId pass = 0;
  std::size_t planned = 0;
  std::size_t done = 0;               ///< with a text; the others are missing
  std::vector<std::string> warnings;  ///< what could not be checked
  [[nodiscard]] bool complete() const { return done == planned; }
};

/// Stores an answer for each prompt of the task; a prompt without a row, or whose answer was lost,
/// becomes an error (missing, never wrong). A published letter becomes the sentence it was read
/// from. What the model was asked is stored only where the file tells. Error: data, naming
/// file:line, when an id, a ground truth or a question does not fit the data, or rows are too many.
[[nodiscard]] Result<ImportResult> import_pass(const ImportRequest& request,
                                               const models::PredictionFile& file,
                                               store::RunStore& store);

/// The row of each prompt, same order; null: none. Also what does not fit, as above.
[[nodiscard]] Result<std::vector<const models::Prediction*>> join_predictions(
    const models::PredictionFile& file, const tasks::Task& task, const core::Dataset& data,
    std::span<const core::Prompt> prompts, std::vector<std::string>& warnings);

}  // namespace clue::run
