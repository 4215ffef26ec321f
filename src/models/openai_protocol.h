// The OpenAI-compatible protocol as pure functions: a Request becomes a body, a response becomes a
// verdict. What one server was found to refuse is kept in its ServerDialect. Used by
// openai_http.cc. No state, no network.
//
//   std::string body = request_body(request, "model", dialect, nullptr);
//   Verdict v = read_response(response, request, dialect);
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_client.h"
#include "models/model.h"

namespace clue::models {

enum class ServerKind { unknown, llama_server, vllm, tgi, ollama };
[[nodiscard]] std::string_view name(ServerKind kind);

/// A prompt written out by a chat template of ours, for /v1/completions.
struct WrittenPrompt {
  std::string text;
  std::vector<std::string> stop;  ///< marks of the next turn
};
using WritePrompt = std::function<Result<WrittenPrompt>(const core::Prompt&)>;

/// How one server wants to be asked; grows as it refuses things. All endpoints of a model share it.
struct ServerDialect {
  ServerKind kind = ServerKind::unknown;
  std::map<std::string, std::string> dropped = {};  ///< parameter -> the server's words
  bool max_completion_tokens = false;               ///< the new name of max_tokens
  bool fold_system = false;
  int top_logprobs = 20;  ///< alternatives to ask for; 5 where 20 were refused
  bool guarded = false;   ///< credentialed or private text: the server's words are filtered
  unsigned version = 0;   ///< +1 with each change: a refusal of an older form is just asked again
};

/// JSON body for /chat/completions, or for /completions when `written` is given. Sampling settings
/// are explicit where a server has defaults of its own. A prefill is the last assistant turn where
/// the server continues it (llama-server, vLLM, Ollama); elsewhere the user turn asks for it. With
/// `choices` the log-probabilities of the likeliest tokens are asked for (server_ranking.h).
[[nodiscard]] std::string request_body(const Request& request, const std::string& model,
                                       const ServerDialect& dialect, const WrittenPrompt* written);

/// True where a prompt may end with a begun answer that the server goes on with.
[[nodiscard]] bool continues_assistant(ServerKind kind);

/// More bytes than this cannot be an answer of the asked length.
[[nodiscard]] std::size_t response_limit(const Request& request);

struct Verdict {
  enum class Kind {
    answer,       ///< `generation` is filled
    overflow,     ///< the prompt does not fit; `generation` says so
    retry,        ///< the line or the server failed; may work at once
    busy,         ///< 429 or 503: wait, and ask less at once
    adapt,        ///< the dialect changed: ask again in the new form
    bad_request,  ///< 400 and the like: no use asking again
    fatal,        ///< 401, 403, 404, no quota, egress guard: no request will work
  };
  Kind kind = Kind::answer;
  core::Generation generation = {};
  std::string words = {};  ///< the server's or the network's, for people; never prompt text
  ErrorCode code = ErrorCode::unavailable;
  double wait_seconds = -1;  ///< Retry-After; -1: none given
  bool connection = false;   ///< nothing came back at all
};

/// `asked_version` is the dialect's version when the request was made. May change the dialect.
[[nodiscard]] Verdict read_response(const HttpResponse& response, const Request& request,
                                    ServerDialect& dialect, unsigned asked_version);

/// The error message inside a body: {"error":{"message"}}, {"error":"..."}, {"message"},
/// {"detail"}, else the start of the text. At most 300 bytes.
[[nodiscard]] std::string server_words(std::string_view body);

/// Splits "<think>...</think>answer" (also with the opening mark missing, as templates that open
/// the block themselves leave it) into reasoning and text. An unclosed block is all reasoning.
void split_reasoning(std::string& text, std::string& reasoning);

}  // namespace clue::models
