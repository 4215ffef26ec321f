#include "models/openai_protocol.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "models/chat_template.h"
#include "models/guarded_words.h"
#include "models/json_members.h"
#include "models/openai_errors.h"

namespace clue::models {
namespace {

using nlohmann::json;

int answer_tokens(const Request& request) {
  int tokens = request.decoding.max_tokens;
  if (tokens <= 0) tokens = request.prompt->max_tokens;
  if (tokens <= 0) tokens = 512;
  return tokens + std::max(0, request.decoding.max_reasoning_tokens);
}

json chat_messages(const core::Prompt& prompt, const ServerDialect& dialect) {
  std::vector<core::Message> messages =
      dialect.fold_system ? fold_system(prompt.messages) : prompt.messages;
  if (!prompt.prefill.empty()) {
    if (continues_assistant(dialect.kind)) {
      messages.push_back({core::Role::assistant, prompt.prefill});
    } else if (!messages.empty()) {
      messages.back().content +=
          "\n\nBegin your answer with exactly this text and go on from there: " + prompt.prefill;
    }
  }
  json out = json::array();
  for (const core::Message& m : messages) {
    const char* role = m.role == core::Role::system      ? "system"
                       : m.role == core::Role::assistant ? "assistant"
                                                         : "user";
    out.push_back({{"role", role}, {"content", m.content}});
  }
  return out;
}

void add_sampling(json& body, const Request& request, const ServerDialect& dialect) {
  const core::Decoding& d = request.decoding;
  body["temperature"] = d.temperature;
  if (d.temperature > 0) {
    // Servers have defaults of their own here (top_k 40, min_p 0.05, a model's generation
    // settings), so even "off" has to be said.
    body["top_p"] = d.top_p;
    body["top_k"] = d.top_k > 0 ? d.top_k : -1;
    body["min_p"] = d.min_p;
    body["seed"] = d.seed & 0x7fffffffU;  // some servers take 31 bits only
  }
  if (dialect.kind == ServerKind::vllm) body["repetition_penalty"] = 1.0;
  if (dialect.kind == ServerKind::llama_server) body["repeat_penalty"] = 1.0;
}

std::string text_of(const json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

int count_of(const json* value) {
  if (value == nullptr || !value->is_number()) return 0;
  const double n = value->get<double>();
  return n > 0 && n < 2e9 ? static_cast<int>(n) : 0;
}

core::StopReason stop_reason(const std::string& finish, const json& choice, const Request& request,
                             int output_tokens) {
  using core::StopReason;
  if (finish == "length" || finish == "max_tokens") return StopReason::length;
  if (finish == "stop_sequence") return StopReason::stop_string;
  if (const json* which = member(choice, "stop_reason"); which != nullptr && which->is_string()) {
    const auto& stop = request.prompt->stop;
    if (std::find(stop.begin(), stop.end(), which->get<std::string>()) != stop.end()) {
      return StopReason::stop_string;
    }
  }
  if (finish.empty() && output_tokens >= answer_tokens(request)) return StopReason::length;
  return StopReason::end_of_turn;
}

void read_usage(const json& body, core::Generation& out) {
  if (const json* usage = member(body, "usage")) {
    out.prompt_tokens = count_of(member(*usage, "prompt_tokens"));
    out.output_tokens = count_of(member(*usage, "completion_tokens"));
    if (const json* details = member(*usage, "prompt_tokens_details")) {
      out.reused_tokens = count_of(member(*details, "cached_tokens"));
    }
  }
  if (const json* timings = member(body, "timings"); timings != nullptr && out.reused_tokens == 0) {
    out.reused_tokens = count_of(member(*timings, "cache_n"));
  }
}

// A stop string is cut here too: some servers ignore `stop`, some leave the string in.
void cut_at_stop(const Request& request, core::Generation& out) {
  for (const std::string& stop : request.prompt->stop) {
    if (stop.empty()) continue;
    const std::size_t at = out.text.find(stop);
    if (at == std::string::npos) continue;
    out.text.resize(at);
    out.stop = core::StopReason::stop_string;
  }
}

Verdict retry(std::string words) {
  Verdict v;
  v.kind = Verdict::Kind::retry;
  v.words = std::move(words);
  return v;
}

// What the server said, as far as it may be stored.
std::string said_by(const HttpResponse& response, const Request& request,
                    const ServerDialect& dialect) {
  const std::string words = server_words(response.body);
  // A refused request may be quoted, but there is no output yet that could be.
  const bool refused = response.status / 100 == 4;
  return dialect.guarded ? guarded_words(words, *request.prompt, refused) : words;
}

Verdict read_answer(const HttpResponse& response, const Request& request,
                    const ServerDialect& dialect) {
  Result<json> parsed = parse_json(response.body, "the server's answer");
  if (!parsed) {  // the parser quotes what it read last
    return retry("the server's answer is not JSON (" +
                 (dialect.guarded ? std::to_string(response.body.size()) + " bytes"
                                  : parsed.error().message) +
                 ")");
  }
  const json& body = *parsed;
  if (const json* error = member(body, "error"); error != nullptr && !error->is_null()) {
    return retry("the server answers 200 with an error: " + said_by(response, request, dialect));
  }
  const json* choices = member(body, "choices");
  if (choices == nullptr || !choices->is_array() || choices->empty()) {
    return retry("the server's answer has no choices");
  }
  const json& choice = (*choices)[0];
  Verdict v;
  core::Generation& out = v.generation;
  read_usage(body, out);
  const json* message = member(choice, "message");
  const json* content = message != nullptr ? member(*message, "content") : member(choice, "text");
  out.text = text_of(content);
  if (message != nullptr) {
    out.reasoning = text_of(member(*message, "reasoning_content"));
    if (out.reasoning.empty()) out.reasoning = text_of(member(*message, "reasoning"));
    const std::string refusal = text_of(member(*message, "refusal"));
    if (out.text.empty() && !refusal.empty()) out.text = refusal;
  }
  const std::string finish = text_of(member(choice, "finish_reason"));
  out.stop = stop_reason(finish, choice, request, out.output_tokens);
  out.extra["finish_reason"] = finish;
  const bool said_nothing = content == nullptr || content->is_null();
  if (said_nothing && out.reasoning.empty() && out.stop != core::StopReason::length &&
      out.text.empty()) {
    return retry("the server's answer has no content");
  }
  if (out.reasoning.empty()) split_reasoning(out.text, out.reasoning);
  const std::string& prefill = request.prompt->prefill;
  if (!prefill.empty() && out.text.starts_with(prefill)) out.text.erase(0, prefill.size());
  cut_at_stop(request, out);
  out.seconds = response.seconds;
  if (const json* logprobs = member(choice, "logprobs");
      logprobs != nullptr && !logprobs->is_null() && !request.choices.empty()) {
    out.extra["logprobs"] = dump_json(*logprobs);
  }
  return v;
}

Verdict read_failure(const HttpResponse& response) {
  Verdict v = retry(response.error);
  if (response.failure == HttpFailure::policy || response.failure == HttpFailure::bad_url) {
    v.kind = Verdict::Kind::fatal;
    v.code =
        response.failure == HttpFailure::policy ? ErrorCode::denied : ErrorCode::invalid_argument;
  }
  v.connection = response.failure == HttpFailure::connect ||
                 response.failure == HttpFailure::resolve || response.failure == HttpFailure::tls;
  return v;
}

Verdict overflow(const std::string& words) {
  Verdict v;
  v.kind = Verdict::Kind::overflow;
  v.generation.overflow = true;
  v.generation.stop = core::StopReason::error;
  v.generation.error = "the prompt does not fit into the server's context (" + words +
                       "); use --overflow cut-documents|cut-middle|skip or serve a longer context";
  return v;
}

Verdict read_status(const HttpResponse& response, const Request& request, ServerDialect& dialect,
                    unsigned asked_version) {
  const int status = response.status;
  const std::string said = said_by(response, request, dialect);
  Verdict v = retry("the server answers " + std::to_string(status) + ": " + said);
  if (!response.header("retry-after").empty()) {
    v.wait_seconds =
        retry_after_seconds(response.header("retry-after"), std::chrono::system_clock::now());
  }
  if (status == 401 || status == 403 || status == 404 || status == 405) {
    v.kind = Verdict::Kind::fatal;
    v.code = status == 404 || status == 405 ? ErrorCode::not_found : ErrorCode::denied;
    if (status == 401) v.words += " (is the API key set and right?)";
    return v;
  }
  if (status == 429 || status == 503) {
    v.kind = no_quota(response.body) ? Verdict::Kind::fatal : Verdict::Kind::busy;
    return v;
  }
  if (status == 408 || status == 409 || status == 425 || status >= 500) return v;
  if (is_overflow(response.body)) return overflow(said);
  v.kind = Verdict::Kind::bad_request;
  v.code = ErrorCode::invalid_argument;
  // Sent before the dialect last changed: the new form may be accepted.
  const bool outdated = asked_version != dialect.version;
  if (outdated || adapt_dialect(response.body, said, request, dialect)) {
    v.kind = Verdict::Kind::adapt;
  }
  return v;
}

}  // namespace

bool continues_assistant(ServerKind kind) {
  return kind == ServerKind::llama_server || kind == ServerKind::vllm || kind == ServerKind::ollama;
}

std::string_view name(ServerKind kind) {
  constexpr std::array<std::string_view, 5> kNames = {"unknown", "llama-server", "vllm", "tgi",
                                                      "ollama"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string request_body(const Request& request, const std::string& model,
                         const ServerDialect& dialect, const WrittenPrompt* written) {
  json body;
  body["model"] = model;
  body["stream"] = false;
  std::vector<std::string> stop = request.prompt->stop;
  if (written != nullptr) {
    body["prompt"] = written->text;
    stop.insert(stop.end(), written->stop.begin(), written->stop.end());
  } else {
    body["messages"] = chat_messages(*request.prompt, dialect);
    if (!request.prompt->prefill.empty() && dialect.kind == ServerKind::vllm) {
      body["add_generation_prompt"] = false;
      body["continue_final_message"] = true;
    }
  }
  body[dialect.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] =
      answer_tokens(request);
  add_sampling(body, request, dialect);
  if (!stop.empty()) body["stop"] = stop;
  if (!request.choices.empty()) {
    if (written != nullptr) {
      body["logprobs"] = dialect.top_logprobs;  // the older way: how many
    } else {
      body["logprobs"] = true;
      body["top_logprobs"] = dialect.top_logprobs;
    }
  }
  for (const auto& [parameter, words] : dialect.dropped) body.erase(parameter);
  return dump_json(body);
}

std::size_t response_limit(const Request& request) {
  // A token is rarely over 100 bytes; six bytes a character when escaped; reasoning may come twice.
  return (1U << 20) + static_cast<std::size_t>(answer_tokens(request)) * 2048;
}

Verdict read_response(const HttpResponse& response, const Request& request, ServerDialect& dialect,
                      unsigned asked_version) {
  if (response.failure != HttpFailure::none) return read_failure(response);
  if (response.status == 200) return read_answer(response, request, dialect);
  return read_status(response, request, dialect, asked_version);
}

void split_reasoning(std::string& text, std::string& reasoning) {
  constexpr std::string_view kOpen = "<think>", kClose = "</think>";
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool opens =
      first != std::string::npos && std::string_view(text).substr(first).starts_with(kOpen);
  const std::size_t close = text.find(kClose);
  if (!opens && close == std::string::npos) return;
  if (!opens && text.find(kOpen) < close) return;  // talks about the marks, does not use them
  const std::size_t begin = opens ? first + kOpen.size() : 0;
  reasoning = std::string(trim(std::string_view(text).substr(
      begin, close == std::string::npos ? std::string::npos : close - begin)));
  text.erase(0, close == std::string::npos ? std::string::npos : close + kClose.size());
  text.erase(0, std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

}  // namespace clue::models
