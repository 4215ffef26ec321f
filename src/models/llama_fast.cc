// The fast mode: several sequences (streams) of one context. Prompts are taken in trie order and
// prefilled one at a time, so the stretch a prompt shares with an earlier one is copied instead of
// computed; then all streams take one decode step together. New prompts enter as streams come free
// ("continuous batching"), so the steps stay full until the last prompts. No step has a single row
// (see llama_engine.cc): with fixed kernels the batch's composition then changes only K-quants.
#include <llama.h>

#include <algorithm>

#include "models/llama_engine.h"

namespace clue::models {
namespace {

constexpr int kMostStreams = 16;
constexpr std::size_t kDefaultKvMemory = std::size_t{2} << 30;

/// A copy moves a whole stream's cells; below this gain computing is cheaper.
constexpr std::size_t kCopyGain = 32;

struct FreeBatch {
  llama_batch batch;
  ~FreeBatch() { llama_batch_free(batch); }
};

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

struct Engine::FastPass {
  struct Slot {
    Tokens have;               ///< prompt tokens whose cells this stream holds
    const Job* job = nullptr;  ///< null: free
    std::optional<Answering> answering;
    std::int32_t token = 0;    ///< to feed next
    std::size_t position = 0;  ///< where it goes
    JobResult result;
    Clock::time_point begin;
    std::int64_t used = 0;  ///< for least recently used
  };

  Engine& engine;
  const FinishJob& finish;
  std::vector<Slot> slots;
  std::int64_t clock = 0;

  /// Where the prompt's beginning lies: the best free slot to fill, and the best slot to copy from.
  struct Place {
    std::size_t slot = 0, own = 0;
    std::size_t source = 0, there = 0;
  };

  Place find_place(const Tokens& tokens) const {
    Place place;
    bool found = false;
    for (std::size_t s = 0; s < slots.size(); ++s) {
      const std::size_t shared = common_prefix(slots[s].have, tokens);
      if (shared > place.there) {
        place.there = shared;
        place.source = s;
      }
      if (slots[s].job != nullptr) continue;
      const bool better = !found || shared > place.own ||
                          (shared == place.own && slots[s].used < slots[place.slot].used);
      if (better) {
        place.slot = s;
        place.own = shared;
        found = true;
      }
    }
    if (place.there >= place.own + kCopyGain) {  // fill the slot that is longest out of use
      for (std::size_t s = 0; s < slots.size(); ++s) {
        const bool free = slots[s].job == nullptr && s != place.source;
        if (free && (place.slot == place.source || slots[s].used < slots[place.slot].used)) {
          place.slot = s;
        }
      }
    }
    if (place.slot == place.source || place.there < place.own + kCopyGain) place.there = 0;
    if (place.there == 0) place.own = common_prefix(slots[place.slot].have, tokens);
    return place;
  }

  void finish_slot(Slot& slot) {
    core::Generation& out = slot.result.generation;
    slot.answering->finish(out);
    out.seconds = since(slot.begin);
    engine.stats_.output_tokens += out.output_tokens;
    const Job& job = *slot.job;
    slot.job = nullptr;
    slot.used = ++clock;
    JobResult result = std::move(slot.result);
    slot.answering.reset();
    finish(job, std::move(result));
  }

  /// Gives the logits to the slot's answer; a complete answer frees the slot.
  void advance(Slot& slot, std::int32_t row) {
    const float* logits = llama_get_logits_ith(engine.context_.get(), row);
    const auto width = static_cast<std::size_t>(engine.vocabulary_.size());
    const int room = static_cast<int>(engine.context_tokens_) - static_cast<int>(slot.position);
    const std::optional<std::int32_t> token = slot.answering->next({logits, width}, room);
    if (token) {
      slot.token = *token;
    } else {
      finish_slot(slot);
    }
  }

  /// Prefills the prompt into a free slot and draws its first token.
  Status admit(const Job& job) {
    const auto begin = Clock::now();
    const Tokens& tokens = job.tokens;
    const Place place = find_place(tokens);
    Slot& slot = slots[place.slot];
    llama_memory_t memory = llama_get_memory(engine.context_.get());
    const auto id = static_cast<llama_seq_id>(place.slot);
    std::size_t reuse = std::max(place.own, place.there);
    reuse = std::min(reuse, tokens.size() - std::min<std::size_t>(2, tokens.size()));
    if (place.there > 0) {
      llama_memory_seq_cp(memory, static_cast<llama_seq_id>(place.source), id, -1, -1);
    }
    slot.have.clear();
    if (!llama_memory_seq_rm(memory, id, static_cast<llama_pos>(reuse), -1)) {
      llama_memory_seq_rm(memory, id, -1, -1);
      reuse = 0;
    }
    std::size_t rows = 0;
    for (std::size_t at = reuse; at < tokens.size(); at += rows) {
      const std::size_t left = tokens.size() - at;
      rows = std::min(left, kChunk);
      if (left - rows == 1) --rows;
      CLUE_OK(
          engine.decode_rows({tokens.data() + at, rows}, at, rows == left ? rows - 1 : rows, id));
    }
    if (tokens.size() > 1) slot.have = tokens;
    slot.job = &job;
    slot.begin = begin;
    slot.position = tokens.size();
    slot.result = {};
    slot.result.generation.reused_tokens = static_cast<int>(reuse);
    slot.answering.emplace(job, engine.vocabulary_);
    engine.stats_.prompt_tokens += static_cast<std::int64_t>(tokens.size());
    engine.stats_.reused_tokens += static_cast<std::int64_t>(reuse);
    engine.stats_.computed_tokens += static_cast<std::int64_t>(tokens.size() - reuse);
    engine.stats_.prefill_seconds += since(begin);
    advance(slot, static_cast<std::int32_t>(rows - 1));
    return {};
  }

