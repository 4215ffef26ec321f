#include <chrono>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/hash.h"
#include "core/json.h"
#include "run/engine_facts.h"
#include "run/overflow.h"
#include "run/passes.h"
#include "run/served.h"
#include "tasks/ranking.h"

namespace clue::run {
namespace {

using core::Generation;
using core::Prompt;
using core::Sample;

/// Sampling seed of one request: a function of run seed, sample and repeat, so that order, resume
/// and shards do not matter.
std::uint64_t derived_seed(std::uint64_t seed, const Prompt& prompt) {
  const std::string hex = sha256_hex(std::to_string(seed) + "\n" + prompt.sample + "\n" +
                                     std::to_string(prompt.repeat));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    const char c = hex[i];
    value = value * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return value;
}

/// Puts generations into the store and tells progress about them once they are committed: a batch
/// is committed after 64 samples or half a second, whichever is first.
class Writer {
 public:
  Writer(store::RunStore& store, store::PassId pass, Progress& progress, bool asked_server)
      : store_(store), pass_(pass), progress_(progress), asked_server_(asked_server) {}

  Status put(std::int64_t position, const Sample& sample, const Prompt& prompt,
             Generation generation) {
    CLUE_OK(store_.put_generation(pass_, position, sample, prompt, generation));
    (generation.error.empty() ? done_ : errors_) += 1;
    tokens_ += generation.output_tokens;
    if (generation.output_tokens == 0 && asked_server_) {
      // Not told; about four bytes a token, so that a budget holds all the same.
      const std::size_t bytes = generation.text.size() + generation.reasoning.size();
      tokens_ += static_cast<std::int64_t>((bytes + 3) / 4);
      estimated_ = estimated_ || bytes > 0;
    }
    waiting_.push_back(std::move(generation));
    if (waiting_.size() >= 64 || Clock::now() - last_ > std::chrono::milliseconds(500))
      return flush();
    return {};
  }

  Status flush() {
    CLUE_OK(store_.commit());
    last_ = Clock::now();
    for (const Generation& g : waiting_) progress_.finished(g);
    waiting_.clear();
    return {};
  }

  [[nodiscard]] std::size_t done() const { return done_; }
  [[nodiscard]] std::size_t errors() const { return errors_; }
  [[nodiscard]] std::int64_t tokens() const { return tokens_; }
  [[nodiscard]] bool estimated() const { return estimated_; }

 private:
  using Clock = std::chrono::steady_clock;
  store::RunStore& store_;
  store::PassId pass_;
  Progress& progress_;
  bool asked_server_;
  bool estimated_ = false;
  std::vector<Generation> waiting_;
  Clock::time_point last_ = Clock::now();
  std::size_t done_ = 0, errors_ = 0;
  std::int64_t tokens_ = 0;
};

/// What is still to be asked: prompts of this shard that the store does not hold.
struct Plan {
  std::vector<Prompt> prompts;
  std::vector<std::int64_t> positions;
  std::vector<const Sample*> samples;
  std::size_t share = 0;    ///< prompts of this shard
  std::size_t already = 0;  ///< of these, stored
};

Result<Plan> make_plan(const PassRequest& request, std::vector<Prompt> prompts,
                       store::RunStore& store, store::PassId pass) {
  std::unordered_map<std::string_view, const Sample*> by_id;
  for (const Sample& s : request.data->samples) by_id.emplace(s.id, &s);
  Plan plan;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    if (static_cast<int>(i % static_cast<std::size_t>(request.shard.count)) != request.shard.index)
      continue;
    ++plan.share;
    Prompt& prompt = prompts[i];
    CLUE_TRY(bool have,
             store.has_generation(pass, prompt.sample, prompt.repeat, core::prompt_hash(prompt)));
    if (have) {
      ++plan.already;
      continue;
    }
    const auto sample = by_id.find(prompt.sample);
    CLUE_CHECK_MSG(sample != by_id.end(),
                   "a prompt names a sample that its data set does not have");
    plan.samples.push_back(sample->second);
    plan.positions.push_back(static_cast<std::int64_t>(i));
    plan.prompts.push_back(std::move(prompt));
  }
  return plan;
}

/// The model as it was when it last answered this pass; nullopt: it has not.
Result<std::optional<core::ModelInfo>> answered_by(store::RunStore& store,
                                                   const core::RunSpec& spec) {
  const std::string key = core::run_key(spec);
  CLUE_TRY(std::vector<store::PassRow> passes, store.passes());
  for (store::PassRow& pass : passes) {
    if (pass.key == key && pass.done > 0) return std::optional(std::move(pass.facts.model));
  }
  return std::optional<core::ModelInfo>();
}

}  // namespace

Result<std::vector<Prompt>> build_prompts(const tasks::Task& task, const core::Dataset& data,
                                          const tasks::PromptOptions& options,
                                          models::TokenCounter* counter, std::stop_token stop) {
  std::vector<Prompt> prompts;
  CLUE_OK(task.def->prompts(task, data, options, counter, [&](Prompt prompt) -> Status {
    if (stop.stop_requested()) {
      return Error{ErrorCode::cancelled, "interrupted while the prompts were being built"};
    }
    prompts.push_back(std::move(prompt));
    return {};
  }));
  return prompts;
}

