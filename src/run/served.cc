#include "run/served.h"

#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "base/json.h"
#include "core/json.h"
#include "models/server_probe.h"

namespace clue::run {
namespace {

using nlohmann::json;

constexpr const char* kFact = "servers";

/// What a server tells of itself (ModelInfo::details).
constexpr std::array<std::string_view, 9> kSaid = {"server",     "server_version", "served_from",
                                                   "parameters", "weights_bytes",  "weights_hash",
                                                   "vocabulary", "chat_template",  "quantisation"};

/// "version: 1 before, 2 now; ...": what both told of `keys`, and told differently.
std::string differences(std::span<const std::string_view> keys, const ServedBy& before,
                        const ServedBy& now) {
  std::string out;
  for (const std::string& key : models::told_differently(keys, before.says, now.says)) {
    out += (out.empty() ? "" : "; ") + key + ": " + before.says.at(key) + " before, " +
           now.says.at(key) + " now";
  }
  return out;
}

ServedBy describe(const store::PassFacts& facts) {
  ServedBy out;
  out.from = out.to = facts.created;
  const auto& details = facts.model.details;
  if (const auto found = details.find("endpoints"); found != details.end()) {
    out.endpoints = found->second;
  }
  for (const std::string_view key : kSaid) {
    const auto found = details.find(std::string(key));
    if (found != details.end()) out.says.insert(*found);
  }
  if (facts.model.context_length > 0) {
    out.says["context"] = std::to_string(facts.model.context_length);
  }
  return out;
}

}  // namespace

Result<std::vector<ServedBy>> read_served(std::string_view fact) {
  std::vector<ServedBy> out;
  if (fact.empty()) return out;
  CLUE_TRY(const json list, parse_json(fact, "run.db facts.servers"));
  const auto wrong = [] {
    return Error{ErrorCode::data, "run.db facts.servers: a list of sessions is wanted"};
  };
  if (!list.is_array()) return wrong();
  for (const json& row : list) {
    if (!row.is_object()) return wrong();
    ServedBy entry;
    for (const auto& [key, value] : row.items()) {
      if (key == "sessions" && value.is_number_integer()) entry.sessions = value.get<int>();
      if (!value.is_string()) continue;
      std::string* field = key == "from"        ? &entry.from
                           : key == "to"        ? &entry.to
                           : key == "endpoints" ? &entry.endpoints
                                                : &entry.says[key];
      *field = value.get<std::string>();
    }
    out.push_back(std::move(entry));
  }
  return out;
}

std::string served_json(const std::vector<ServedBy>& list) {
  json out = json::array();
  for (const ServedBy& entry : list) {
    json row(entry.says);
    row["from"] = entry.from;
    row["to"] = entry.to;
    row["endpoints"] = entry.endpoints;
    row["sessions"] = entry.sessions;
    out.push_back(std::move(row));
  }
  return dump_json(out);
}

std::string other_weights(const ServedBy& a, const ServedBy& b) {
  return differences(models::kWeightFacts, a, b);
}

Result<Served> Served::begin(store::RunStore& store, const store::PassFacts& facts) {
  Served out;
  if (facts.model.kind != "http") return out;
  ServedBy now = describe(facts);
  const std::string key = core::run_key(facts.spec);
  CLUE_TRY(const std::vector<store::PassRow> passes, store.passes());
  for (const store::PassRow& pass : passes) {
    const auto fact = pass.facts.extra.find(kFact);
    if (pass.key != key || fact == pass.facts.extra.end()) continue;
    CLUE_TRY(out.list_, read_served(fact->second));
  }
  for (const ServedBy& before : out.list_) {
    const std::string words = other_weights(before, now);
    if (words.empty()) continue;
    return Error{ErrorCode::data, store.dir().string() + ": its answers are of " +
                                      facts.model.name + " at " + before.endpoints + ", and " +
                                      now.endpoints + " serves another model under this name (" +
                                      words +
                                      "); use another folder (-o), or serve the first model again"};
  }
  if (!out.list_.empty()) {
    ServedBy& last = out.list_.back();
    const std::string words = differences(kSaid, last, now);
    if (!words.empty()) {
      out.notes.push_back("the answers so far are of " + last.endpoints + ", the rest will be of " +
                          now.endpoints + ", and the servers differ (" + words +
                          "); the run keeps what each said of itself");
    }
    if (last.endpoints == now.endpoints && last.says == now.says) {
      last.to = now.to;
      ++last.sessions;
      return out;
    }
  }
  out.list_.push_back(std::move(now));
  return out;
}

Status Served::keep(store::RunStore& store, store::PassId pass) const {
  if (list_.empty()) return {};
  CLUE_OK(store.set_fact(pass, kFact, served_json(list_)));
  return store.commit();
}

}  // namespace clue::run
