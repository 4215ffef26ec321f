// The egress guard as the verbs use it: what a command's data allows a model to be. See
// run/egress.h for the rules.
//
//   CLUE_TRY(run::EgressRules rules, guard_model(core::DataUse::private_, f.allow_remote, options));
#pragma once

#include <string>

#include "base/result.h"
#include "core/types.h"
#include "models/model.h"
#include "run/egress.h"

namespace clue::cli {

/// Sets local_only and allowed_hosts by the strictest class `use` of the data, the reason of
/// --allow-remote ("": none) and the administrator's hosts.yaml.
[[nodiscard]] Result<run::EgressRules> guard_model(core::DataUse use, const std::string& reason,
                                                   models::ModelOptions& options);

}  // namespace clue::cli
