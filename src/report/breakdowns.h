// The task view's figures beyond means: length effects, position of the answer, confusion, ICD
// chapters. From one PassTally to JSON. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "report/tally.h"

namespace clue::report {

/// `kind`: label, choice, text, codes. `min_count`: terms seen fewer times are left out (share-safe
/// reports show no code of a single patient).
[[nodiscard]] nlohmann::ordered_json breakdowns(const PassTally& tally, std::string_view kind,
                                                std::size_t min_count);

}  // namespace clue::report
