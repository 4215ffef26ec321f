#include "models/openai_errors.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"

namespace clue::models {
namespace {

using nlohmann::json;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

template <std::size_t N>
bool contains_any(std::string_view text, const std::array<std::string_view, N>& parts) {
  for (const std::string_view part : parts) {
    if (contains(text, part)) return true;
  }
  return false;
}

constexpr std::array<std::string_view, 10> kOverflow = {"exceed_context_size",
                                                        "context_length_exceeded",
                                                        "maximum context length",
                                                        "exceeds the available context",
                                                        "maximum model length",
                                                        "context window",
                                                        "prompt is too long",
                                                        "input is too long",
                                                        "`inputs` tokens + `max_new_tokens`",
                                                        "longer than the model's context"};

constexpr std::array<std::string_view, 13> kRefusal = {
    "unsupported", "not supported",         "does not support", "unrecognized",  "unknown",
    "unexpected",  "extra_forbidden",       "extra inputs",     "not permitted", "not allowed",
    "is invalid",  "additional properties", "unavailable"};

// What may be left out without asking for something else than the user meant to measure; each drop
// is recorded with the run.
constexpr std::array<std::string_view, 9> kOptional = {
    "temperature",        "top_p",          "top_k", "min_p", "seed", "stop",
    "repetition_penalty", "repeat_penalty", "stream"};

bool is_word_part(char c) { return is_ascii_alnum(c) || c == '_'; }

// `name` as a whole word: "top_p" is not in "top_prob".
bool names(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const bool begins = at == 0 || !is_word_part(text[at - 1]);
    const std::size_t end = at + name.size();
    if (begins && (end == text.size() || !is_word_part(text[end]))) return true;
  }
  return false;
}

// {"error":{"param":"top_k"}}: the clearest way to say it.
std::string error_param(std::string_view body) {
  const Result<json> parsed = parse_json(body, "error");
  if (!parsed || !parsed->is_object() || !parsed->contains("error")) return {};
  const json& error = (*parsed)["error"];
  if (!error.is_object() || !error.contains("param") || !error["param"].is_string()) return {};
  return error["param"].get<std::string>();
}

bool refuses_system(std::string_view text) {
  constexpr std::array<std::string_view, 5> kWords = {
      "system role not supported", "system role is not supported",
      "system message is not supported", "roles must alternate", "only user and assistant roles"};
  return contains_any(text, kWords) ||
         (names(text, "system") && names(text, "role") && contains_any(text, kRefusal));
}

}  // namespace

std::string server_words(std::string_view body) {
  std::string words;
  const Result<json> parsed = parse_json(body, "error");
  if (parsed && parsed->is_object()) {
    const json* at = &*parsed;
    if (at->contains("error")) at = &(*at)["error"];
    if (at->is_string()) {
      words = at->get<std::string>();
    } else if (at->is_object()) {
      for (const char* key : {"message", "detail"}) {
        if (!at->contains(key)) continue;
        const json& value = (*at)[key];
        words = value.is_string() ? value.get<std::string>() : dump_json(value);
        break;
      }
    }
  }
  if (words.empty()) words = to_valid_utf8(body.substr(0, 300));
  if (words.size() > 300) words = to_valid_utf8(std::string_view(words).substr(0, 300)) + "...";
  return words.empty() ? "no explanation" : words;
}

bool is_overflow(std::string_view body) {
  return contains_any(ascii_lower(body.substr(0, 20000)), kOverflow);
}

bool no_quota(std::string_view body) {
  constexpr std::array<std::string_view, 3> kWords = {"insufficient_quota", "billing_hard_limit",
                                                      "exceeded your current quota"};
  return contains_any(ascii_lower(body.substr(0, 20000)), kWords);
}

bool adapt_dialect(std::string_view body, const std::string& words, const Request& request,
                   ServerDialect& dialect) {
  const std::string text = ascii_lower(body.substr(0, 20000));
  const std::string param = error_param(body);
  const bool refusal = contains_any(text, kRefusal);
  const bool has_system =
      !request.prompt->messages.empty() && request.prompt->messages[0].role == core::Role::system;
  if (has_system && !dialect.fold_system && refuses_system(text)) {
    dialect.fold_system = true;
    ++dialect.version;
    return true;
  }
  if (!refusal && param.empty()) return false;
  // The two names of the length limit: one of them has to go through.
  if (!dialect.max_completion_tokens && (param == "max_tokens" || names(text, "max_tokens")) &&
      refusal) {
    dialect.max_completion_tokens = true;
    ++dialect.version;
    return true;
  }
  for (const std::string_view name : kOptional) {
    const bool meant = param == name || (param.empty() && refusal && names(text, name));
    if (!meant || dialect.dropped.contains(std::string(name))) continue;
    dialect.dropped[std::string(name)] = words;
    ++dialect.version;
    return true;
  }
  return false;
}

}  // namespace clue::models
