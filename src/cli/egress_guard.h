// The egress guard as the verbs use it: what a command's data allows a model to be. See
// run/egress.h for the rules.
//
//   CLUE_TRY(run::EgressRules rules,
//            guard_model(core::DataUse::private_, f.allow_remote, options));
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "core/types.h"
#include "models/model.h"
#include "run/egress.h"

namespace clue::cli {

/// Sets local_only and allowed_hosts by the strictest class `use` of the data, the reason of
/// --allow-remote ("": none) and the administrator's hosts.yaml.
[[nodiscard]] Result<run::EgressRules> guard_model(core::DataUse use, const std::string& reason,
                                                   models::ModelOptions& options);

/// Warns of entries of hosts.yaml that have run out, where they may be why a server was refused or
/// where the next command could be.
void say_expired(const run::EgressRules& rules, const Result<std::unique_ptr<models::Model>>& model,
                 Io& io);

}  // namespace clue::cli