  /// One token for every busy slot; a lone one gets company in a free slot.
  Status step(bool more_waiting) {
    const auto begin = Clock::now();
    FreeBatch rows{llama_batch_init(static_cast<std::int32_t>(slots.size()) + 1, 0, 1)};
    llama_batch& batch = rows.batch;
    std::vector<std::size_t> owner;
    const auto add = [&](std::int32_t token, std::size_t position, std::size_t slot) {
      const std::int32_t i = batch.n_tokens++;
      batch.token[i] = token;
      batch.pos[i] = static_cast<llama_pos>(position);
      batch.n_seq_id[i] = 1;
      batch.seq_id[i][0] = static_cast<llama_seq_id>(slot);
      batch.logits[i] = 1;
      owner.push_back(slot);
    };
    std::size_t free_slot = slots.size();
    for (std::size_t s = 0; s < slots.size(); ++s) {
      if (slots[s].job == nullptr) {
        free_slot = s;
      } else {
        add(slots[s].token, slots[s].position++, s);
      }
    }
    const std::size_t busy = owner.size();
    if (busy == 1 && free_slot < slots.size()) {
      llama_memory_seq_rm(llama_get_memory(engine.context_.get()),
                          static_cast<llama_seq_id>(free_slot), -1, -1);
      slots[free_slot].have.clear();
      add(batch.token[0], 0, free_slot);
    }
    const std::int32_t code = llama_decode(engine.context_.get(), batch);
    if (code != 0) return engine.decode_failed(code);
    if (more_waiting) {
      engine.occupied_steps_ += static_cast<double>(busy);
      engine.possible_steps_ += static_cast<double>(slots.size());
    }
    for (std::size_t i = 0; i < busy; ++i) advance(slots[owner[i]], static_cast<std::int32_t>(i));
    engine.stats_.decode_seconds += since(begin);
    return {};
  }

  [[nodiscard]] std::size_t busy() const {
    return static_cast<std::size_t>(
        std::count_if(slots.begin(), slots.end(), [](const Slot& s) { return s.job != nullptr; }));
  }
};

int Engine::choose_streams(std::size_t tokens_each, std::size_t jobs) const {
  if (options_.streams > 0) return options_.streams;
  const std::size_t budget = options_.kv_memory > 0 ? options_.kv_memory : kDefaultKvMemory;
  const std::size_t each = std::max<std::size_t>(1, tokens_each * options_.kv_token_bytes);
  const std::size_t most = std::min<std::size_t>({kMostStreams, jobs, budget / each});
  return static_cast<int>(std::max<std::size_t>(1, most));
}

Status Engine::run_fast(std::span<const Job> jobs, const FinishJob& finish, std::stop_token stop) {
  std::vector<Tokens> prompts;
  std::size_t most = 2;
  for (const Job& job : jobs) {
    prompts.push_back(job.tokens);
    most = std::max(most, needed_tokens(job));
  }
  const int streams = choose_streams(most, jobs.size());
  if (streams < 2 || llama_model_is_recurrent(model_) || llama_model_is_hybrid(model_)) {
    return run_exact(jobs, finish, std::move(stop));
  }
  stop_ = std::move(stop);
  CLUE_OK(need_context(most, streams));
  forget();
  stats_.trie_lower_bound += trie_size(prompts);
  FastPass pass{*this, finish, std::vector<FastPass::Slot>(static_cast<std::size_t>(streams)), 0};
  const std::vector<std::size_t> order = trie_order(prompts);
  for (std::size_t next = 0; next < order.size() || pass.busy() > 0;) {
    while (next < order.size() && pass.busy() < pass.slots.size()) {
      if (stop_.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
      CLUE_OK(pass.admit(jobs[order[next++]]));
    }
    if (stop_.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
    if (pass.busy() > 0) CLUE_OK(pass.step(next < order.size()));
  }
  stats_.occupancy = possible_steps_ > 0 ? occupied_steps_ / possible_steps_ : 1;
  return {};
}

}  // namespace clue::models