Result<PassResult> generate_pass(const PassRequest& request, models::Model& model,
                                 store::RunStore& store, Progress& progress, std::stop_token stop) {
  CLUE_TRY(std::vector<Prompt> prompts,
           build_prompts(*request.task, *request.data, request.prompts, model.tokens(), stop));
  store::PassFacts facts = request.facts;
  const FitRequest fit{.policy = facts.spec.overflow,
                       .data = request.data,
                       .context = request.prompts.model_context,
                       .max_tokens = facts.spec.decoding.max_tokens,
                       .stop = stop};
  CLUE_TRY(const std::size_t cut, fit_prompts(prompts, fit, model));
  facts.planned = prompts.size();
  PassResult result;
  result.cut = cut;
  CLUE_TRY(const Served served, Served::begin(store, facts));
  CLUE_TRY(std::optional<core::ModelInfo> answered, answered_by(store, facts.spec));
  CLUE_TRY(result.pass, store.begin_pass(facts));
  CLUE_TRY(Plan plan, make_plan(request, std::move(prompts), store, result.pass));
  result.planned = plan.share;

  std::vector<models::Request> requests;
  std::vector<std::vector<models::Choice>> choices(plan.prompts.size());
  for (std::size_t i = 0; i < plan.prompts.size(); ++i) {
    if (request.rank_choices) {
      const tasks::PromptSet& wording = request.prompts.prompts != nullptr
                                            ? *request.prompts.prompts
                                            : request.task->file.prompts.front();
      choices[i] = tasks::ranked_choices(*request.task, wording, *plan.samples[i]);
    }
    core::Decoding decoding = facts.spec.decoding;
    if (decoding.max_tokens == 0) decoding.max_tokens = plan.prompts[i].max_tokens;
    decoding.seed = derived_seed(decoding.seed, plan.prompts[i]);
    requests.push_back(
        {&plan.prompts[i], plan.samples[i], decoding, request.task->file.name, choices[i]});
  }

  if (!requests.empty()) {
    for (const std::string& words : served.notes) progress.note(words);
    CLUE_OK(served.keep(store, result.pass));
  }
  progress.begin(request.task->file.name, plan.share, plan.already);
  Writer writer(store, result.pass, progress, model.info().kind == "http");
  std::mutex mutex;
  std::stop_source own;
  const std::stop_callback forward(stop, [&own] { own.request_stop(); });
  Status stored;
  bool budget = false;
  const auto record = [&] {
    return request.ledger == nullptr
               ? Status()
               : request.ledger->record(model.traffic(), facts.use, store, result.pass);
  };
  CLUE_OK(record());  // what opening the model and counting tokens sent
  auto recorded = std::chrono::steady_clock::now();
  const models::OnDone on_done = [&](std::size_t i, Generation generation) {
    if (generation.stop == core::StopReason::cancelled)
      return;  // not an answer: asked again next time
    if (generation.overflow && facts.spec.overflow == core::Overflow::skip) {
      generation.error.clear();  // by the user's wish a cut answer, not a failure
      generation.stop = core::StopReason::length;
    }
    const std::lock_guard lock(mutex);
    if (!stored) return;
    stored =
        writer.put(plan.positions[i], *plan.samples[i], plan.prompts[i], std::move(generation));
    budget |= request.max_output_tokens && writer.tokens() >= *request.max_output_tokens;
    const auto now = std::chrono::steady_clock::now();
    if (stored && now - recorded > std::chrono::seconds(5)) {  // for the case of a killed process
      recorded = now;
      stored = record();
    }
    if (!stored || (budget && !model.wind_down())) own.request_stop();
  };
  const models::EngineStats before = model.stats();
  budget = request.max_output_tokens && *request.max_output_tokens <= 0 && !requests.empty();
  const Status asked =
      requests.empty() || budget ? Status() : model.generate(requests, on_done, own.get_token());
  if (stored) stored = writer.flush();
  if (stored) stored = record();
  progress.end();
  if (!stored) return stored.error();

  result.done = plan.already + writer.done();
  result.errors = writer.errors();
  result.tokens = writer.tokens();
  result.stats = model.stats() - before;
  if (!requests.empty()) CLUE_OK(add_engine_facts(store, result.pass, result.stats));
  // A server's ways are known only now; where nothing was asked, those of before stand.
  facts.model = requests.empty() && answered ? *std::move(answered) : model.info();
  CLUE_OK(store.begin_pass(facts));
  if (stop.stop_requested()) {
    result.stopped = "interrupted";
  } else if (budget) {
    result.stopped = writer.estimated() ? "token budget reached (the server tells no token counts: "
                                          "estimated from the answers' length)"
                                        : "token budget reached";
  } else if (!asked) {
    result.stopped = asked.error().message;
    const ErrorCode code = asked.error().code;
    result.refused = code == ErrorCode::denied || code == ErrorCode::not_found ||
                     code == ErrorCode::invalid_argument;
  }
  return result;
}

}  // namespace clue::run
