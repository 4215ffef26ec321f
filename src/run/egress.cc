#include "run/egress.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/names.h"

namespace clue::run {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != 4 && i != 7 && !is_ascii_digit(text[i])) return false;
  }
  const std::string_view month = text.substr(5, 2), day = text.substr(8, 2);
  return month >= "01" && month <= "12" && day >= "01" && day <= "31";
}

bool is_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_ascii_alnum(c) || c == '.' || c == '-';
  });
}

/// Who can write the list can send letters anywhere.
Status check_owner(const fs::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) == 0 && (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{ErrorCode::denied, file.string() +
                                        ": others may write this list of allowed hosts; "
                                        "chmod go-w it, or remove it"};
  }
  return {};
}

Result<AllowedHost> read_host(const YAML::Node& node, const std::string& path) {
  const auto wrong = [&](const YAML::Node& at, const std::string& what) {
    return Error{ErrorCode::data, fmt::format("{}:{}: {}", path, at.Mark().line + 1, what)};
  };
  if (!node.IsMap()) return wrong(node, "an entry with host, reason and until is wanted");
  AllowedHost out;
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (!entry.second.IsScalar()) return wrong(entry.first, key + ": one value is wanted");
    const auto value = std::string(trim(entry.second.as<std::string>()));
    if (key == "host") {
      out.host = ascii_lower(value);
    } else if (key == "reason") {
      out.reason = value;
    } else if (key == "until") {
      out.until = value;
    } else if (key == "use") {
      const auto use = core::from_name<core::DataUse>(value);
      if (!use) return wrong(entry.second, "use: credentialed or private, not " + value);
      out.strictest = *use;
    } else {
      return wrong(entry.first, key + ": unknown (host, reason, until, use)");
    }
  }
  if (!is_host(out.host)) return wrong(node, "host: a name without scheme and port is wanted");
  if (out.reason.empty()) return wrong(node, "reason: missing; who allowed " + out.host + "?");
  if (!is_date(out.until)) return wrong(node, "until: a date YYYY-MM-DD is wanted");
  return out;
}

std::uint64_t number(const json& row, const char* key) {
  const auto found = row.find(key);
  return found != row.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string text(const json& row, const char* key) {
  const auto found = row.find(key);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<std::vector<AllowedHost>> read_hosts(const fs::path& file) {
  std::vector<AllowedHost> hosts;
  std::error_code ec;
  if (!fs::exists(file, ec)) return hosts;
  CLUE_OK(check_owner(file));
  CLUE_TRY(const std::string bytes, read_file(file, 1U << 20U));
  try {
    const YAML::Node root = YAML::Load(bytes);
    if (root.IsNull()) return hosts;
    if (!root.IsMap() || !root["hosts"] || !root["hosts"].IsSequence() || root.size() != 1) {
      return Error{ErrorCode::data, file.string() + ":1: hosts: [list of hosts] is wanted"};
    }
    for (const YAML::Node& node : root["hosts"]) {
      CLUE_TRY(AllowedHost host, read_host(node, file.string()));
      hosts.push_back(std::move(host));
    }
    return hosts;
  } catch (const YAML::Exception& e) {
    return Error{ErrorCode::data, fmt::format("{}:{}: {}", file.string(), e.mark.line + 1, e.msg)};
  }
}

Result<EgressRules> egress_rules(core::DataUse use, const std::string& reason,
                                 const fs::path& hosts_file, std::string_view today) {
  EgressRules rules;
  if (!reason.empty()) rules.facts["allow_remote"] = reason;
  if (use == core::DataUse::open) return rules;
  rules.local_only = reason.empty();
  if (!rules.local_only) return rules;
  CLUE_TRY(const std::vector<AllowedHost> hosts, read_hosts(hosts_file));
  std::string fact;
  for (const AllowedHost& h : hosts) {
    if (h.until < today) {
      rules.notes.push_back(hosts_file.string() + ": " + h.host + " was allowed until " + h.until +
                            " and is refused now");
      continue;
    }
    if (h.strictest < use) continue;
    rules.hosts.push_back(h.host);
    fact += fmt::format("{}{} until {}: {}", fact.empty() ? "" : "; ", h.host, h.until, h.reason);
  }
  if (!fact.empty()) rules.facts["allowed_hosts"] = fact;
  return rules;
}

Status EgressLedger::record(const std::vector<Traffic>& total, core::DataUse use,
                            store::RunStore& store, store::PassId pass) {
  std::vector<Traffic> news;
  for (const Traffic& t : total) {
    Traffic& before = recorded_[{t.host, t.address}];
    Traffic more = t;
    more.requests -= before.requests;
    more.bytes_sent -= before.bytes_sent;
    more.bytes_received -= before.bytes_received;
    before = t;
    if (more.requests > 0) news.push_back(std::move(more));
  }
  if (news.empty()) return {};
  CLUE_TRY(const std::vector<store::PassRow> passes, store.passes());
  std::vector<EgressEntry> entries;
  for (const store::PassRow& row : passes) {
    if (row.id != pass) continue;
    const auto fact = row.facts.extra.find("egress");
    if (fact == row.facts.extra.end()) continue;
    CLUE_TRY(entries, read_egress(fact->second));
  }
  std::vector<EgressEntry> more;
  for (Traffic& t : news) more.push_back({std::move(t), std::string(core::name(use))});
  add_egress(entries, std::move(more));
  CLUE_OK(store.set_fact(pass, "egress", egress_json(entries)));
  return store.commit();
}

std::string egress_json(const std::vector<EgressEntry>& entries) {
  json list = json::array();
  for (const EgressEntry& e : entries) {
    list.push_back({{"host", e.traffic.host},
                    {"address", e.traffic.address},
                    {"requests", e.traffic.requests},
                    {"bytes_sent", e.traffic.bytes_sent},
                    {"bytes_received", e.traffic.bytes_received},
                    {"use", e.use}});
  }
  return dump_json(list);
}

void add_egress(std::vector<EgressEntry>& entries, std::vector<EgressEntry> more) {
  for (EgressEntry& m : more) {
    const auto same = std::find_if(entries.begin(), entries.end(), [&](const EgressEntry& e) {
      return e.traffic.host == m.traffic.host && e.traffic.address == m.traffic.address &&
             e.use == m.use;
    });
    if (same == entries.end()) {
      entries.push_back(std::move(m));
    } else {
      same->traffic.requests += m.traffic.requests;
      same->traffic.bytes_sent += m.traffic.bytes_sent;
      same->traffic.bytes_received += m.traffic.bytes_received;
    }
  }
}

Result<std::vector<EgressEntry>> read_egress(std::string_view fact) {
  std::vector<EgressEntry> entries;
  if (fact.empty()) return entries;
  CLUE_TRY(const json list, parse_json(fact, "run.db facts.egress"));
  if (!list.is_array()) return Error{ErrorCode::data, "run.db facts.egress: a list is wanted"};
  for (const json& row : list) {
    if (!row.is_object()) return Error{ErrorCode::data, "run.db facts.egress: objects are wanted"};
    EgressEntry e;
    e.traffic = {text(row, "host"), text(row, "address"), number(row, "requests"),
                 number(row, "bytes_sent"), number(row, "bytes_received")};
    e.use = text(row, "use");
    entries.push_back(std::move(e));
  }
  return entries;
}

}  // namespace clue::run
