// Parsing and writing JSON without exceptions, with errors that name file, line and column. A thin
// layer over nlohmann::json, whose full header is needed only in the .cc files that look inside.
// Pure functions.
//
//   CLUE_TRY(nlohmann::json j, parse_json(text, "report.json"));
//   CLUE_TRY(std::string name, json_string(j, "name", "report.json"));
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace clue {

/// Deepest nesting accepted: the parser itself does not recurse, but what walks the result does.
inline constexpr std::size_t kMaxJsonDepth = 256;

/// One JSON value (a leading byte order mark is skipped). Of repeated keys the last wins. NaN and
/// Infinity are refused: missing numbers are null. Error: data, "place:line:column: ...", counting
/// from `first_line` (for a record inside a larger file).
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text, std::string_view place,
                                                std::size_t first_line = 1);
/// The same with object keys in file order. Look-up is linear: for small objects only.
[[nodiscard]] Result<nlohmann::ordered_json> parse_ordered_json(std::string_view text,
                                                                std::string_view place,
                                                                std::size_t first_line = 1);
[[nodiscard]] Result<nlohmann::json> read_json(const std::filesystem::path& path);
[[nodiscard]] Result<nlohmann::ordered_json> read_ordered_json(const std::filesystem::path& path);

/// Text of a value, never throws: bytes that are not UTF-8 become U+FFFD. Compact by default.
[[nodiscard]] std::string dump_json(const nlohmann::json& value, int indent = -1);
[[nodiscard]] std::string dump_json(const nlohmann::ordered_json& value, int indent = -1);

/// A member of an object by type. Error: data, naming place, key and what is there instead.
[[nodiscard]] Result<std::string> json_string(const nlohmann::json& object, std::string_view key,
                                              std::string_view place);
[[nodiscard]] Result<double> json_number(const nlohmann::json& object, std::string_view key,
                                         std::string_view place);
[[nodiscard]] Result<std::int64_t> json_integer(const nlohmann::json& object, std::string_view key,
                                                std::string_view place);

}  // namespace clue
