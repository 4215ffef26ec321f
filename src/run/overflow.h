// What happens to a prompt that does not fit into the model's context, by policy: `error` and
// `skip` leave it (the back end refuses it; skip counts that as a cut answer), the two others
// shorten it and say so in Prompt::cuts. Deterministic; used by generate_pass.
//
//   CLUE_TRY(std::size_t cut, fit_prompts(prompts, request, *model));
#pragma once

#include <cstddef>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "models/model.h"

namespace clue::run {

struct FitRequest {
  core::Overflow policy = core::Overflow::error;
  const core::Dataset* data = nullptr;
  int context = 0;     ///< tokens; 0: unknown, an error where cutting is asked for
  int max_tokens = 0;  ///< of an answer; 0: the prompt's own
  std::stop_token stop = {};
};

/// Shortens what does not leave room for the whole answer; returns how many prompts were cut.
///   cut_middle     the middle of the longest message but the system's; "[...]" stands there
///   cut_documents  the ends of documents in the last message, the longest first; where the data
///                  set has none, of the sample's own long fields
/// A prompt that cannot be made to fit is left whole, and the back end reports it.
[[nodiscard]] Result<std::size_t> fit_prompts(std::vector<core::Prompt>& prompts,
                                              const FitRequest& request, models::Model& model);

/// The longest lengths that add up to at most `budget`: the long ones are cut to one level.
[[nodiscard]] std::vector<std::size_t> level_off(const std::vector<std::size_t>& lengths,
                                                 std::size_t budget);

}  // namespace clue::run
