#include "models/server_tokens.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/json.h"
#include "models/server_probe.h"
#include "models/token_counters.h"

namespace clue::models {
namespace {

using nlohmann::json;

class ServerTokens final : public TokenCounter {
 public:
  ServerTokens(std::vector<std::string> roots, ServerKind kind, std::string model,
               const ModelOptions& options, std::shared_ptr<HttpClient> client)
      : roots_(std::move(roots)),
        model_(std::move(model)),
        key_(options.api_key),
        vllm_(kind == ServerKind::vllm),
        guarded_(options.guarded),
        tries_(options.max_retries),
        stop_(options.stop),
        client_(std::move(client)) {}

  Result<int> count(std::string_view text) override {
    const std::string key(text);
    if (const auto found = counts_.find(key); found != counts_.end()) return found->second;
    CLUE_TRY(const json tokens, tokenize(text));
    const int n = static_cast<int>(tokens.size());
    if (counts_.size() >= 20'000) counts_.clear();
    counts_.emplace(key, n);
    return n;
  }

  Result<std::string> first(std::string_view text, int n) override {
    CLUE_TRY(json tokens, tokenize(text));
    if (static_cast<int>(tokens.size()) > n) {
      tokens.erase(tokens.begin() + std::max(0, n), tokens.end());
    }
    json body{{"tokens", tokens}};
    if (vllm_) body["model"] = model_;
    CLUE_TRY(const json reply, ask("/detokenize", body));
    const char* field = vllm_ ? "prompt" : "content";
    if (!reply.is_object() || !reply.contains(field) || !reply[field].is_string()) {
      return Error{ErrorCode::unavailable, roots_[at_] + "/detokenize: no text in the answer"};
    }
    return reply[field].get<std::string>();
  }

  [[nodiscard]] std::string name() const override { return "server /tokenize"; }
  [[nodiscard]] bool exact() const override { return true; }

 private:
  Result<json> tokenize(std::string_view text) {
    json body;
    if (vllm_) {
      body = {{"model", model_}, {"prompt", text}, {"add_special_tokens", true}};
    } else {
      // Letters are data: special tokens spelled in them count as the text they are.
      body = {{"content", text}, {"add_special", true}, {"parse_special", false}};
    }
    CLUE_TRY(json reply, ask("/tokenize", body));
    if (!reply.is_object() || !reply.contains("tokens") || !reply["tokens"].is_array()) {
      return Error{ErrorCode::unavailable, roots_[at_] + "/tokenize: no tokens in the answer"};
    }
    return std::move(reply["tokens"]);
  }

  /// The endpoints are of one model: when one is down, the next counts, and goes on counting.
  Result<json> ask(const std::string& path, const json& body) {
    Result<json> reply = ask_one(path, body);
    for (std::size_t others = 1; !reply && others < roots_.size(); ++others) {
      if (reply.error().code == ErrorCode::cancelled) break;
      at_ = (at_ + 1) % roots_.size();
      reply = ask_one(path, body);
    }
    return reply;
  }

  Result<json> ask_one(const std::string& path, const json& body) {
    HttpRequest request;
    request.url = roots_[at_] + path;
    request.body = dump_json(body);
    request.headers = {"Content-Type: application/json"};
    request.bearer = key_;
    request.timeout = std::chrono::seconds(60);
    HttpResponse response;
    for (int tries = 0; tries <= tries_; ++tries) {
      response = client_->fetch(request, stop_);
      if (response.ok()) return parse_json(response.body, request.url);
      const bool again = response.failure == HttpFailure::broken || response.status >= 500;
      if (!again) break;
    }
    if (response.failure == HttpFailure::cancelled) {
      return Error{ErrorCode::cancelled, "stopped"};
    }
    const std::string words = response.failure == HttpFailure::none
                                  ? request.url + ": " + std::to_string(response.status) + ", " +
                                        (guarded_ ? std::to_string(response.body.size()) +
                                                        " bytes of explanation withheld"
                                                  : server_words(response.body))
                                  : response.error;
    return Error{ErrorCode::unavailable, words};
  }

  std::vector<std::string> roots_;
  std::size_t at_ = 0;  ///< the one that counts
  std::string model_, key_;
  bool vllm_, guarded_;
  int tries_;
  std::stop_token stop_;
  std::shared_ptr<HttpClient> client_;  // the model's own: counted with its traffic
  std::unordered_map<std::string, int> counts_;
};

}  // namespace

Result<std::unique_ptr<TokenCounter>> open_server_tokens(const std::vector<std::string>& urls,
                                                         ServerKind kind, const std::string& model,
                                                         const ModelOptions& options,
                                                         std::shared_ptr<HttpClient> client) {
  if (!options.tokenizer.empty()) return open_token_counter(options.tokenizer);
  if (kind == ServerKind::llama_server || kind == ServerKind::vllm) {
    std::vector<std::string> roots;
    for (const std::string& url : urls) roots.push_back(server_root(url));
    auto counter =
        std::make_unique<ServerTokens>(std::move(roots), kind, model, options, std::move(client));
    if (counter->count("probe")) return std::unique_ptr<TokenCounter>(std::move(counter));
  }
  return open_token_counter("estimate");
}

}  // namespace clue::models
