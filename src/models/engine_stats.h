// What a pass cost the back end: tokens asked, computed and reused, how full the batches were, how
// fast it went, and how often the fast mode said something else than the exact one. Counts add up
// over sessions of a run. Used by the llama back end, run/ (facts, results.json) and cli/.
//
//   const EngineStats pass = model.stats() - before;
//   io.err << describe(pass);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace clue::models {

/// Zero where a back end cannot know.
struct EngineStats {
  std::int64_t prompt_tokens = 0;     ///< of all prompts: computed + reused
  std::int64_t computed_tokens = 0;   ///< prompt tokens that went through the model
  std::int64_t reused_tokens = 0;     ///< taken from a kept or copied prefix
  std::int64_t padding_tokens = 0;    ///< computed beside them so that rows were equally many
  std::int64_t trie_lower_bound = 0;  ///< computed tokens if every shared prefix came only once
  std::int64_t output_tokens = 0;
  std::int64_t decode_steps = 0;   ///< calls that added a token to one or more answers
  std::int64_t decode_rows = 0;    ///< answers served by steps while prompts were still waiting
  std::int64_t decode_places = 0;  ///< streams of the same steps
  double prefill_seconds = 0, decode_seconds = 0;
  std::int64_t streams = 0;    ///< most sequences at once
  std::int64_t checked = 0;    ///< fast: answers made again in exact mode
  std::int64_t differing = 0;  ///< of these, not the same text

  EngineStats& operator+=(const EngineStats& other);
};

/// What was added since `before`; `streams` is the later one's.
[[nodiscard]] EngineStats operator-(EngineStats after, const EngineStats& before);

/// Share of the streams that a decode step served until the last prompts, 0..1; 1 when no step
/// counts (few prompts).
[[nodiscard]] double occupancy(const EngineStats& stats);
/// Computed prompt tokens over the trie's lower bound; 0 when unknown.
[[nodiscard]] double over_lower_bound(const EngineStats& stats);

/// One line for people, "" when the back end counted nothing.
[[nodiscard]] std::string describe(const EngineStats& stats);

/// JSON object with the counts and the derived numbers; the other way reads the counts, a text that
/// is no such object gives zeros.
[[nodiscard]] std::string stats_json(const EngineStats& stats);
[[nodiscard]] EngineStats stats_from_json(std::string_view text);

}  // namespace clue::models
