#include "cli/egress_guard.h"

#include "base/clock.h"
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

}  // namespace clue::cli
