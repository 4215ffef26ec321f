// Chat templates of ours for servers that only complete text (base models): --chat-template with an
// http model writes the conversation out and asks /v1/completions. Used by openai_http.cc.
//
//   CLUE_TRY(WrittenTemplate t, open_written("plain"));
#pragma once

#include <string>

#include "models/openai_protocol.h"

namespace clue::models {

struct WrittenTemplate {
  WritePrompt write;
  std::string hash;    ///< sha256 of the template
  std::string source;  ///< "plain", a name, a path
};

/// Error: as ChatTemplate::open.
[[nodiscard]] Result<WrittenTemplate> open_written(const std::string& choice);

}  // namespace clue::models
