// What asking cost (models/engine_stats.h) as facts of a pass: one fact for each number, so that
// the page lists them, and one object of them all for results.json.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "models/engine_stats.h"
#include "store/run_store.h"

namespace clue::run {

/// Facts "engine.prompt_tokens", ...: the counts of all sessions of this pass together.
[[nodiscard]] Status add_engine_facts(store::RunStore& store, store::PassId pass,
                                      models::EngineStats stats);

/// The numbers among a pass's facts, null when there are none.
[[nodiscard]] nlohmann::json engine_facts(const std::map<std::string, std::string>& facts);

[[nodiscard]] bool is_engine_fact(std::string_view name);

}  // namespace clue::run
