// Looks at a server before the first prompt: which model, how long its context, which program. Used
// by openai_http.cc. Blocks its thread.
//
//   CLUE_TRY(ServerFacts facts, probe_server(client, "http://127.0.0.1:8080/v1", "", options));
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_client.h"
#include "models/openai_protocol.h"

namespace clue::models {

/// Of ServerFacts::says, what the same weights cannot say differently.
inline constexpr std::array<std::string_view, 4> kWeightFacts = {"parameters", "weights_bytes",
                                                                 "weights_hash", "vocabulary"};

/// Those of `keys` that both tell, and tell differently. What one of them does not say is no
/// difference.
[[nodiscard]] std::vector<std::string> told_differently(
    std::span<const std::string_view> keys, const std::map<std::string, std::string>& a,
    const std::map<std::string, std::string>& b);

struct ServerFacts {
  std::string model;
  ServerKind kind = ServerKind::unknown;
  int context_length = 0;  ///< 0: not told
  int slots = 0;           ///< parallel requests it is set up for; 0: not told
  /// What else it says of itself, for the record: server_version, parameters, weights_bytes,
  /// weights_hash, vocabulary, quantisation, chat_template (start of its sha256), served_from.
  std::map<std::string, std::string> says;
};

[[nodiscard]] Result<ServerFacts> probe_server(HttpClient& client, const std::string& url,
                                               const std::string& wanted,
                                               const ModelOptions& options);
/// "http://h/v1" -> "http://h", where servers keep their own endpoints.
[[nodiscard]] std::string server_root(const std::string& url);

}  // namespace clue::models
