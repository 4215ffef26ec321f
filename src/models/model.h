// Model: anything that turns prompts into generations. Back ends: llama (embedded), http, baseline,
// replay, mock. `generate` may be called from one thread at a time; on_done may be called from any
// thread, one call at a time.
//
//   CLUE_TRY(auto model, open_model("gguf:tiny.gguf", options));
//   model->generate(prompts, [&](std::size_t i, core::Generation g) { ... }, stop);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_client.h"
#include "base/result.h"
#include "core/types.h"
#include "models/engine_stats.h"

namespace clue::models {

/// Counts and cuts text in a model's own tokens. `plain` encoding: as the tokenizer's own encode
/// adds special tokens (a start token counts). Thread-compatible.
class TokenCounter {
 public:
  virtual ~TokenCounter() = default;
  /// Number of tokens of the plain encoding.
  virtual Result<int> count(std::string_view text) = 0;
  /// Text of the first n tokens of the plain encoding, decoded (a start token's text included if
  /// the tokenizer prints it).
  virtual Result<std::string> first(std::string_view text, int n) = 0;
  /// "ws", "gguf:llama-bpe", "server /tokenize", "estimate": goes into reports.
  [[nodiscard]] virtual std::string name() const = 0;
  /// False for an estimate: the report flags it.
  [[nodiscard]] virtual bool exact() const = 0;
  /// The text of first() is tested to equal the reference tokenizer's; else the report says so.
  [[nodiscard]] virtual bool cuts_tested() const { return false; }
};

/// Called once for each finished prompt, in any order; `index` is into the span given to generate.
using OnDone = std::function<void(std::size_t index, core::Generation generation)>;

/// An answer to be ranked by its log-likelihood after the prompt.
struct Choice {
  std::string form;    ///< label, letter or text
  std::string answer;  ///< what it means: "neutral", "B"
  std::string text;    ///< what the model would say
};

/// One prompt with what a non-LLM back end may look at. LLM back ends see `prompt` only.
struct Request {
  const core::Prompt* prompt = nullptr;
  const core::Sample* sample =
      nullptr;                   ///< fields for baselines; targets are never read by a Model
  core::Decoding decoding = {};  ///< max_tokens resolved, seed derived per sample
  std::string_view task = {};    ///< task name, for baselines and replay; outlives the call
  std::span<const Choice> choices = {};  ///< to be ranked beside the answer (llama, http)
};

class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual const core::ModelInfo& info() const = 0;
  /// The model's tokenizer; null when it has none (baselines), see open_token_counter for
  /// stand-ins.
  virtual TokenCounter* tokens() = 0;
  /// Tokens of a whole chat prompt under the template (dry runs, overflow). nullopt: unknown.
  virtual Result<std::optional<int>> prompt_tokens(const core::Prompt& prompt) = 0;
  /// Answers all requests, each exactly once unless stopped. A failed sample is a Generation with
  /// `error`. Error: the back end itself is gone; what was reported before stays valid.
  virtual Status generate(std::span<const Request> requests, const OnDone& on_done,
                          std::stop_token stop) = 0;
  /// Called from on_done: no further request is taken, those in flight are answered and reported,
  /// then generate() returns. False: this back end has to be stopped instead.
  virtual bool wind_down() { return false; }
  /// Since the model was opened.
  [[nodiscard]] virtual EngineStats stats() const { return {}; }
  /// What left this process so far, by host and address; empty for back ends without a network.
  [[nodiscard]] virtual std::vector<Traffic> traffic() const { return {}; }
};

/// Knobs of every back end; each reads its own part.
struct ModelOptions {
  std::string chat_template;     ///< "": the model's own; "plain"; a name; a file
  int max_context = 0;           ///< 0: the model's own
  int threads = 0;               ///< 0: one per core
  int gpu_layers = -1;           ///< -1: all that fit
  std::string engine = "exact";  ///< exact | fast
  std::size_t kv_memory = 0;     ///< bytes for the KV cache; 0: a sane default
  std::string flash_attention;   ///< "": off in exact; auto in fast, but off for small ones on a CPU
  std::string kv_type;           ///< f16 | f32 | q8_0
  int concurrency = 0;           ///< http: requests in flight; 0: adaptive
  double request_timeout = 600;  ///< seconds
  int max_retries = 5;
  double retry_wait = 0.5;  ///< seconds before the first retry; doubles, with jitter, at most 30
  std::string api_key;      ///< from the environment, read by the CLI
  std::string tokenizer;    ///< vocabulary-only GGUF for servers without a tokenize endpoint
  std::uint64_t seed = 1;
  bool guarded = false;                    ///< the text is credentialed or private
  bool local_only = false;                 ///< egress guard: refuse any host that is not loopback
  std::vector<std::string> allowed_hosts;  ///< but these, over TLS (the administrator's hosts.yaml)
  std::map<std::string, std::string>
      environment;  ///< HF_ENDPOINT, HF_TOKEN, HF_HOME, ... as the CLI read them
  /// Downloads: bytes done and in all (0: unknown). May be empty.
  std::function<void(const std::string& file, std::uint64_t done, std::uint64_t total)> download;
  std::stop_token stop;  ///< ends opening (downloads, hashing, loading) and counting by a server
};

/// Opens a model by its spec (design, section 4). Error: names the spec, what was tried, the
/// remedy.
[[nodiscard]] Result<std::unique_ptr<Model>> open_model(const std::string& spec,
                                                        const ModelOptions& options);

}  // namespace clue::models
