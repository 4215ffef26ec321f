#include "models/openai_http.h"

#include "base/hash.h"
#include "base/text.h"
#include "models/openai_loop.h"
#include "models/server_probe.h"
#include "models/server_tokens.h"
#include "models/server_written.h"

namespace clue::models {
namespace {

class OpenAiModel final : public Model {
 public:
  OpenAiModel(core::ModelInfo info, std::vector<Endpoint> endpoints, ServerDialect dialect,
              LoopSettings settings, std::shared_ptr<HttpClient> client,
              std::unique_ptr<TokenCounter> counter)
      : info_(std::move(info)),
        endpoints_(std::move(endpoints)),
        dialect_(std::move(dialect)),
        settings_(std::move(settings)),
        client_(std::move(client)),
        counter_(std::move(counter)) {}

  const core::ModelInfo& info() const override { return info_; }
  TokenCounter* tokens() override { return counter_.get(); }

  Result<std::optional<int>> prompt_tokens(const core::Prompt& prompt) override {
    int total = 0;
    // A turn's marks are about four tokens in every template in use; the server has the last word.
    for (const core::Message& message : prompt.messages) {
      CLUE_TRY(const int n, counter_->count(message.content));
      total += n + 4;
    }
    return std::optional<int>(total);
  }

  Status generate(std::span<const Request> requests, const OnDone& on_done,
                  std::stop_token stop) override {
    const OnDone counting = [&](std::size_t index, core::Generation g) {
      stats_.prompt_tokens += g.prompt_tokens;
      stats_.reused_tokens += g.reused_tokens;
      stats_.output_tokens += g.output_tokens;
      on_done(index, std::move(g));
    };
    RequestLoop loop(*client_, endpoints_, dialect_, settings_);
    loop_ = &loop;
    const Status status = loop.run(requests, counting, stop);
    loop_ = nullptr;
    retries_ += loop.retries();
    stats_ += loop.ranking_cost();
    ranked_ = ranked_ || loop.ranking_cost().output_tokens > 0;
    note_details();
    return status;
  }

  bool wind_down() override {
    if (loop_ != nullptr) loop_->wind_down();
    return true;
  }

  EngineStats stats() const override {
    EngineStats out = stats_;
    out.computed_tokens = out.prompt_tokens - out.reused_tokens;
    return out;
  }

  std::vector<Traffic> traffic() const override { return client_->traffic(); }

 private:
  // What the run has to say about the server's ways; read by the run layer after each pass.
  void note_details() {
    std::string dropped;
    for (const auto& [parameter, words] : dialect_.dropped) {
      dropped += (dropped.empty() ? "" : "; ") + parameter + " (" + words + ")";
    }
    if (!dropped.empty()) info_.details["dropped_parameters"] = dropped;
    if (dialect_.max_completion_tokens) info_.details["length_parameter"] = "max_completion_tokens";
    if (dialect_.fold_system) info_.details["system_role"] = "folded into the first user turn";
    if (ranked_) {
      info_.details["logprobs"] = "first token, top " + std::to_string(dialect_.top_logprobs);
    }
    info_.details["retries"] = std::to_string(retries_);
    std::string limits;
    for (const Endpoint& e : endpoints_) {
      limits += (limits.empty() ? "" : ", ") + std::to_string(e.pace.limit());
    }
    info_.details["concurrency"] = limits;
  }

