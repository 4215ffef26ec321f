// Models behind an OpenAI-compatible server: "http://HOST:PORT/v1#MODEL", several endpoints of one
// model as "URL1,URL2#MODEL". The calling thread of generate() is the event loop: up to 256
// requests in flight, adaptive, balanced over the endpoints, retried with jitter.
//
//   CLUE_TRY(auto model, open_openai_http("http://127.0.0.1:8080/v1", options));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/model.h"

namespace clue::models {

/// Endpoints and model of a spec. `urls` end without '/'.
struct ServerSpec {
  std::vector<std::string> urls;
  std::string model;
};
/// Error: invalid_argument for something that is not an http(s) URL, or two different models.
[[nodiscard]] Result<ServerSpec> parse_server_spec(const std::string& spec);

/// Asks /models first: without #MODEL the only one is taken; several are an error that lists them.
/// Error: unavailable, denied, not_found with the server's words.
[[nodiscard]] Result<std::unique_ptr<Model>> open_openai_http(const std::string& spec,
                                                              const ModelOptions& options);

}  // namespace clue::models
