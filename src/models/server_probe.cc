#include "models/server_probe.h"

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/json.h"
#include "models/json_members.h"

namespace clue::models {
namespace {

using nlohmann::json;

void sleep(double seconds, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any ended;
  std::unique_lock lock(mutex);
  ended.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
}

// A server that is still loading answers 503 for a while, or not at all; it is asked again.
HttpResponse patient_get(HttpClient& client, const std::string& url, const ModelOptions& options) {
  HttpRequest request;
  request.url = url;
  request.bearer = options.api_key;
  request.timeout = std::chrono::seconds(15);
  HttpResponse response;
  double wait = options.retry_wait;
  for (int tries = 0;; ++tries) {
    response = client.fetch(request, options.stop);
    const bool again = response.failure == HttpFailure::broken ||
                       (response.failure == HttpFailure::none &&
                        (response.status == 429 || response.status >= 500));
    if (!again || tries >= options.max_retries || options.stop.stop_requested()) return response;
    sleep(wait, options.stop);
    wait *= 2;
  }
}

/// Keeps what `object` holds under `key`: a text or a whole number.
void say(ServerFacts& facts, const char* name, const json& object, const char* key) {
  const json* value = member(object, key);
  if (value == nullptr) return;
  if (value->is_string() && !value->get<std::string>().empty()) {
    facts.says[name] = value->get<std::string>();
  }
  if (value->is_number_integer()) facts.says[name] = value->dump();
}

int number_at(const json& value, std::initializer_list<const char*> path) {
  const json* at = &value;
  for (const char* key : path) {
    if (!at->is_object() || !at->contains(key)) return 0;
    at = &(*at)[key];
  }
  return at->is_number_integer() ? at->get<int>() : 0;
}

ServerKind kind_of(const json& entry) {
  if (!entry.is_object() || !entry.contains("owned_by") || !entry["owned_by"].is_string()) {
    return ServerKind::unknown;
  }
  const std::string owner = entry["owned_by"].get<std::string>();
  if (owner == "llamacpp") return ServerKind::llama_server;
  if (owner == "vllm" || owner == "sglang") return ServerKind::vllm;
  if (owner == "library") return ServerKind::ollama;
  return ServerKind::unknown;
}

Error refused(const std::string& url, const HttpResponse& response) {
  if (response.failure == HttpFailure::cancelled) return {ErrorCode::cancelled, "stopped"};
  if (response.failure != HttpFailure::none) {
    const bool denied = response.failure == HttpFailure::policy;
    return {denied ? ErrorCode::denied : ErrorCode::unavailable, response.error};
  }
  const bool key = response.status == 401 || response.status == 403;
  return {key ? ErrorCode::denied : ErrorCode::unavailable,
          url + ": the server answers " + std::to_string(response.status) + ": " +
              server_words(response.body) + (key ? " (is the API key set and right?)" : "")};
}

void read_props(HttpClient& client, const std::string& url, const ModelOptions& options,
                ServerFacts& facts) {
  const HttpResponse response = patient_get(client, server_root(url) + "/props", options);
  if (!response.ok()) return;
  const Result<json> props = parse_json(response.body, "/props");
  if (!props) return;
  if (const int n = number_at(*props, {"default_generation_settings", "n_ctx"})) {
    facts.context_length = n;
  }
  facts.slots = number_at(*props, {"total_slots"});
  say(facts, "server_version", *props, "build_info");
  const json* chat = member(*props, "chat_template");
  if (chat != nullptr && chat->is_string()) {
    facts.says["chat_template"] = sha256_hex(chat->get<std::string>()).substr(0, 16);
  }
}

/// Pages beside /v1 that a server may have: absent, it says less.
Result<json> side_page(HttpClient& client, const std::string& url, const ModelOptions& options) {
  HttpRequest request;
  request.url = url;
  request.bearer = options.api_key;
  request.timeout = std::chrono::seconds(5);
  const HttpResponse response = client.fetch(request, options.stop);
  if (!response.ok()) return Error{ErrorCode::not_found, url};
  return parse_json(response.body, url);
}

void read_vllm(HttpClient& client, const std::string& url, const ModelOptions& options,
               const json& entry, ServerFacts& facts) {
  say(facts, "served_from", entry, "root");
  if (const auto page = side_page(client, server_root(url) + "/version", options)) {
    say(facts, "server_version", *page, "version");
  }
}

void read_ollama(HttpClient& client, const std::string& url, const ModelOptions& options,
                 ServerFacts& facts) {
  if (const auto page = side_page(client, server_root(url) + "/api/version", options)) {
    say(facts, "server_version", *page, "version");
  }
  const auto tags = side_page(client, server_root(url) + "/api/tags", options);
  if (!tags) return;
  const json* models = member(*tags, "models");
  if (models == nullptr || !models->is_array()) return;
  for (const json& model : *models) {
    const json* name = member(model, "name");
    if (name != nullptr && *name == facts.model) say(facts, "weights_hash", model, "digest");
  }
}

Result<json> choose(const std::string& url, const json& entries, const std::string& wanted) {
  std::string names;
  for (const json& entry : entries) {
    if (!entry.is_object() || !entry.contains("id") || !entry["id"].is_string()) continue;
    const std::string id = entry["id"].get<std::string>();
    if (id == wanted || (wanted.empty() && entries.size() == 1)) return entry;
    names += (names.empty() ? "" : ", ") + id;
  }
  if (!wanted.empty()) return json();  // aliases exist that /models does not list
  if (names.empty()) {
    return Error{ErrorCode::not_found, url + "/models lists no model; name it: " + url + "#MODEL"};
  }
  return Error{ErrorCode::invalid_argument,
               url + " serves several models; choose one by " + url + "#MODEL: " + names};
}

}  // namespace

std::string server_root(const std::string& url) {
  return url.ends_with("/v1") ? url.substr(0, url.size() - 3) : url;
}

std::vector<std::string> told_differently(std::span<const std::string_view> keys,
                                          const std::map<std::string, std::string>& a,
                                          const std::map<std::string, std::string>& b) {
  std::vector<std::string> out;
  for (const std::string_view key : keys) {
    const auto x = a.find(std::string(key)), y = b.find(std::string(key));
    if (x != a.end() && y != b.end() && x->second != y->second) out.emplace_back(key);
  }
  return out;
}

Result<ServerFacts> probe_server(HttpClient& client, const std::string& url,
                                 const std::string& wanted, const ModelOptions& options) {
  ServerFacts facts;
  facts.model = wanted;
  const HttpResponse response = patient_get(client, url + "/models", options);
  const bool no_list =
      response.failure == HttpFailure::none && (response.status == 404 || response.status == 405);
  if (no_list && !wanted.empty()) return facts;
  if (!response.ok()) {
    const Error error = refused(url, response);
    if (no_list) return error.in("the server does not list its models; name one by #MODEL");
    return error;
  }
  const Result<json> list = parse_json(response.body, url + "/models");
  const bool usable =
      list && list->is_object() && list->contains("data") && (*list)["data"].is_array();
  if (!usable) {
    if (!wanted.empty()) return facts;
    return Error{ErrorCode::data, url +
                                      "/models: not a list of models; is this the address of an " +
                                      "OpenAI-compatible server (often it ends in /v1)?"};
  }
  CLUE_TRY(const json entry, choose(url, (*list)["data"], wanted));
  if (!entry.is_object()) return facts;
  facts.model = entry["id"].get<std::string>();
  facts.kind = kind_of(entry);
  facts.context_length = number_at(entry, {"max_model_len"});
  if (facts.context_length == 0) facts.context_length = number_at(entry, {"meta", "n_ctx"});
  if (facts.kind == ServerKind::llama_server) {
    if (const json* meta = member(entry, "meta")) {
      say(facts, "parameters", *meta, "n_params");
      say(facts, "weights_bytes", *meta, "size");
      say(facts, "vocabulary", *meta, "n_vocab");
      say(facts, "quantisation", *meta, "ftype");
    }
    read_props(client, url, options, facts);
  }
  if (facts.kind == ServerKind::vllm) read_vllm(client, url, options, entry, facts);
  if (facts.kind == ServerKind::ollama) read_ollama(client, url, options, facts);
  return facts;
}

}  // namespace clue::models
