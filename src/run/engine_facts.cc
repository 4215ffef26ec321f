#include "run/engine_facts.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace clue::run {
namespace {

constexpr std::string_view kPrefix = "engine.";

}  // namespace

bool is_engine_fact(std::string_view name) { return name.starts_with(kPrefix); }

nlohmann::json engine_facts(const std::map<std::string, std::string>& facts) {
  nlohmann::json out = nullptr;
  for (const auto& [name, value] : facts) {
    if (!is_engine_fact(name)) continue;
    out[name.substr(kPrefix.size())] =
        nlohmann::json::parse(value, nullptr, /*allow_exceptions=*/false);
  }
  return out;
}

Status add_engine_facts(store::RunStore& store, store::PassId pass, models::EngineStats stats) {
  CLUE_TRY(const std::vector<store::PassRow> passes, store.passes());
  for (const store::PassRow& row : passes) {
    if (row.id == pass) stats += models::stats_from_json(engine_facts(row.facts.extra).dump());
  }
  if (stats.prompt_tokens == 0) return {};
  const nlohmann::json counts = nlohmann::json::parse(models::stats_json(stats));
  for (const auto& [name, value] : counts.items()) {
    CLUE_OK(store.set_fact(pass, std::string(kPrefix) + name, value.dump()));
  }
  return store.commit();
}

}  // namespace clue::run
