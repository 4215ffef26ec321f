// Inside of the llama back end: jobs (token sequences with a limit) run on one libllama context.
// run_exact: one sequence at a time, prefixes kept; a job's output is bit-identical to running it
// alone. run_fast: many sequences at once. llama_model.cc makes the jobs and owns the engine.
// One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/answer_stream.h"
#include "models/llama_runtime.h"
#include "models/sampler.h"

namespace clue::models {

/// One sequence to be continued, or scored when `score_from` is set.
struct Job {
  std::size_t id = 0;  ///< the caller's
  Tokens tokens;
  std::vector<std::string> stop;
  bool in_reasoning = false;
  core::Decoding decoding;     ///< max_tokens > 0
  std::size_t score_from = 0;  ///< > 0: sum the log-probabilities of tokens from here on
};

struct JobResult {
  core::Generation generation;
  double log_likelihood = 0;  ///< of a scored job
};

using FinishJob = std::function<void(const Job& job, JobResult result)>;

struct EngineOptions {
  int context_limit = 0;  ///< tokens of prompt and answer together, > 0
  int context_least = 0;  ///< never allocate less (models whose rope depends on it)
  int threads = 0;
  std::size_t kv_memory = 0;       ///< bytes; 0: a share of the GPU's, else at most 2 GiB (fast)
  std::size_t kv_token_bytes = 0;  ///< of one token in the KV cache
  std::size_t weight_bytes = 0;
  std::int64_t parameters = 0;          ///< what computing a token costs, beside copying its cells
  std::string flash_attention = "off";  ///< of exact passes: off | on | auto
  std::string fast_flash_attention = "off";  ///< of fast passes
  std::string kv_type = "f16";
  bool gpu = false;   ///< layers are on a GPU: results depend on a call's rows, time hardly does
  bool fast = false;  ///< made for run_fast
};

/// An answer being made: logits in, tokens out, until it is complete.
class Answering {
 public:
  Answering(const Job& job, const Vocabulary& vocabulary);
  /// The next token to feed, or nullopt: the answer is complete.
  [[nodiscard]] std::optional<std::int32_t> next(std::span<const float> logits, int room);
  void finish(core::Generation& out) const;

 private:
  const Job& job_;
  Vocabulary vocabulary_;
  Sampler sampler_;
  AnswerStream stream_;
  core::StopReason stop_ = core::StopReason::length;
  bool context_full_ = false;
  int tokens_ = 0;
  int reasoning_tokens_ = 0;
};

/// One row of a call of the library.
struct Row {
  std::int32_t token = 0;
  std::size_t position = 0;
  std::int32_t sequence = 0;
  bool output = false;  ///< its logits are wanted
};

class Engine {
 public:
  Engine(llama_model* model, const EngineOptions& options);
  ~Engine();

  /// Jobs finish in any order, each once. Error: cancelled, or the library failed again and again.
  [[nodiscard]] Status run_exact(std::span<const Job> jobs, const FinishJob& finish,
                                 std::stop_token stop);
  [[nodiscard]] Status run_fast(std::span<const Job> jobs, const FinishJob& finish,
                                std::stop_token stop);
  /// From inside `finish`: no further job is begun, the run ends when those in the streams are
  /// done.
  void wind_down() { winding_down_ = true; }
  [[nodiscard]] const EngineStats& stats() const { return stats_; }
  [[nodiscard]] std::map<std::string, std::string> facts() const;

 private:
  struct Batch;
  struct FastPass;
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] Status need_context(std::size_t tokens_each, std::size_t streams,
                                    const std::string& flash_attention);
  [[nodiscard]] Result<JobResult> run_one(const Job& job);
  [[nodiscard]] Result<std::size_t> prefill(const Job& job, JobResult& result);
  [[nodiscard]] Status compute(std::span<const Row> rows);
  [[nodiscard]] std::span<const float> logits(std::size_t row) const;
  [[nodiscard]] std::size_t needed_tokens(const Job& job) const;
  [[nodiscard]] std::size_t room_for(std::size_t tokens) const;
  [[nodiscard]] std::size_t piece_length(std::size_t at, std::size_t end) const;
  [[nodiscard]] std::size_t choose_streams(std::size_t tokens_each, std::size_t jobs) const;
  void forget();

  llama_model* model_;
  Vocabulary vocabulary_;
  EngineOptions options_;
  std::size_t chunk_;  ///< rows that libllama computes in one go (n_batch = n_ubatch)
  ContextHandle context_;
  std::size_t context_tokens_ = 0;  ///< room of each sequence
  std::size_t context_streams_ = 0;
  std::string context_flash_attention_;
  std::unique_ptr<Batch> batch_;
  Tokens kept_;  ///< prompt tokens whose cells are in the cache (exact)
  std::stop_token stop_;
  bool winding_down_ = false;
  EngineStats stats_;
};

/// Length of the next piece of a prompt of which `left` tokens are missing, at most `most`: never
/// one that leaves a single row for the end.
[[nodiscard]] std::size_t chunk_length(std::size_t left, std::size_t most);

}  // namespace clue::models
