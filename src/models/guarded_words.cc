#include "models/guarded_words.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "base/withhold.h"

namespace clue::models {
namespace {

// Sorted. No word here says anything about a patient.
constexpr std::array<std::string_view, 219> kTrade = {
    "a", "accept", "accepts", "access", "account", "additional", "again", "alternate", "an", "and",
    "answer", "answers", "any", "api", "are", "argument", "as", "assistant", "at", "authorization",
    "available", "back", "bad", "be", "because", "before", "body", "broke", "busy", "but", "bytes",
    "came", "cannot", "capacity", "chat", "choices", "code", "completion", "completions",
    "configured", "connect", "connection", "connections", "content", "context", "cuda", "cut",
    "cut_documents", "cut_middle", "data", "decode", "default", "denied", "did", "documents",
    "does", "empty", "endpoint", "engine", "error", "exceed", "exceeded", "exceeds", "expected",
    "explanation", "extra", "failed", "field", "finish_reason", "fit", "for", "format", "found",
    "from", "gateway", "generate", "given", "gone", "gpu", "has", "have", "header", "host", "html",
    "http", "https", "in", "input", "inputs", "internal", "into", "invalid", "is", "it", "its",
    "json", "key", "kv", "large", "later", "length", "less", "limit", "load", "loading",
    "logprobs", "long", "longer", "max", "max_completion_tokens", "max_new_tokens", "max_tokens",
    "maximum", "memory", "message", "messages", "min_p", "missing", "model", "more", "must", "no",
    "not", "null", "object", "of", "on", "only", "or", "out", "over", "overflow", "overloaded",
    "parameter", "parse", "path", "please", "prompt", "provided", "queue", "quota", "rate",
    "reached", "read", "reduce", "refused", "repeat_penalty", "repetition_penalty", "request",
    "requested", "requests", "required", "reset", "resource", "response", "retry", "role", "roles",
    "running", "s", "seed", "seen", "serve", "server", "service", "size", "skip", "slot", "slow",
    "state", "status", "stop", "stopped", "stream", "string", "supported", "syntax", "system", "t",
    "temperature", "template", "temporarily", "text", "than", "that", "the", "there", "this",
    "time", "timed", "timeout", "times", "to", "token", "tokens", "too", "top_k", "top_logprobs",
    "top_p", "tried", "try", "type", "unavailable", "unexpected", "unknown", "unrecognized",
    "unsupported", "up", "use", "user", "valid", "value", "was", "while", "with", "without",
    "worker", "your", "zero"};

bool in_trade(std::string_view word) {
  return std::binary_search(kTrade.begin(), kTrade.end(), word);
}

bool is_number(std::string_view word) {
  return word.size() <= 9 && std::all_of(word.begin(), word.end(), is_ascii_digit);
}

std::set<std::string, std::less<>> words_of(const core::Prompt& prompt) {
  std::set<std::string, std::less<>> words;
  const auto add = [&words](std::string_view text) {
    (void)withhold_words(text, [&words](std::string_view word) {
      words.emplace(word);
      return false;
    });
  };
  for (const core::Message& m : prompt.messages) add(m.content);
  add(prompt.prefill);
  return words;
}

}  // namespace

std::string guarded_words(std::string_view words, const core::Prompt& prompt, bool refused) {
  const auto asked = words_of(prompt);
  return withhold_words(words, [&](std::string_view word) {
    if (in_trade(word)) return true;
    return (refused || is_number(word)) && !asked.contains(word);
  });
}

}  // namespace clue::models
