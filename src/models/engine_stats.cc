#include "models/engine_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace clue::models {
namespace {

using nlohmann::json;

struct Count {
  const char* name;
  std::int64_t EngineStats::*member;
};
constexpr Count kCounts[] = {{"prompt_tokens", &EngineStats::prompt_tokens},
                             {"computed_tokens", &EngineStats::computed_tokens},
                             {"reused_tokens", &EngineStats::reused_tokens},
                             {"padding_tokens", &EngineStats::padding_tokens},
                             {"trie_lower_bound", &EngineStats::trie_lower_bound},
                             {"output_tokens", &EngineStats::output_tokens},
                             {"decode_steps", &EngineStats::decode_steps},
                             {"decode_rows", &EngineStats::decode_rows},
                             {"decode_places", &EngineStats::decode_places},
                             {"checked", &EngineStats::checked},
                             {"differing", &EngineStats::differing}};

double ratio(double a, double b) { return b > 0 ? a / b : 0; }
double ratio(std::int64_t a, std::int64_t b) {
  return ratio(static_cast<double>(a), static_cast<double>(b));
}

}  // namespace

EngineStats& EngineStats::operator+=(const EngineStats& other) {
  for (const Count& c : kCounts) this->*c.member += other.*c.member;
  prefill_seconds += other.prefill_seconds;
  decode_seconds += other.decode_seconds;
  streams = std::max(streams, other.streams);
  return *this;
}

EngineStats operator-(EngineStats after, const EngineStats& before) {
  for (const Count& c : kCounts) after.*c.member -= before.*c.member;
  after.prefill_seconds -= before.prefill_seconds;
  after.decode_seconds -= before.decode_seconds;
  return after;
}

double occupancy(const EngineStats& stats) {
  return stats.decode_places == 0 ? 1 : ratio(stats.decode_rows, stats.decode_places);
}

double over_lower_bound(const EngineStats& stats) {
  return ratio(stats.computed_tokens, stats.trie_lower_bound);
}

std::string describe(const EngineStats& s) {
  if (s.computed_tokens == 0) return "";
  std::string line =
      fmt::format("{} prompt tokens, {} computed", s.prompt_tokens, s.computed_tokens);
  if (s.trie_lower_bound > 0) {
    line +=
        fmt::format(" ({:.3f} x the least possible {})", over_lower_bound(s), s.trie_lower_bound);
  }
  line += fmt::format(", {} reused", s.reused_tokens);
  if (s.prefill_seconds > 0) {
    line += fmt::format("; prefill {:.0f} tokens/s",
                        static_cast<double>(s.computed_tokens) / s.prefill_seconds);
  }
  if (s.decode_seconds > 0) {
    line += fmt::format(", decode {:.0f} tokens/s",
                        static_cast<double>(s.output_tokens) / s.decode_seconds);
  }
  if (s.streams > 1) {
    line += fmt::format("; {} streams {:.0f} % full", s.streams, 100 * occupancy(s));
  }
  if (s.checked > 0) {
    line += fmt::format("; {} of {} answers checked in exact mode differ", s.differing, s.checked);
  }
  return line;
}

std::string stats_json(const EngineStats& s) {
  json out = {
      {"prefill_seconds", s.prefill_seconds},
      {"decode_seconds", s.decode_seconds},
      {"streams", s.streams},
      {"occupancy", occupancy(s)},
      {"computed_over_lower_bound", over_lower_bound(s)},
      {"prefill_tokens_per_second",
       ratio(static_cast<double>(s.computed_tokens), s.prefill_seconds)},
      {"decode_tokens_per_second", ratio(static_cast<double>(s.output_tokens), s.decode_seconds)}};
  for (const Count& c : kCounts) out[c.name] = s.*c.member;
  return out.dump();
}

EngineStats stats_from_json(std::string_view text) {
  EngineStats out;
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return out;
  const auto number = [&](const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number() ? found->get<double>() : 0.0;
  };
  for (const Count& c : kCounts) out.*c.member = static_cast<std::int64_t>(number(c.name));
  out.streams = static_cast<std::int64_t>(number("streams"));
  out.prefill_seconds = number("prefill_seconds");
  out.decode_seconds = number("decode_seconds");
  return out;
}

}  // namespace clue::models
