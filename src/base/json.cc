#include "base/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/files.h"
#include "base/suggest.h"
#include "base/text.h"

namespace clue {
namespace {

Error json_error(std::string_view text, std::size_t at, std::string_view place,
                 std::size_t first_line, const std::string& what) {
  at = std::min(at, text.size());
  const std::string_view before = text.substr(0, at);
  const auto breaks = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const std::size_t column = count_code_points(before.substr(line_start)) + 1;
  return {ErrorCode::data, std::string(place) + ":" + std::to_string(first_line + breaks) + ":" +
                               std::to_string(column) + ": " + what};
}

/// Offset of the bracket that opens level kMaxJsonDepth + 1.
std::optional<std::size_t> too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return i;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

/// "NaN", "-Infinity" and the like around the place where the parser stopped.
std::string non_finite_token(std::string_view text, std::size_t at) {
  std::size_t begin = std::min(at, text.size());
  const auto word = [](char c) { return is_ascii_alpha(c) || c == '-' || c == '+'; };
  while (begin > 0 && word(text[begin - 1])) --begin;
  std::size_t end = begin;
  while (end < text.size() && word(text[end])) ++end;
  const std::string token(text.substr(begin, end - begin));
  const std::string lower = ascii_lower(token);
  for (const std::string_view known : {"nan", "infinity", "-infinity", "inf", "-inf", "+inf"}) {
    if (lower == known) return token;
  }
  return {};
}

/// What is wrong in plain words, from nlohmann's "[json.exception...] parse error at line ..., ...:
/// syntax error while parsing value - unexpected ...; last read: '...'".
std::string plain_reason(std::string_view what) {
  const std::size_t syntax = what.find("syntax error");
  std::string_view reason = what;
  if (syntax != std::string_view::npos) {
    reason = what.substr(syntax);
  } else if (const std::size_t colon = what.find("] "); colon != std::string_view::npos) {
    reason = what.substr(colon + 2);
  }
  // What was read last is the file's own text, perhaps a patient's: place and reason are enough.
  if (const std::size_t last = reason.find("; last read: '"); last != std::string_view::npos) {
    const std::size_t end = reason.rfind("'; expected");
    std::string expected(end == std::string_view::npos ? "" : reason.substr(end + 1));
    std::erase(expected, '\'');  // quotes mark text that guarded messages withhold
    return "not valid JSON: " + to_valid_utf8(reason.substr(0, last)) + expected;
  }
  if (const std::size_t number = reason.find(" parsing '"); number != std::string_view::npos) {
    return "not valid JSON: " + to_valid_utf8(reason.substr(0, number)) +
           " (a number is too large)";
  }
  return "not valid JSON: " + to_valid_utf8(reason);
}

template <typename Json>
Result<Json> parse(std::string_view text, std::string_view place, std::size_t first_line) {
  text = without_bom(text);
  if (trim(text).empty()) {
    return json_error(text, 0, place, first_line, "empty, a JSON value is needed");
  }
  if (const auto at = too_deep(text)) {
    return json_error(text, *at, place, first_line,
                      "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const nlohmann::json::parse_error& e) {
    const std::size_t at = e.byte == 0 ? 0 : e.byte - 1;
    if (const std::string token = non_finite_token(text, at); !token.empty()) {
      return json_error(text, at, place, first_line,
                        token + " is not a JSON number; write null for a missing number");
    }
    return json_error(text, at, place, first_line, plain_reason(e.what()));
  } catch (const std::exception& e) {  // out_of_range (1e999), bad_alloc
    return Error{ErrorCode::data, std::string(place) + ":" + std::to_string(first_line) + ": " +
                                      plain_reason(e.what())};
  }
}

template <typename Json>
Result<Json> read(const std::filesystem::path& path) {
  CLUE_TRY(const std::string text, read_file(path));
  return parse<Json>(text, path.string(), 1);
}

template <typename Json>
std::string dump(const Json& value, int indent) {
  try {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
  } catch (const std::exception& e) {
    check_failed(__FILE__, __LINE__, e.what());
  }
}

Result<const nlohmann::json*> member(const nlohmann::json& object, std::string_view key,
                                     std::string_view place) {
  const std::string where(place);
  if (!object.is_object()) {
    return Error{ErrorCode::data, where + ": an object with \"" + std::string(key) +
                                      "\" is needed, here is " + object.type_name()};
  }
  const auto it = object.find(std::string(key));
  if (it != object.end()) return &*it;
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return Error{ErrorCode::data,
               where + ": \"" + std::string(key) + "\" is missing" + did_you_mean(key, keys)};
}

Error wrong_type(const nlohmann::json& value, std::string_view key, std::string_view place,
                 const std::string& wanted) {
  std::string shown = dump_json(value);
  if (shown.size() > 60) shown = to_valid_utf8(shown.substr(0, 60)) + "...";
  return {ErrorCode::data, std::string(place) + ": \"" + std::string(key) + "\" must be " + wanted +
                               ", not " + shown};
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, std::string_view place,
                                  std::size_t first_line) {
  return parse<nlohmann::json>(text, place, first_line);
}
Result<nlohmann::ordered_json> parse_ordered_json(std::string_view text, std::string_view place,
                                                  std::size_t first_line) {
  return parse<nlohmann::ordered_json>(text, place, first_line);
}
Result<nlohmann::json> read_json(const std::filesystem::path& path) {
  return read<nlohmann::json>(path);
}
Result<nlohmann::ordered_json> read_ordered_json(const std::filesystem::path& path) {
  return read<nlohmann::ordered_json>(path);
}

std::string dump_json(const nlohmann::json& value, int indent) { return dump(value, indent); }
std::string dump_json(const nlohmann::ordered_json& value, int indent) {
  return dump(value, indent);
}

Result<std::string> json_string(const nlohmann::json& object, std::string_view key,
                                std::string_view place) {
  CLUE_TRY(const nlohmann::json* value, member(object, key, place));
  if (!value->is_string()) return wrong_type(*value, key, place, "text");
  return value->get<std::string>();
}

Result<double> json_number(const nlohmann::json& object, std::string_view key,
                           std::string_view place) {
  CLUE_TRY(const nlohmann::json* value, member(object, key, place));
  if (!value->is_number()) return wrong_type(*value, key, place, "a number");
  return value->get<double>();
}

Result<std::int64_t> json_integer(const nlohmann::json& object, std::string_view key,
                                  std::string_view place) {
  CLUE_TRY(const nlohmann::json* value, member(object, key, place));
  if (!value->is_number_integer()) return wrong_type(*value, key, place, "a whole number");
  return value->get<std::int64_t>();
}

}  // namespace clue
