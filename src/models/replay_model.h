// replay:FILE answers with predictions made elsewhere (predictions.h) whose records name their
// samples. A sample that is not in the file is a Generation with an error, so that the run ends
// incomplete instead of scoring an invented empty answer.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "models/model.h"

namespace clue::models {

/// Error: not_found/io, or data naming file:line and key (missing, wrong type, a sample twice).
[[nodiscard]] Result<std::unique_ptr<Model>> open_replay(const std::string& path,
                                                         const ModelOptions& options);

}  // namespace clue::models