  core::ModelInfo info_;
  std::vector<Endpoint> endpoints_;
  ServerDialect dialect_;
  LoopSettings settings_;
  std::shared_ptr<HttpClient> client_;  // also the token counter's, between two passes
  std::unique_ptr<TokenCounter> counter_;
  RequestLoop* loop_ = nullptr;  // while generate() runs
  EngineStats stats_;
  std::int64_t retries_ = 0;
  bool ranked_ = false;  ///< options were ranked by their first token
};

// Of the name alone: the same model at another address, or behind other servers, goes on with a
// run. What each server says of itself is kept beside (run/served.h).
std::string identity(const std::string& model) { return sha256_hex("served model\n" + model); }

// How two endpoints of one run describe themselves; where they differ.
std::string contrast(const ServerFacts& a, const ServerFacts& b) {
  std::string out;
  const auto add = [&](const std::string& key, const std::string& x, const std::string& y) {
    if (x != y) out += (out.empty() ? "" : "; ") + key + ": " + x + " and " + y;
  };
  add("server", std::string(name(a.kind)), std::string(name(b.kind)));
  for (const auto& [key, value] : a.says) {
    if (const auto other = b.says.find(key); other != b.says.end()) add(key, value, other->second);
  }
  return out;
}

// Facts of the first endpoint that answers; the others must serve the same model.
Result<ServerFacts> probe_all(HttpClient& client, const ServerSpec& spec,
                              const ModelOptions& options, std::string& unreachable,
                              std::string& differing) {
  Result<ServerFacts> first = Error{ErrorCode::unavailable, "no endpoint"};
  for (const std::string& url : spec.urls) {
    Result<ServerFacts> facts = probe_server(client, url, spec.model, options);
    if (!facts) {
      const bool down = facts.error().code == ErrorCode::unavailable;
      if (!down || spec.urls.size() == 1) return facts.error();
      unreachable += (unreachable.empty() ? "" : "; ") + facts.error().message;
      continue;
    }
    if (!first) {
      first = std::move(facts);
    } else if (first->model != facts->model) {
      return Error{ErrorCode::invalid_argument, url + " serves " + facts->model + ", the others " +
                                                    first->model +
                                                    "; one model each run, name it by #MODEL"};
    } else if (const std::string words = contrast(*first, *facts); !words.empty()) {
      if (!told_differently(kWeightFacts, first->says, facts->says).empty()) {
        return Error{ErrorCode::invalid_argument, url + " serves another model as " + facts->model +
                                                      " than the endpoints before it (" + words +
                                                      "); one model each run"};
      }
      differing += (differing.empty() ? "" : "; ") + url + " (" + words + ")";
    }
  }
  if (!first) return Error{ErrorCode::unavailable, unreachable};
  return first;
}

core::ModelInfo describe(const std::string& spec, const ServerSpec& parsed,
                         const ServerFacts& facts, const ModelOptions& options) {
  core::ModelInfo info;
  info.spec = spec;
  info.kind = "http";
  info.name = facts.model;
  info.content_hash = identity(facts.model);
  info.context_length = facts.context_length;
  if (options.max_context > 0 &&
      (info.context_length == 0 || options.max_context < info.context_length)) {
    info.context_length = options.max_context;
  }
  info.details.insert(facts.says.begin(), facts.says.end());
  info.details["server"] = name(facts.kind);
  info.details["endpoints"] = join(parsed.urls, ", ");
  info.details["prefill"] = facts.kind == ServerKind::unknown || facts.kind == ServerKind::tgi
                                ? "asked for in the user turn"
                                : "assistant turn";
  return info;
}

}  // namespace

Result<ServerSpec> parse_server_spec(const std::string& spec) {
  ServerSpec out;
  for (std::string_view part : split(std::string_view(spec), ',')) {
    part = trim(part);
    const std::size_t hash = part.find('#');
    if (hash != std::string_view::npos) {
      const std::string model(part.substr(hash + 1));
      if (!out.model.empty() && out.model != model) {
        return Error{ErrorCode::invalid_argument,
                     "'" + spec + "' names two models, " + out.model + " and " + model};
      }
      out.model = model;
      part = part.substr(0, hash);
    }
    while (part.ends_with('/')) part.remove_suffix(1);
    const bool http = part.starts_with("http://") || part.starts_with("https://");
    if (!http || url_host(part).empty()) {
      return Error{ErrorCode::invalid_argument,
                   "'" + std::string(part) + "' is not http(s)://HOST[:PORT]/v1[#MODEL]"};
    }
    out.urls.emplace_back(part);
  }
  return out;
}

Result<std::unique_ptr<Model>> open_openai_http(const std::string& spec,
                                                const ModelOptions& options) {
  CLUE_TRY(const ServerSpec parsed, parse_server_spec(spec));
  const EgressPolicy policy{options.local_only, options.allowed_hosts};
  auto client = std::make_shared<HttpClient>(policy);
  std::string unreachable, differing;
  CLUE_TRY(const ServerFacts facts, probe_all(*client, parsed, options, unreachable, differing));

  core::ModelInfo info = describe(spec, parsed, facts, options);
  if (!unreachable.empty()) info.details["unreachable_at_start"] = unreachable;
  if (!differing.empty()) info.details["endpoints_differ"] = differing;
  LoopSettings settings;
  settings.model = facts.model;
  settings.api_key = options.api_key;
  settings.timeout = options.request_timeout;
  settings.max_retries = options.max_retries;
  settings.retry_wait = options.retry_wait;
  settings.seed = options.seed;
  if (!options.chat_template.empty()) {
    CLUE_TRY(WrittenTemplate written, open_written(options.chat_template));
    settings.write = std::move(written.write);
    info.template_hash = written.hash;
    info.details["template"] = written.source;
  }
  std::vector<Endpoint> endpoints;
  for (const std::string& url : parsed.urls) {
    Endpoint endpoint;
    endpoint.url = url;
    endpoint.pace = RequestPace(options.concurrency, facts.slots > 0 ? facts.slots : 4);
    endpoints.push_back(std::move(endpoint));
  }
  ServerDialect dialect;
  dialect.kind = facts.kind;
  dialect.guarded = options.guarded;
  CLUE_TRY(auto counter, open_server_tokens(parsed.urls, facts.kind, facts.model, options, client));
  return std::unique_ptr<Model>(
      std::make_unique<OpenAiModel>(std::move(info), std::move(endpoints), std::move(dialect),
                                    std::move(settings), std::move(client), std::move(counter)));
}

}  // namespace clue::models
