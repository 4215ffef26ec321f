// `--json` of run and score: the same document as results.json, one for each run.
#pragma once

#include <string>
#include <vector>

#include "run/derive.h"

namespace clue::cli {

/// A JSON array of results.json documents, with a newline.
[[nodiscard]] std::string results_json(const std::vector<run::RunResults>& runs);

}  // namespace clue::cli
