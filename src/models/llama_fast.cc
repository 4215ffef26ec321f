// The fast mode: several sequences (streams) of one context. Each stream walks its own stretch of
// the trie (stream_plan.h); what its next prompt shares with the one before stays in its cells,
// what it shares with another stream is copied. A free stream's prompt is computed at once, then
// all streams take one decode step together ("continuous batching"), so the steps stay full until
// the last prompts.
//
// The library splits a batch into parts whose streams are neighbours with equally many rows. Hence:
// a step covers every stream between the first and the last busy one (idle ones get a row that
// nobody reads), and no part has a single row, whose kernel differs in the last bits (see
// llama_engine.cc): with flash attention off the company an answer has then changes only K-quants.
#include <llama.h>

#include <algorithm>

#include "models/llama_engine.h"
#include "models/stream_plan.h"

namespace clue::models {
namespace {

constexpr std::size_t kMostStreams = 32;
constexpr std::size_t kDefaultKvMemory = std::size_t{2} << 30;

/// A copy moves all cells of a stream. Computing a token costs about two operations for each
/// parameter; a core does some ten of them while it copies a byte.
std::size_t copy_gain(std::size_t stream_bytes, std::int64_t parameters) {
  const std::size_t tokens =
      stream_bytes * 5 / static_cast<std::size_t>(std::max<std::int64_t>(1, parameters));
  return std::clamp<std::size_t>(tokens, 8, 128);
}

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

struct Engine::FastPass {
  struct Stream {
    Tokens have;               ///< prompt tokens whose cells this stream holds
    const Job* job = nullptr;  ///< null: idle
    std::optional<Answering> answering;
    std::int32_t token = 0;    ///< to feed next
    std::size_t position = 0;  ///< where it goes
    JobResult result;
    Clock::time_point begin;
  };
  struct Served {
    std::size_t stream = 0, row = 0;
  };

  Engine& engine;
  const FinishJob& finish;
  StreamPlan plan;
  std::vector<Stream> streams;
  std::size_t gain = 0;  ///< a copy must save more tokens than this
  std::vector<Row> rows = {};
  std::vector<Served> served = {};  ///< answers that get a token from these rows

  [[nodiscard]] std::size_t busy() const {
    return static_cast<std::size_t>(std::count_if(
        streams.begin(), streams.end(), [](const Stream& s) { return s.job != nullptr; }));
  }

  void add_decode_row(std::size_t s) {
    served.push_back({s, rows.size()});
    rows.push_back({streams[s].token, streams[s].position++, static_cast<std::int32_t>(s), true});
  }

  /// Gives logits to the stream's answer; a complete answer frees the stream.
  void advance(const Served& one) {
    Stream& stream = streams[one.stream];
    const int room = static_cast<int>(engine.context_tokens_) - static_cast<int>(stream.position);
    const std::optional<std::int32_t> token = stream.answering->next(engine.logits(one.row), room);
    if (token) {
      stream.token = *token;
      return;
    }
    core::Generation& out = stream.result.generation;
    stream.answering->finish(out);
    out.seconds = since(stream.begin);
    engine.stats_.output_tokens += out.output_tokens;
    const Job& job = *stream.job;
    stream.job = nullptr;
    finish(job, std::move(stream.result));
  }

  /// Makes the stream's cells begin with as much of the prompt as any stream has; returns how much.
  std::size_t place(std::size_t s, const Tokens& tokens) {
    llama_memory_t memory = llama_get_memory(engine.context_.get());
    const auto id = static_cast<llama_seq_id>(s);
    std::size_t reuse = common_prefix(streams[s].have, tokens);
    std::size_t source = s, there = reuse;
    for (std::size_t other = 0; other < streams.size(); ++other) {
      const std::size_t shared = common_prefix(streams[other].have, tokens);
      if (shared > there) {
        there = shared;
        source = other;
      }
    }
    if (there > reuse + gain) {
      llama_memory_seq_cp(memory, static_cast<llama_seq_id>(source), id, -1, -1);
      reuse = there;
    }
    reuse = std::min(reuse, tokens.size() - std::min<std::size_t>(2, tokens.size()));
    streams[s].have.clear();
    if (llama_memory_seq_rm(memory, id, static_cast<llama_pos>(reuse), -1)) return reuse;
    llama_memory_seq_rm(memory, id, -1, -1);
    return 0;
  }

