// Token counts by the server's own tokenizer (llama-server and vLLM have an endpoint for it), else
// by a GGUF vocabulary given with --tokenizer, else an estimate that reports flag. Used by
// openai_http.cc. One thread; counts are remembered, LongHealth asks for the same letter often.
//
//   CLUE_TRY(auto counter, open_server_tokens(urls, ServerKind::vllm, "model", options, client));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/http_client.h"
#include "models/openai_protocol.h"

namespace clue::models {

/// `urls`: endpoints of one model; when one is down another counts.
[[nodiscard]] Result<std::unique_ptr<TokenCounter>> open_server_tokens(
    const std::vector<std::string>& urls, ServerKind kind, const std::string& model,
    const ModelOptions& options, std::shared_ptr<HttpClient> client);

}  // namespace clue::models
