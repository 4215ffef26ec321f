#include "models/server_ranking.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "models/guarded_words.h"
#include "models/json_members.h"

namespace clue::models {
namespace {

using nlohmann::json;

constexpr int kFewer = 5;  ///< alternatives that stricter servers still give

constexpr const char* kRemedy =
    "; --answer logprob needs a server that gives top_logprobs (llama-server, vLLM, Ollama), or "
    "the "
    "embedded engine (-m FILE.gguf); leave the flag out to score the written answers only";

bool by_first_token(const Choice& choice) { return choice.form != "text"; }

std::string_view after_space(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

bool is_word_byte(char c) { return is_ascii_alnum(c) || static_cast<unsigned char>(c) >= 0x80; }

/// "n" and " neutral" begin "neutral", "A)" begins "A", "An" does not.
bool begins(std::string_view token, std::string_view option) {
  token = after_space(token);
  if (token.empty() || option.empty()) return false;
  if (token.size() <= option.size()) return option.starts_with(token);
  return token.starts_with(option) && !is_word_byte(token[option.size()]);
}

/// Probabilities of an option: of tokens that begin it alone, and that begin others as well.
struct Mass {
  double own = 0, shared = 0;
  json tokens = json::array();
};

std::vector<Mass> masses(const std::vector<std::string>& options,
                         std::span<const FirstToken> tokens) {
  std::vector<Mass> out(options.size());
  for (const FirstToken& token : tokens) {
    std::vector<std::size_t> begun;
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (begins(token.text, options[i])) begun.push_back(i);
    }
    for (const std::size_t i : begun) {
      (begun.size() == 1 ? out[i].own : out[i].shared) += std::exp(token.logprob);
      out[i].tokens.push_back(to_valid_utf8(token.text));
    }
  }
  return out;
}

std::optional<FirstToken> read_token(const json& entry) {
  const json* logprob = member(entry, "logprob");
  if (logprob == nullptr || !logprob->is_number()) return {};
  FirstToken out{"", logprob->get<double>()};
  if (const json* token = member(entry, "token"); token != nullptr && token->is_string()) {
    out.text = token->get<std::string>();
  }
  // A piece of a character is whole only here.
  if (const json* bytes = member(entry, "bytes"); bytes != nullptr && bytes->is_array()) {
    std::string text;
    for (const json& byte : *bytes) {
      if (!byte.is_number_integer()) return out;
      text += static_cast<char>(byte.get<int>());
    }
    if (!text.empty()) out.text = std::move(text);
  }
  return out;
}

void add(std::vector<FirstToken>& tokens, std::optional<FirstToken> token) {
  if (!token || !std::isfinite(token->logprob)) return;
  const bool known =
      std::ranges::any_of(tokens, [&](const FirstToken& t) { return t.text == token->text; });
  if (!known) tokens.push_back(*std::move(token));
}

bool speaks_of_logprobs(std::string_view body) {
  const std::string text = ascii_lower(body.substr(0, 20'000));
  for (const char* word : {"logprob", "log prob", "log_prob", "top_n_tokens"}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

Verdict no_logprobs(const std::string& words) {
  Verdict v;
  v.kind = Verdict::Kind::fatal;
  v.code = ErrorCode::invalid_argument;
  v.words = words + kRemedy;
  return v;
}

bool ends_inside_character(std::string_view text) {
  return text.empty() || text.ends_with("\xef\xbf\xbd");  // U+FFFD: how JSON tells such bytes
}

/// What a refusal means when it is the log-probabilities that are refused; nullopt: it is not.
std::optional<Verdict> refused(const HttpResponse& response, const Request& request,
                               ServerDialect& dialect, unsigned asked_version) {
  const int status = response.status;
  const bool may = status == 400 || status == 403 || status == 422 || status == 501;
  if (response.failure != HttpFailure::none || !may || !speaks_of_logprobs(response.body))
    return {};
  Verdict v;
  v.kind = Verdict::Kind::adapt;
  if (asked_version != dialect.version) return v;
  if (dialect.top_logprobs > kFewer) {
    dialect.top_logprobs = kFewer;
    ++dialect.version;
    return v;
  }
  const std::string words = server_words(response.body);
  const std::string said =
      dialect.guarded ? guarded_words(words, *request.prompt, /*refused=*/true) : words;
  return no_logprobs("the server refuses log-probabilities (" + std::to_string(status) + ": " +
                     said + ")");
}

}  // namespace

std::string shared_start(std::span<const Choice> choices) {
  std::optional<std::string_view> common;
  for (const Choice& choice : choices) {
    if (!by_first_token(choice)) continue;
    if (!common) {
      common = choice.text;
      continue;
    }
    const auto differ =
        std::mismatch(common->begin(), common->end(), choice.text.begin(), choice.text.end());
    common = common->substr(0, static_cast<std::size_t>(differ.first - common->begin()));
  }
  const std::string_view text = common.value_or("");
  const std::size_t space = text.find_last_of(" \t\r\n");
  if (space == std::string_view::npos) return {};
  return std::string(text.substr(0, text.find_last_not_of(" \t\r\n", space) + 1));
}

Result<core::Prompt> ranking_prompt(const Request& request, const ServerDialect& dialect,
                                    bool written) {
  core::Prompt out = *request.prompt;
  out.prefill += shared_start(request.choices);
  out.stop.clear();
  out.max_tokens = 1;
  if (!out.prefill.empty() && !written && !continues_assistant(dialect.kind)) {
    return Error{ErrorCode::invalid_argument,
                 "--answer logprob: the options of this wording begin alike ('" + out.prefill +
                     "'), and this server is not known to go on with a begun answer; write the "
                     "prompt out with --chat-template NAME, or use llama-server, vLLM or Ollama"};
  }
  return out;
}

std::vector<FirstToken> first_tokens(std::string_view logprobs) {
  std::vector<FirstToken> out;
  const Result<json> parsed = parse_json(logprobs, "logprobs");
  if (!parsed) return out;
  if (const json* content = member(*parsed, "content");
      content != nullptr && content->is_array() && !content->empty()) {
    const json& first = (*content)[0];
    if (const json* top = member(first, "top_logprobs"); top != nullptr && top->is_array()) {
      for (const json& entry : *top) add(out, read_token(entry));
    }
    add(out, read_token(first));
    return out;
  }
  const json* top = member(*parsed, "top_logprobs");
  if (top == nullptr || !top->is_array() || top->empty() || !(*top)[0].is_object()) return out;
  for (const auto& [token, logprob] : (*top)[0].items()) {
    if (logprob.is_number()) add(out, FirstToken{token, logprob.get<double>()});
  }
  return out;
}

std::string ranking_table(std::span<const Choice> choices, std::span<const FirstToken> tokens) {
  const std::string start = shared_start(choices);
  std::vector<const Choice*> ranked;
  std::vector<std::string> options;
  for (const Choice& choice : choices) {
    if (!by_first_token(choice)) continue;
    ranked.push_back(&choice);
    options.emplace_back(after_space(std::string_view(choice.text).substr(start.size())));
  }
  double least = 0;
  for (const FirstToken& token : tokens) least = std::min(least, token.logprob);
  const std::vector<Mass> mass = masses(options, tokens);
  json table = json::array();
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    json entry{{"form", ranked[i]->form},
               {"answer", ranked[i]->answer},
               {"text", ranked[i]->text},
               {"sum", nullptr}};
    // A shared token of a hundredth of the weight cannot change an order worth telling.
    if (mass[i].shared * 100 > mass[i].own) {
      entry["why"] = "its first token also begins another option";
    } else if (mass[i].own <= 0) {
      entry["why"] = "not among the " + std::to_string(tokens.size()) +
                     " likeliest first tokens, the last with a log-probability of " +
                     json(least).dump();
    } else {
      entry["sum"] = std::log(mass[i].own);
      entry["first_tokens"] = mass[i].tokens;
    }
    table.push_back(std::move(entry));
  }
  return dump_json(table);
}

Verdict read_ranking(const HttpResponse& response, const Request& request, ServerDialect& dialect,
                     unsigned asked_version) {
  if (auto v = refused(response, request, dialect, asked_version)) return *std::move(v);
  Verdict v = read_response(response, request, dialect, asked_version);
  if (v.kind != Verdict::Kind::answer) return v;
  const std::vector<FirstToken> tokens = first_tokens(v.generation.extra["logprobs"]);
  if (tokens.empty() && dialect.kind == ServerKind::llama_server &&
      ends_inside_character(v.generation.text)) {
    v.generation.extra["logprobs_why"] =
        "the likeliest first token is a piece of a character, where llama-server lists no others";
    v.generation.extra.erase("logprobs");
    return v;
  }
  if (tokens.empty()) {
    return no_logprobs("the server answers without the log-probabilities it was asked for");
  }
  v.generation.extra["logprobs"] = ranking_table(request.choices, tokens);
  return v;
}

}  // namespace clue::models
