// What servers' error texts mean: context overflow, refused parameters and roles, spent quotas.
// Used by openai_protocol.cc. Pure functions over the wordings of llama-server, vLLM, TGI, Ollama
// and hosted services.
//
//   if (is_overflow(response.body)) ...
#pragma once

#include <string>
#include <string_view>

#include "models/openai_protocol.h"

namespace clue::models {

/// True for errors that say the prompt is longer than the context.
[[nodiscard]] bool is_overflow(std::string_view body);
/// True for a 429 that no waiting mends.
[[nodiscard]] bool no_quota(std::string_view body);
/// Changes the dialect so that the refused parameter or role is not sent again; `words` are
/// recorded. False: the error names nothing that can be left out.
[[nodiscard]] bool adapt_dialect(std::string_view body, const std::string& words,
                                 const Request& request, ServerDialect& dialect);

}  // namespace clue::models