  /// Computes a prompt from `at` on in an idle stream; the others wait. Letting their steps ride
  /// along would save nothing, since the library computes them as a part of their own, and would
  /// leave this stream's place in them empty.
  Status prefill(std::size_t s, const Tokens& tokens, std::size_t at) {
    while (at < tokens.size()) {
      if (engine.stop_.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
      const std::size_t end = at + chunk_length(tokens.size() - at);
      rows.clear();
      for (; at < end; ++at) {
        rows.push_back({tokens[at], at, static_cast<std::int32_t>(s), at + 1 == tokens.size()});
      }
      CLUE_OK(engine.compute(rows));
    }
    return {};
  }

  /// Computes a prompt in an idle stream and draws its first token.
  Status admit(std::size_t s, const Job& job) {
    const auto begin = Clock::now();
    const std::size_t reuse = place(s, job.tokens);
    CLUE_OK(prefill(s, job.tokens, reuse));
    Stream& stream = streams[s];
    if (job.tokens.size() > 1) stream.have = job.tokens;
    stream.job = &job;
    stream.begin = begin;
    stream.position = job.tokens.size();
    stream.result = {};
    stream.result.generation.reused_tokens = static_cast<int>(reuse);
    stream.answering.emplace(job, engine.vocabulary_);
    EngineStats& stats = engine.stats_;
    stats.prompt_tokens += static_cast<std::int64_t>(job.tokens.size());
    stats.reused_tokens += static_cast<std::int64_t>(reuse);
    stats.computed_tokens += static_cast<std::int64_t>(job.tokens.size() - reuse);
    stats.prefill_seconds += since(begin);
    advance({s, rows.size() - 1});
    return {};
  }

  /// One token for every busy stream; idle ones between them, or beside a lone one, get a row.
  Status step() {
    const auto begin = Clock::now();
    std::size_t first = streams.size(), last = 0;
    for (std::size_t s = 0; s < streams.size(); ++s) {
      if (streams[s].job == nullptr) continue;
      first = std::min(first, s);
      last = s;
    }
    if (first == last) (first > 0 ? first : last) = first > 0 ? first - 1 : last + 1;
    rows.clear();
    served.clear();
    for (std::size_t s = first; s <= last; ++s) {
      if (streams[s].job != nullptr) {
        add_decode_row(s);
        continue;
      }
      llama_memory_seq_rm(llama_get_memory(engine.context_.get()), static_cast<llama_seq_id>(s), -1,
                          -1);
      streams[s].have.clear();
      rows.push_back({0, 0, static_cast<std::int32_t>(s), false});
    }
    CLUE_OK(engine.compute(rows));
    EngineStats& stats = engine.stats_;
    ++stats.decode_steps;
    if (!plan.empty()) {  // not the tail
      stats.decode_rows += static_cast<std::int64_t>(served.size());
      stats.decode_places += static_cast<std::int64_t>(streams.size());
    }
    for (const Served& one : served) advance(one);
    stats.decode_seconds += since(begin);
    return {};
  }

  /// After a failed call all cells are gone: what was being answered has failed.
  void fail_all(const Job* admitted, const Error& error) {
    JobResult failed;
    failed.generation.stop = core::StopReason::error;
    failed.generation.error = error.message;
    if (admitted != nullptr) finish(*admitted, failed);
    for (Stream& stream : streams) {
      stream.have.clear();
      if (const Job* job = std::exchange(stream.job, nullptr)) finish(*job, failed);
    }
  }

  /// Prompts into idle streams, then one step, until nothing is left.
  Status run(std::span<const Job> jobs) {
    constexpr int kFailuresInARow = 5;
    int failures = 0;
    const auto failed = [&](const Job* admitted, const Error& error) -> Status {
      if (error.code == ErrorCode::cancelled || ++failures == kFailuresInARow) return error;
      fail_all(admitted, error);
      return {};
    };
    while (true) {
      // An answer may be complete with its first token: round and round until all are busy.
      for (std::size_t s = 0; !engine.winding_down_ && !plan.empty() && busy() < streams.size();
           s = (s + 1) % streams.size()) {
        if (streams[s].job != nullptr) continue;
        if (engine.stop_.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
        const Job& job = jobs[*plan.next(s)];
        if (const Status done = admit(s, job); !done) CLUE_OK(failed(&job, done.error()));
      }
      if (engine.stop_.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
      if (busy() == 0) return {};
      if (const Status done = step(); done) {
        failures = 0;
      } else {
        CLUE_OK(failed(nullptr, done.error()));
      }
    }
  }
};

std::size_t Engine::choose_streams(std::size_t tokens_each, std::size_t jobs) const {
  const std::size_t budget = options_.kv_memory > 0 ? options_.kv_memory : kDefaultKvMemory;
  const std::size_t each =
      std::max<std::size_t>(1, (room_for(tokens_each) + 255) / 256 * 256 * options_.kv_token_bytes);
  // A step reads the weights once and every stream's cells: beyond a few times the weights' size
  // more streams save nothing and drive the cells out of the processor's caches.
  const std::size_t worth = std::max<std::size_t>(4, 4 * options_.weight_bytes / each);
  return std::max<std::size_t>(1, std::min({kMostStreams, jobs, budget / each, worth}));
}

Status Engine::run_fast(std::span<const Job> jobs, const FinishJob& finish, std::stop_token stop) {
  std::vector<Tokens> prompts;
  std::size_t most = 2;
  for (const Job& job : jobs) {
    prompts.push_back(job.tokens);
    most = std::max(most, needed_tokens(job));
  }
  const std::size_t streams = choose_streams(most, jobs.size());
  if (streams < 2 || llama_model_is_recurrent(model_) || llama_model_is_hybrid(model_)) {
    return run_exact(jobs, finish, std::move(stop));
  }
  stop_ = std::move(stop);
  winding_down_ = false;
  CLUE_OK(need_context(most, streams));
  forget();
  stats_.trie_lower_bound += trie_size(prompts);
  stats_.streams = std::max(stats_.streams, static_cast<std::int64_t>(streams));
  FastPass pass{*this, finish, StreamPlan(prompts, streams), std::vector<FastPass::Stream>(streams),
                copy_gain(context_tokens_ * options_.kv_token_bytes, options_.parameters)};
  return pass.run(jobs);
}

}  // namespace clue::models
