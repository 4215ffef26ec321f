// An invented task for the tests of src/run: the prompt is the sample's question, the score is
// equality with the target; and a model that gives the question back. Tests only.
#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "models/mock_model.h"
#include "run/passes.h"
#include "tasks/resources.h"

namespace clue::run::testing {

inline Status echo_prompts(const tasks::Task&, const core::Dataset& data,
                           const tasks::PromptOptions& options, models::TokenCounter*,
                           const tasks::EmitPrompt& emit) {
  int emitted = 0;
  for (const core::Sample& s : data.samples) {
    if (options.limit > 0 && emitted++ == options.limit) break;
    core::Prompt p;
    p.sample = s.id;
    p.messages = {{core::Role::system, std::string(400, 's')},
                  {core::Role::user, s.fields.at("q")}};
    p.max_tokens = 8;
    CLUE_OK(emit(std::move(p)));
  }
  return {};
}

inline core::Answer whole_text(const tasks::Task&, const core::Sample&, const core::Generation& g,
                               core::RuleSet) {
  core::Answer a;
  a.value = g.text;
  if (g.stop == core::StopReason::length) a.status = core::AnswerStatus::cut;
  if (g.text == "I cannot help with that.") a.status = core::AnswerStatus::refused;
  return a;
}

inline Result<std::vector<std::vector<core::Score>>> equality(
    const tasks::Task&, std::span<const tasks::ScoreInput> inputs, const tasks::MetricResources&,
    core::RuleSet) {
  std::vector<std::vector<core::Score>> out;
  for (const tasks::ScoreInput& in : inputs) {
    const double right = in.answer->value == in.sample->targets[0] ? 1.0 : 0.0;
    out.push_back({{"accuracy", right, core::Tally{right, 1 - right, 1 - right}, ""}});
  }
  return out;
}

inline constexpr tasks::TaskDef kEcho{"echo", nullptr, echo_prompts, whole_text, equality};

inline core::Generation echo(const models::Request& r) {
  core::Generation g;
  g.text = r.prompt->messages.back().content;
  g.output_tokens = 2;
  return g;
}

/// Counts what it is told; thread rule as Progress.
struct Quiet : Progress {
  void begin(std::string_view, std::size_t total, std::size_t done_before) override {
    planned = total;
    already = done_before;
  }
  void finished(const core::Generation&) override { ++count; }
  void end() override {}
  std::size_t planned = 0, already = 0, count = 0;
};

/// The task, its data (n samples, two to a cluster) and a request for it.
struct EchoTask {
  explicit EchoTask(int n) {
    task.def = &kEcho;
    task.file.name = "echo";
    task.file.metrics = {"accuracy"};
    task.file.headline = {"accuracy"};
    data.task = "echo";
    for (int i = 0; i < n; ++i) {
      core::Sample s;
      s.id = std::to_string(i);
      s.cluster = "patient " + std::to_string(i / 2);
      s.fields["q"] = "question " + std::to_string(i);
      s.targets = {"question " + std::to_string(i)};
      data.samples.push_back(std::move(s));
    }
    request.task = &task;
    request.data = &data;
    request.facts.spec.task = "echo";
    request.facts.spec.model_hash = "mock";
  }
  EchoTask(const EchoTask&) = delete;
  EchoTask& operator=(const EchoTask&) = delete;

  /// Runs a share of the pass into a folder, and scores it.
  Result<PassResult> run(const std::filesystem::path& dir, const models::MockAnswer& answer,
                         Progress& progress) {
    CLUE_TRY(auto store, store::RunStore::create_or_open(dir, false));
    auto model = models::make_mock(answer);
    CLUE_TRY(PassResult result, generate_pass(request, *model, store, progress, {}));
    CLUE_TRY(auto summaries, score_pass(store, result.pass, task, tasks::MetricResources{},
                                        core::RuleSet::corrected));
    return result;
  }
  Result<PassResult> run(const std::filesystem::path& dir,
                         const models::MockAnswer& answer = echo) {
    Quiet quiet;
    return run(dir, answer, quiet);
  }

  tasks::Task task;
  core::Dataset data;
  PassRequest request;
};

/// Everything a reader can see of the first pass, as text.
inline std::vector<std::string> contents(const std::filesystem::path& dir) {
  std::vector<std::string> lines;
  auto store = store::RunStore::open_read(dir);
  if (!store) return {store.error().message};
  const Status read = store->samples(1, core::RuleSet::corrected, [&](const store::SampleRow& r) {
    lines.push_back(std::to_string(r.position) + "|" + r.sample.id + "|" +
                    std::to_string(r.prompt.repeat) + "|" + r.prompt.messages.back().content + "|" +
                    r.generation.text + "|" + r.generation.error);
    return true;
  });
  if (!read) lines.push_back(read.error().message);
  return lines;
}

}  // namespace clue::run::testing
