// The fast mode: several sequences (streams) of one context. Each stream walks its own stretch of
// the trie (stream_plan.h); what its next prompt shares with the one before stays in its cells,
// what it shares with another stream is copied. A free stream's prompt is computed at once, then
// all streams take one decode step together ("continuous batching"), so the steps stay full until
// the last prompts. On a GPU the prompts of neighbouring idle streams are computed together: it
// needs about the same time for one as for several. A processor core is busy with one already, and
// would compute the padding for nothing (measured).
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
constexpr std::size_t kMostGpuStreams = 128;
constexpr std::size_t kDefaultKvMemory = std::size_t{2} << 30;

/// Three quarters of what the GPUs have free: the rest is for the results of their operations and
/// for the check in exact mode.
std::size_t gpu_budget() { return free_gpu_memory() / 4 * 3; }

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
  /// A prompt and the idle stream that takes it.
  struct Admitted {
    std::size_t stream = 0;
    const Job* job = nullptr;
    std::size_t reuse = 0;
    Clock::time_point begin = {};
    [[nodiscard]] std::size_t tail() const { return job->tokens.size() - reuse; }
  };

  Engine& engine;
  const FinishJob& finish;
  StreamPlan plan;
  std::vector<Stream> streams;
  std::size_t gain = 0;  ///< a copy must save more tokens than this
  std::vector<Row> rows = {};
  std::vector<Served> served = {};    ///< answers that get a token from these rows
  std::vector<Admitted> group = {};   ///< prompts that are computed together
  std::optional<Admitted> held = {};  ///< taken from the plan, but not for the last group

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

  struct Source {
    std::size_t stream = 0, shared = 0;
  };
  /// The stream whose cells begin with most of the prompt; `s` itself if no other gains enough.
  [[nodiscard]] Source source_of(std::size_t s, const Tokens& tokens) const {
    const std::size_t own = common_prefix(streams[s].have, tokens);
    Source best{s, own};
    for (std::size_t other = 0; other < streams.size(); ++other) {
      const std::size_t shared = common_prefix(streams[other].have, tokens);
      if (shared > best.shared) best = {other, shared};
    }
    return best.shared > own + gain ? best : Source{s, own};
  }

  /// Of what is shared, what is reused: two rows at least are computed.
  [[nodiscard]] static std::size_t reusable(const Source& source, const Tokens& tokens) {
    return std::min(source.shared, tokens.size() - std::min<std::size_t>(2, tokens.size()));
  }

  /// Makes the stream's cells begin with what the source has of the prompt; returns how much, which
  /// is reusable() unless the model's memory cannot go back.
  std::size_t place(std::size_t s, const Source& source, const Tokens& tokens) {
    llama_memory_t memory = llama_get_memory(engine.context_.get());
    const auto id = static_cast<llama_seq_id>(s);
    if (source.stream != s) {
      llama_memory_seq_cp(memory, static_cast<llama_seq_id>(source.stream), id, -1, -1);
    }
    const std::size_t reuse = reusable(source, tokens);
    streams[s].have.clear();
    if (llama_memory_seq_rm(memory, id, static_cast<llama_pos>(reuse), -1)) return reuse;
    llama_memory_seq_rm(memory, id, -1, -1);
    return 0;
  }

  /// May the next stream's prompt be computed in one call with the group? All of a call get equally
  /// many rows, or the library cuts it into parts; so shorter ones are padded, which must cost
  /// little.
  [[nodiscard]] bool joins(const Admitted& next, const Source& source) const {
    std::size_t farthest = reusable(source, next.job->tokens);
    std::size_t most = next.job->tokens.size() - farthest, sum = most;
    for (const Admitted& one : group) {
      // Shares more with one of the group than with any stream: wait until that is computed.
      if (common_prefix(one.job->tokens, next.job->tokens) > source.shared + gain) return false;
      most = std::max(most, one.tail());
      sum += one.tail();
      farthest = std::max(farthest, one.reuse);
    }
    const std::size_t count = group.size() + 1;
    return most >= 2 && count * most <= engine.chunk_ &&
           farthest + most <= engine.context_tokens_ && count * most - sum <= sum;
  }

  /// Takes a prompt for an idle stream, the first from `from` on (round the end); on a GPU also for
  /// its idle neighbours.
  void gather(std::span<const Job> jobs, std::size_t from) {
    group.clear();
    const auto begin = Clock::now();
    const auto take = [&](std::size_t s) {
      const Admitted next =
          held ? *std::exchange(held, std::nullopt) : Admitted{s, &jobs[*plan.next(s)]};
      const Source source = source_of(next.stream, next.job->tokens);
      if (!group.empty() && !joins(next, source)) {
        held = next;
        return false;
      }
      const std::size_t reuse = place(next.stream, source, next.job->tokens);
      if (!group.empty() && reuse < reusable(source, next.job->tokens)) {
        held = next;  // longer than thought: on its own
        return false;
      }
      group.push_back({next.stream, next.job, reuse, begin});
      return true;
    };
    if (held) from = held->stream;
    while (streams[from].job != nullptr) from = (from + 1) % streams.size();
    for (std::size_t s = from; s < streams.size() && streams[s].job == nullptr; ++s) {
      if ((plan.empty() && !held) || !take(s) || !engine.options_.gpu) return;
    }
  }

  /// Computes the prompts of the group; the others wait. Letting their steps ride along would save
  /// nothing, since the library computes them as a part of their own, and would leave the streams'
  /// places in them empty. Afterwards served holds the rows of the last tokens.
  Status prefill() {
    std::size_t width = 0;
    for (const Admitted& one : group) width = std::max(width, one.tail());
    served.clear();
    if (group.size() == 1) {
      const Admitted& one = group.front();
      const Tokens& tokens = one.job->tokens;
      for (std::size_t at = one.reuse; at < tokens.size();) {
        if (engine.stop_.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
        const std::size_t end = at + chunk_length(tokens.size() - at, engine.chunk_);
        rows.clear();
        for (; at < end; ++at) add_prompt_row(one, at);
        CLUE_OK(engine.compute(rows));
      }
      served.push_back({one.stream, rows.size() - 1});
      return {};
    }
    rows.clear();
    for (const Admitted& one : group) {
      served.push_back({one.stream, rows.size() + one.tail() - 1});
      for (std::size_t at = one.reuse; at < one.reuse + width; ++at) add_prompt_row(one, at);
    }
    CLUE_OK(engine.compute(rows));
    for (const Admitted& one : group) {
      if (one.tail() == width) continue;
      engine.stats_.padding_tokens += static_cast<std::int64_t>(width - one.tail());
      llama_memory_seq_rm(llama_get_memory(engine.context_.get()),
                          static_cast<llama_seq_id>(one.stream),
                          static_cast<llama_pos>(one.job->tokens.size()), -1);
    }
    return {};
  }

  /// A token of the prompt, or behind its end one that nobody reads.
  void add_prompt_row(const Admitted& one, std::size_t at) {
    const Tokens& tokens = one.job->tokens;
    rows.push_back({tokens[std::min(at, tokens.size() - 1)], at,
                    static_cast<std::int32_t>(one.stream), at + 1 == tokens.size()});
  }

  /// Computes the group's prompts and draws their first tokens.
  Status admit() {
    const auto begin = Clock::now();
    CLUE_OK(prefill());
    EngineStats& stats = engine.stats_;
    for (const Admitted& one : group) {
      Stream& stream = streams[one.stream];
      const Tokens& tokens = one.job->tokens;
      if (tokens.size() > 1) stream.have = tokens;
      stream.job = one.job;
      stream.begin = one.begin;
      stream.position = tokens.size();
      stream.result = {};
      stream.result.generation.reused_tokens = static_cast<int>(one.reuse);
      stream.answering.emplace(*one.job, engine.vocabulary_);
      stats.prompt_tokens += static_cast<std::int64_t>(tokens.size());
      stats.reused_tokens += static_cast<std::int64_t>(one.reuse);
      stats.computed_tokens += static_cast<std::int64_t>(one.tail());
    }
    stats.prefill_seconds += since(begin);
    group.clear();
    for (const Served& one : served) advance(one);
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
  void fail_all(const Error& error) {
    JobResult failed;
    failed.generation.stop = core::StopReason::error;
    failed.generation.error = error.message;
    for (const Admitted& one : std::exchange(group, {})) finish(*one.job, failed);
    for (Stream& stream : streams) {
      stream.have.clear();
      if (const Job* job = std::exchange(stream.job, nullptr)) finish(*job, failed);
    }
  }

  /// Prompts into idle streams, then one step, until nothing is left.
  Status run(std::span<const Job> jobs) {
    constexpr int kFailuresInARow = 5;
    int failures = 0;
    const auto failed = [&](const Error& error) -> Status {
      if (error.code == ErrorCode::cancelled || ++failures == kFailuresInARow) return error;
      fail_all(error);
      return {};
    };
    std::size_t from = 0;
    while (true) {
      // An answer may be complete with its first token: round and round until all are busy.
      while (!engine.winding_down_ && (held || !plan.empty()) && busy() < streams.size()) {
        if (engine.stop_.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
        gather(jobs, from);
        from = (group.back().stream + 1) % streams.size();
        if (const Status done = admit(); !done) CLUE_OK(failed(done.error()));
      }
      if (engine.stop_.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
      if (busy() == 0) return {};
      if (const Status done = step(); done) {
        failures = 0;
      } else {
        CLUE_OK(failed(done.error()));
      }
    }
  }
};

std::size_t Engine::choose_streams(std::size_t tokens_each, std::size_t jobs) const {
  const std::size_t budget = options_.kv_memory > 0 ? options_.kv_memory
                             : options_.gpu         ? gpu_budget()
                                                    : kDefaultKvMemory;
  const std::size_t each =
      std::max<std::size_t>(1, (room_for(tokens_each) + 255) / 256 * 256 * options_.kv_token_bytes);
  if (options_.gpu) {
    return std::max<std::size_t>(1, std::min({kMostGpuStreams, jobs, budget / each}));
  }
  // A step reads the weights once and every stream's cells: beyond a few times the weights' size
  // more streams save nothing and drive the cells out of the processor's caches. Few prompts more
  // are taken all the same, or they would be answered after the others in nearly empty steps.
  const std::size_t worth = std::max<std::size_t>(4, 5 * options_.weight_bytes / each);
  const std::size_t good = std::min(kMostStreams, worth);
  const std::size_t wanted = jobs <= good + good / 2 ? jobs : good;
  return std::max<std::size_t>(1, std::min(wanted, budget / each));
}

Status Engine::run_fast(std::span<const Job> jobs, const FinishJob& finish, std::stop_token stop) {
  std::vector<Tokens> prompts;
  std::size_t most = 2;
  for (const Job& job : jobs) {
    prompts.push_back(job.tokens);
    most = std::max(most, needed_tokens(job));
  }
  std::size_t streams = choose_streams(most, jobs.size());
  if (streams < 2 || llama_model_is_recurrent(model_) || llama_model_is_hybrid(model_)) {
    return run_exact(jobs, finish, std::move(stop));
  }
  stop_ = std::move(stop);
  winding_down_ = false;
  Status made = need_context(most, streams, options_.fast_flash_attention);
  // What else lies on a GPU is not known before: fewer streams where nobody asked for so many.
  while (!made && options_.gpu && options_.kv_memory == 0 && streams > 2) {
    made = need_context(most, streams /= 2, options_.fast_flash_attention);
  }
  CLUE_OK(made);
  forget();
  stats_.trie_lower_bound += trie_size(prompts);
  stats_.streams = std::max(stats_.streams, static_cast<std::int64_t>(streams));
  FastPass pass{*this, finish, StreamPlan(prompts, streams), std::vector<FastPass::Stream>(streams),
                copy_gain(context_tokens_ * options_.kv_token_bytes, options_.parameters)};
  return pass.run(jobs);
}

}  // namespace clue::models
