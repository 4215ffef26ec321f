// JSON forms of the structs in core/types.h, and the hashes that key the run store. Used by store,
// run, report and the command line. Pure functions; thread safe.
//
//   std::string line = dump_json(core::to_json(prompt));
//   CLUE_TRY(core::Prompt prompt, core::from_json<core::Prompt>(json));
//   std::string key = core::run_key(spec);
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/types.h"

namespace clue::core {

/// Every member appears (stable schema); numbers that are not finite become null.
[[nodiscard]] nlohmann::json to_json(const Decoding& value);
[[nodiscard]] nlohmann::json to_json(const RunSpec& value);
[[nodiscard]] nlohmann::json to_json(const ModelInfo& value);
[[nodiscard]] nlohmann::json to_json(const Sample& value);
[[nodiscard]] nlohmann::json to_json(const Prompt& value);
[[nodiscard]] nlohmann::json to_json(const Generation& value);
[[nodiscard]] nlohmann::json to_json(const Answer& value);
[[nodiscard]] nlohmann::json to_json(const Score& value);
[[nodiscard]] nlohmann::json to_json(const Summary& value);

/// Reads what to_json wrote. Members that are absent keep their default (older writers), unknown
/// ones are ignored (newer writers). Error: data, naming the member and what it holds.
/// T: any struct that has a to_json above.
template <typename T>
[[nodiscard]] Result<T> from_json(const nlohmann::json& json);

/// Canonical text for hashing: keys sorted, no spaces, integers plain, other numbers in the
/// shortest form that reads back the same. The same value gives the same bytes on every machine.
[[nodiscard]] std::string canonical(const nlohmann::json& json);

/// SHA-256 (hex) of the canonical JSON of a RunSpec: the key of a pass.
[[nodiscard]] std::string run_key(const RunSpec& spec);

/// SHA-256 (hex) of what the model is given: messages, prefill, stop strings, max_tokens.
[[nodiscard]] std::string prompt_hash(const Prompt& prompt);

}  // namespace clue::core
