// The context and the exact mode. Why it is exact (measured): with flash attention off, one
// sequence at a time and chunks of two rows or more, a row's result depends on its own prefix only;
// a chunk of a single row takes another kernel (matrix times vector) and differs in the last bits.
// So prefill never computes a single row unless the whole prompt is one token, and only rows that a
// prefill computed are kept for the next prompt.
// On a GPU a result depends on the number of rows of its call as well: there prompts are cut where
// they would be cut alone, and reused up to such a place (prompt_cuts.h).
#include "models/llama_engine.h"

#include <ggml.h>
#include <llama.h>

#include <algorithm>
#include <thread>

#include "models/prompt_cuts.h"

namespace clue::models {
namespace {

/// Scores of a call's rows against all cells then stay in the processor's caches.
constexpr std::size_t kCpuChunk = 128;
/// More prompts in one call, for cards with room for its results (logits of 2,048 rows and 128,000
/// words: 1 GB).
constexpr std::size_t kLargeGpuChunk = 2048;
constexpr std::size_t kLargeGpu = std::size_t{24} << 30;

std::size_t choose_chunk(const EngineOptions& options) {
  if (!options.gpu) return kCpuChunk;
  return options.fast && free_gpu_memory() >= kLargeGpu ? kLargeGpuChunk : kMostCutRows;
}

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

ggml_type cache_type(const std::string& name) {
  if (name == "f32") return GGML_TYPE_F32;
  if (name == "q8_0") return GGML_TYPE_Q8_0;
  return GGML_TYPE_F16;
}

bool stop_requested(void* token) { return static_cast<std::stop_token*>(token)->stop_requested(); }

Error cancelled() { return {ErrorCode::cancelled, "stopped"}; }

}  // namespace

Answering::Answering(const Job& job, const Vocabulary& vocabulary)
    : job_(job),
      vocabulary_(vocabulary),
      sampler_(job.decoding),
      stream_(job.stop, job.in_reasoning) {}

std::optional<std::int32_t> Answering::next(std::span<const float> logits, int room) {
  const int token = sampler_.choose(logits);
  ++tokens_;
  if (vocabulary_.ends_turn(token)) {
    stop_ = core::StopReason::end_of_turn;
    return std::nullopt;
  }
  const bool thinking = stream_.in_reasoning();
  stream_.add(vocabulary_.piece(token, /*special=*/false));
  if (stream_.stopped()) {
    stop_ = core::StopReason::stop_string;
    return std::nullopt;
  }
  if (thinking && reasoning_tokens_ < job_.decoding.max_reasoning_tokens) ++reasoning_tokens_;
  if (tokens_ - reasoning_tokens_ >= job_.decoding.max_tokens) return std::nullopt;
  context_full_ = room <= 0;
  if (context_full_) return std::nullopt;
  return token;
}

void Answering::finish(core::Generation& out) const {
  stream_.finish(out);
  out.stop = stop_;
  out.output_tokens = tokens_;
  out.prompt_tokens = static_cast<int>(job_.tokens.size());
  if (context_full_) out.extra["context_full"] = "the answer was cut because the context was full";
}

/// The library's form of rows, allocated once.
struct Engine::Batch {
  llama_batch rows;
  explicit Batch(std::size_t most)
      : rows(llama_batch_init(static_cast<std::int32_t>(most), 0, 1)) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch() { llama_batch_free(rows); }
};

Engine::Engine(llama_model* model, const EngineOptions& options)
    : model_(model),
      vocabulary_(llama_model_get_vocab(model)),
      options_(options),
      chunk_(choose_chunk(options)),
      batch_(std::make_unique<Batch>(chunk_)) {
  if (options_.threads <= 0) {
    options_.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
}

Engine::~Engine() = default;

std::map<std::string, std::string> Engine::facts() const {
  return {
      {"threads", std::to_string(options_.threads)},
      {"n_ubatch", std::to_string(chunk_)},
      {"flash_attention", options_.fast ? options_.fast_flash_attention : options_.flash_attention},
      {"kv_type", options_.kv_type},
      {"kv_token_bytes", std::to_string(options_.kv_token_bytes)}};
}

void Engine::forget() {
  kept_.clear();
  if (context_) llama_memory_clear(llama_get_memory(context_.get()), true);
}

/// Cells that a sequence of so many tokens gets.
std::size_t Engine::room_for(std::size_t tokens) const {
  tokens = std::max(tokens, static_cast<std::size_t>(options_.context_least));
  return std::min(round_up(tokens, 256), static_cast<std::size_t>(options_.context_limit));
}

/// Makes the context large enough; grows in steps so that a pass makes it once.
Status Engine::need_context(std::size_t tokens_each, std::size_t streams,
                            const std::string& flash_attention) {
  const std::size_t tokens = room_for(tokens_each);
  if (context_ && context_tokens_ >= tokens && context_streams_ == streams &&
      context_flash_attention_ == flash_attention) {
    return {};
  }
  context_.reset();
  kept_.clear();
  const std::size_t bytes = round_up(tokens, 256) * streams * options_.kv_token_bytes;
  if (options_.kv_memory > 0 && bytes > options_.kv_memory) {
    return Error{ErrorCode::invalid_argument,
                 "the KV cache for a prompt and answer of " + std::to_string(tokens) +
                     " tokens needs " + std::to_string((bytes >> 20) + 1) + " MiB, more than the " +
                     std::to_string(options_.kv_memory >> 20) +
                     " MiB of --kv-memory; allow more, or lower --max-context"};
  }
  llama_context_params params = llama_context_default_params();
  params.n_ctx = static_cast<std::uint32_t>(round_up(tokens, 256) * streams);
  params.n_seq_max = static_cast<std::uint32_t>(streams);
  params.n_batch = params.n_ubatch = static_cast<std::uint32_t>(chunk_);
  params.n_threads = params.n_threads_batch = options_.threads;
  params.kv_unified = false;
  params.swa_full = true;  // a window that forgot its past could not be kept for the next prompt
  params.flash_attn_type = flash_attention == "on"     ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                           : flash_attention == "auto" ? LLAMA_FLASH_ATTN_TYPE_AUTO
                                                       : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.type_k = params.type_v = cache_type(options_.kv_type);
  params.no_perf = true;
  params.abort_callback = stop_requested;
  params.abort_callback_data = &stop_;
  static_cast<void>(take_llama_log());
  context_.reset(llama_init_from_model(model_, params));
  if (!context_) {
    return Error{ErrorCode::internal, "libllama cannot make a context of " +
                                          std::to_string(streams) + " x " + std::to_string(tokens) +
                                          " tokens (" + std::to_string(bytes >> 20) +
                                          " MiB; memory?): " + take_llama_log() +
                                          "; try a smaller --max-context or --kv-memory"};
  }
  context_tokens_ = tokens;
  context_streams_ = streams;
  context_flash_attention_ = flash_attention;
  return {};
}

/// Room for prompt and answer; both were checked against the limit or stop at it.
std::size_t Engine::needed_tokens(const Job& job) const {
  return std::min(job.tokens.size() + static_cast<std::size_t>(job.decoding.max_tokens +
                                                               job.decoding.max_reasoning_tokens),
                  static_cast<std::size_t>(options_.context_limit));
}

/// One call of the library. After a failed one the cache is in doubt: emptied.
Status Engine::compute(std::span<const Row> rows) {
  CLUE_CHECK(rows.size() <= chunk_);
  llama_batch& batch = batch_->rows;
  batch.n_tokens = static_cast<std::int32_t>(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    batch.token[i] = rows[i].token;
    batch.pos[i] = static_cast<llama_pos>(rows[i].position);
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = rows[i].sequence;
    batch.logits[i] = rows[i].output ? 1 : 0;
  }
  const std::int32_t code = llama_decode(context_.get(), batch);
  if (code == 0) return {};
  forget();
  if (stop_.stop_requested()) return cancelled();
  return Error{ErrorCode::internal,
               "llama_decode failed with " + std::to_string(code) + ": " + take_llama_log()};
}

std::span<const float> Engine::logits(std::size_t row) const {
  return {llama_get_logits_ith(context_.get(), static_cast<std::int32_t>(row)),
          static_cast<std::size_t>(vocabulary_.size())};
}

/// Rows of the next call for a prompt of which [at, end) is missing, in an exact pass: never one
/// that leaves a single row for the last call, unless on a GPU.
std::size_t Engine::piece_length(std::size_t at, std::size_t end) const {
  if (options_.gpu) return next_cut(at, end) - at;
  return chunk_length(end - at, chunk_);
}

std::size_t chunk_length(std::size_t left, std::size_t most) {
  const std::size_t rows = std::min(left, most);
  return left - rows == 1 && rows > 2 ? rows - 1 : rows;
}

/// Computes what the cache does not hold yet; returns the row of the last token's logits within the
/// last call. A scored job adds up its log-probabilities on the way.
Result<std::size_t> Engine::prefill(const Job& job, JobResult& result) {
  const Tokens& tokens = job.tokens;
  const std::size_t scored = job.score_from > 0 ? job.score_from - 1 : tokens.size() - 1;
  std::size_t reuse = std::min(common_prefix(kept_, tokens), std::min(scored, tokens.size() - 1));
  if (options_.gpu) {
    reuse = cut_in_common(reuse, kept_.size(), tokens.size());
  } else if (reuse > 0 && tokens.size() - reuse < 2) {
    --reuse;  // never a single row
  }
  llama_memory_t memory = llama_get_memory(context_.get());
  if (reuse == 0 || !llama_memory_seq_rm(memory, 0, static_cast<llama_pos>(reuse), -1)) {
    forget();  // recurrent models cannot go back: compute all
    reuse = 0;
  }
  result.generation.reused_tokens = static_cast<int>(reuse);
  std::vector<Row> rows;
  for (std::size_t at = reuse; at < tokens.size(); at += rows.size()) {
    rows.clear();
    const std::size_t end = at + piece_length(at, tokens.size());
    for (std::size_t i = at; i < end; ++i) rows.push_back({tokens[i], i, 0, i >= scored});
    CLUE_OK(compute(rows));
    for (std::size_t i = std::max(at, scored); job.score_from > 0 && i < end; ++i) {
      if (i + 1 == tokens.size()) break;
      result.log_likelihood += log_probability(logits(i - at), tokens[i + 1]);
    }
  }
  kept_ = tokens.size() > 1 ? tokens : Tokens();
  stats_.prompt_tokens += static_cast<std::int64_t>(tokens.size());
  stats_.reused_tokens += static_cast<std::int64_t>(reuse);
  stats_.computed_tokens += static_cast<std::int64_t>(tokens.size() - reuse);
  return rows.size() - 1;
}

Result<JobResult> Engine::run_one(const Job& job) {
  const auto begin = Clock::now();
  JobResult result;
  CLUE_TRY(std::size_t row, prefill(job, result));
  stats_.prefill_seconds += since(begin);
  if (job.score_from > 0) {
    result.generation.prompt_tokens = static_cast<int>(job.tokens.size());
    result.generation.seconds = since(begin);
    return result;
  }
  const auto decoding = Clock::now();
  Answering answering(job, vocabulary_);
  for (std::size_t position = job.tokens.size();; ++position) {
    if (stop_.stop_requested()) return cancelled();
    const int room = static_cast<int>(context_tokens_) - static_cast<int>(position);
    const std::optional<std::int32_t> token = answering.next(logits(row), room);
    if (!token) break;
    const Row next{*token, position, 0, true};
    CLUE_OK(compute({&next, 1}));
    ++stats_.decode_steps;
    row = 0;
  }
  answering.finish(result.generation);
  stats_.output_tokens += result.generation.output_tokens;
  stats_.decode_seconds += since(decoding);
  result.generation.seconds = since(begin);
  return result;
}

Status Engine::run_exact(std::span<const Job> jobs, const FinishJob& finish, std::stop_token stop) {
  stop_ = std::move(stop);
  winding_down_ = false;
  std::vector<Tokens> prompts;
  std::size_t most = 2;
  for (const Job& job : jobs) {
    prompts.push_back(job.tokens);
    most = std::max(most, needed_tokens(job));
  }
  CLUE_OK(need_context(most, 1, options_.flash_attention));
  stats_.streams = std::max<std::int64_t>(stats_.streams, 1);
  stats_.trie_lower_bound += trie_size(prompts);
  constexpr int kFailuresInARow = 5;
  int failures = 0;
  for (const std::size_t i : trie_order(prompts)) {
    if (stop_.stop_requested()) return cancelled();
    if (winding_down_) break;
    Result<JobResult> result = run_one(jobs[i]);
    if (result) {
      failures = 0;
      finish(jobs[i], std::move(result).value());
      continue;
    }
    if (result.error().code == ErrorCode::cancelled) return result.error();
    if (++failures == kFailuresInARow) return result.error();
    JobResult failed;
    failed.generation.stop = core::StopReason::error;
    failed.generation.error = result.error().message;
    finish(jobs[i], std::move(failed));
  }
  return {};
}

}  // namespace clue::models
