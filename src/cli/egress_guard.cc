#include "cli/egress_guard.h"

#include "base/clock.h"
#include "cli/command.h"
#include "cli/places.h"

namespace clue::cli {

Result<run::EgressRules> guard_model(core::DataUse use, const std::string& reason,
                                     models::ModelOptions& options) {
  const std::string today = iso8601_utc(system_clock()()).substr(0, 10);
  CLUE_TRY(run::EgressRules rules,
           run::egress_rules(use, reason, config_dir() / "hosts.yaml", today));
  options.local_only = rules.local_only;
  options.allowed_hosts = rules.hosts;
  return rules;
}

void say_expired(const run::EgressRules& rules, const Result<std::unique_ptr<models::Model>>& model,
                 Io& io) {
  const bool matters =
      model ? (*model)->info().kind == "http" : model.error().code == ErrorCode::denied;
  if (!matters) return;
  for (const std::string& note : rules.notes) warn(io, note);
}

}  // namespace clue::cli
