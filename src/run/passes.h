// The two passes of a run: generate_pass asks the model and stores, score_pass reads the store,
// parses and scores. `clue run` is both, `clue score` the second. No task or model is known here by
// name.
//
//   CLUE_TRY(PassResult r, generate_pass(request, *model, store, progress, stop));
//   CLUE_TRY(auto summaries, score_pass(store, r.pass, task, resources, rules));
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "models/model.h"
#include "store/run_store.h"
#include "tasks/task.h"

namespace clue::run {

/// What a person is shown while a pass goes on. Calls come one at a time, from any thread.
class Progress {
 public:
  virtual ~Progress() = default;
  /// `already` samples of `total` were finished by an earlier command.
  virtual void begin(std::string_view task, std::size_t total, std::size_t already) = 0;
  /// One more sample is durable (it is committed before this call).
  virtual void finished(const core::Generation& generation) = 0;
  virtual void end() = 0;
};

/// Which part of a pass this process does: position % count == index.
struct Shard {
  int index = 0;
  int count = 1;
};

struct PassRequest {
  const tasks::Task* task = nullptr;
  const core::Dataset* data = nullptr;
  tasks::PromptOptions prompts;
  store::PassFacts facts;     ///< spec, model...; planned is filled in
  bool rank_choices = false;  ///< label and option tasks: log-likelihoods beside the answers
  Shard shard;
  std::int64_t max_output_tokens =
      0;  ///< stop cleanly after this many generated tokens; 0: no limit
};

struct PassResult {
  store::PassId pass = 0;
  std::size_t planned = 0;  ///< prompts of this process's share
  std::size_t done = 0;     ///< stored without error
  std::size_t errors = 0;   ///< stored with an error: missing, asked again next time
  std::size_t cut = 0;      ///< prompts shortened to fit (--overflow cut-...)
  std::string stopped;  ///< why it ended early: "interrupted", "token budget", the back end's words
  models::EngineStats stats;

  [[nodiscard]] bool complete() const { return done == planned; }
};

/// Builds the prompts in order, skips what the store has, asks the model for the rest, and stores
/// each answer before it is counted. A dead back end or an interrupt is a PassResult with
/// `stopped`. Error: data or prompts wrong, store cannot be written.
[[nodiscard]] Result<PassResult> generate_pass(const PassRequest& request, models::Model& model,
                                               store::RunStore& store, Progress& progress,
                                               std::stop_token stop);

/// The prompts of a pass, in evaluation order, without asking anything.
[[nodiscard]] Result<std::vector<core::Prompt>> build_prompts(const tasks::Task& task,
                                                              const core::Dataset& data,
                                                              const tasks::PromptOptions& options,
                                                              models::TokenCounter* counter,
                                                              std::stop_token stop = {});

/// Parses and scores every stored generation under one rule set, stores answers, scores and
/// summaries. A score whose file is absent from `resources` keeps its earlier value and signature.
[[nodiscard]] Result<std::vector<core::Summary>> score_pass(store::RunStore& store,
                                                            store::PassId pass,
                                                            const tasks::Task& task,
                                                            const tasks::MetricResources& resources,
                                                            core::RuleSet rules);

}  // namespace clue::run
