// The egress guard's decisions and its record. Guarded text (credentialed, private) goes to
// loopback addresses only, unless the user gives a reason or the administrator's hosts.yaml lists
// the host; what left the machine is kept with every pass. Used by cli/ and generate_pass. The
// check of the address itself is in base/http_client.
//
//   CLUE_TRY(EgressRules rules, egress_rules(use, reason, config_dir() / "hosts.yaml", today));
//   ledger.record(model.traffic(), use, store, pass);
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_client.h"
#include "base/result.h"
#include "core/types.h"
#include "store/run_store.h"

namespace clue::run {

/// One entry of hosts.yaml: an internal host that guarded text may be sent to, over TLS.
struct AllowedHost {
  std::string host;                                       ///< lower case, no port
  std::string reason;                                     ///< who allowed it and why
  std::string until;                                      ///< YYYY-MM-DD, the last day
  core::DataUse strictest = core::DataUse::credentialed;  ///< `use: private` allows both
};
/// hosts: [{host, reason, until, use}]. A file that is not there is an empty list. Error: data,
/// with the line, for anything incomplete; denied for a file that others may write.
[[nodiscard]] Result<std::vector<AllowedHost>> read_hosts(const std::filesystem::path& file);

/// What one command may send where, and what its runs record about it.
struct EgressRules {
  bool local_only = false;  ///< loopback and `hosts` only; environment proxies are ignored
  std::vector<std::string> hosts = {};
  std::map<std::string, std::string> facts = {};  ///< allow_remote, allowed_hosts
  std::vector<std::string> notes = {};            ///< for people: entries that have run out
};
/// `reason`: of --allow-remote, "" when not given. `today`: YYYY-MM-DD.
[[nodiscard]] Result<EgressRules> egress_rules(core::DataUse use, const std::string& reason,
                                               const std::filesystem::path& hosts_file,
                                               std::string_view today);

/// Adds what a model sent since the last call to a pass's fact "egress".
class EgressLedger {
 public:
  [[nodiscard]] Status record(const std::vector<Traffic>& total, core::DataUse use,
                              store::RunStore& store, store::PassId pass);

 private:
  std::map<std::pair<std::string, std::string>, Traffic> recorded_;
};

/// One line of the record.
struct EgressEntry {
  Traffic traffic;
  std::string use;  ///< data class: "open", "credentialed", "private"
};
/// Reads the fact "egress" ("" is an empty list).
[[nodiscard]] Result<std::vector<EgressEntry>> read_egress(std::string_view fact);

[[nodiscard]] std::string egress_json(const std::vector<EgressEntry>& entries);
/// Adds entries up by host, address and data class.
void add_egress(std::vector<EgressEntry>& entries, std::vector<EgressEntry> more);

}  // namespace clue::run
