// Scoring a run folder again: what `clue score RUN`, merge, import and export do once the
// generations are there.
//
//   CLUE_TRY(run::RunResults results, rescore("runs/first", core::RuleSet::clue_2024, flags, io));
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/run_flags.h"
#include "run/derive.h"

namespace clue::cli {

/// Parses and scores every pass of a run under `rules`, refreshes results.json and samples. Error:
/// not a run folder, or one of its tasks is not known here.
[[nodiscard]] Result<run::RunResults> rescore(const std::string& folder, core::RuleSet rules,
                                              const RunFlags& flags, Io& io);

/// The same without touching results.json and samples: scores of another rule set beside.
[[nodiscard]] Status add_scores(const std::string& folder, core::RuleSet rules,
                                const RunFlags& flags, Io& io);

/// The rule sets that some task of a run is scored under.
[[nodiscard]] Result<std::vector<core::RuleSet>> scored_rules(const std::string& folder);

}  // namespace clue::cli
