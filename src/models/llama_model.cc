#include "models/llama_model.h"

#include <llama.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/chat_encoder.h"

namespace clue::models {
namespace {

/// A request of which not all jobs are done yet: the answer itself and one job for each choice.
struct Ranking {
  std::vector<double> sums;
  std::vector<int> tokens;
  std::size_t open = 0;
  core::Generation generation;
};

class LlamaModel final : public Model {
 public:
  LlamaModel(ModelHandle model, ChatTemplate chat, core::ModelInfo info,
             const EngineOptions& engine)
      : model_(std::move(model)),
        encoder_(llama_model_get_vocab(model_.get())),
        chat_(std::move(chat)),
        info_(std::move(info)),
        counter_(make_token_counter(*model_, info_.spec)),
        limit_(engine.context_limit),
        engine_options_(engine),
        engine_(model_.get(), engine) {
    for (const auto& [key, value] : engine_.facts()) info_.details[key] = value;
  }

  [[nodiscard]] const core::ModelInfo& info() const override { return info_; }
  TokenCounter* tokens() override { return counter_.get(); }
  bool wind_down() override {
    engine_.wind_down();
    return true;
  }
  [[nodiscard]] EngineStats stats() const override {
    EngineStats out = engine_.stats();
    out.checked = checked_;
    out.differing = differing_;
    return out;
  }

  Result<std::optional<int>> prompt_tokens(const core::Prompt& prompt) override {
    CLUE_TRY(RenderedChat chat, chat_.render(prompt));
    return std::optional<int>(static_cast<int>(encoder_.encode(chat).size()));
  }

  Status generate(std::span<const Request> requests, const OnDone& on_done,
                  std::stop_token stop) override {
    try {
      return generate_all(requests, on_done, stop);
    } catch (const std::exception& e) {
      return Error{ErrorCode::internal, info_.spec + ": " + e.what()};
    }
  }

 private:
  Status generate_all(std::span<const Request> requests, const OnDone& on_done,
                      const std::stop_token& stop);
  Status run_fast_checked(std::span<const Job> jobs, const FinishJob& finish,
                          const std::stop_token& stop);
  bool make_jobs(const Request& request, std::size_t index, std::vector<Job>& jobs,
                 core::Generation& failed);
  void make_ranking(const Request& request, std::size_t index, const RenderedChat& chat,
                    const Tokens& asked, std::vector<Job>& jobs);
  bool fits(const Job& job, core::Generation& failed) const;
  void take_part(const Request& request, const Job& job, JobResult result, const OnDone& on_done);

  ModelHandle model_;
  ChatEncoder encoder_;
  ChatTemplate chat_;
  core::ModelInfo info_;
  std::unique_ptr<TokenCounter> counter_;
  int limit_;
  EngineOptions engine_options_;
  Engine engine_;
  std::int64_t checked_ = 0;
  std::int64_t differing_ = 0;
  std::map<std::size_t, Ranking> rankings_;
  std::vector<std::size_t> choice_of_;  ///< job id -> choice (of scored jobs)
  std::vector<std::size_t> request_of_;
};

bool opens_reasoning(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return false;
  const std::string_view trimmed = std::string_view(text).substr(0, end + 1);
  return trimmed.ends_with("<think>") || trimmed.ends_with("<thinking>");
}

bool LlamaModel::fits(const Job& job, core::Generation& failed) const {
  if (static_cast<int>(job.tokens.size()) < limit_) return true;
  failed.overflow = true;
  failed.prompt_tokens = static_cast<int>(job.tokens.size());
  failed.stop = core::StopReason::error;
  failed.error = "the prompt has " + std::to_string(job.tokens.size()) +
                 " tokens, but the context holds " + std::to_string(limit_) +
                 " and the answer needs room; use --overflow cut-documents|cut-middle|skip or a "
                 "larger --max-context";
  return false;
}

bool LlamaModel::make_jobs(const Request& request, std::size_t index, std::vector<Job>& jobs,
                           core::Generation& failed) {
  const core::Prompt& prompt = *request.prompt;
  Result<RenderedChat> chat = chat_.render(prompt);
  if (!chat) {
    failed.stop = core::StopReason::error;
    failed.error = chat.error().message;
    return false;
  }
  Job job;
  job.tokens = encoder_.encode(*chat);
  job.stop = prompt.stop;
  job.stop.insert(job.stop.end(), chat->stop.begin(), chat->stop.end());
  job.in_reasoning = opens_reasoning(chat->text());
  job.decoding = request.decoding;
  if (job.decoding.max_tokens <= 0) job.decoding.max_tokens = prompt.max_tokens;
  if (job.decoding.max_tokens <= 0) job.decoding.max_tokens = 512;
  if (job.tokens.empty() || !fits(job, failed)) {
    if (job.tokens.empty()) failed.error = "the prompt is empty";
    failed.stop = core::StopReason::error;
    return false;
  }
  if (!request.choices.empty()) make_ranking(request, index, *chat, job.tokens, jobs);
  job.id = request_of_.size();
  request_of_.push_back(index);
  choice_of_.push_back(0);
  jobs.push_back(std::move(job));
  return true;
}

/// One scored job for each choice: prompt and choice are tokenized together, since a choice on its
/// own often becomes other tokens; what all have in common with the bare prompt is not scored.
void LlamaModel::make_ranking(const Request& request, std::size_t index, const RenderedChat& chat,
                              const Tokens& asked, std::vector<Job>& jobs) {
  std::vector<Tokens> joint;
  std::size_t from = asked.size();
  bool fit = true;
  for (const Choice& choice : request.choices) {
    RenderedChat whole = chat;
    whole.parts.push_back({choice.text, true});
    joint.push_back(encoder_.encode(whole));
    fit = fit && static_cast<int>(joint.back().size()) < limit_;
    from = std::min(from, common_prefix(asked, joint.back()));
  }
  Ranking& ranking = rankings_[index];
  ranking.open = 1;  // the answer itself
  if (!fit || from == 0) {
    ranking.generation.extra["logprobs_why"] = "prompt and options do not fit into the context";
    return;
  }
  ranking.sums.resize(joint.size());
  ranking.open += joint.size();
  for (std::size_t c = 0; c < joint.size(); ++c) {
    ranking.tokens.push_back(static_cast<int>(joint[c].size() - from));
    Job job;
    job.id = request_of_.size();
    job.tokens = std::move(joint[c]);
    job.score_from = from;
    job.decoding.max_tokens = 1;
    request_of_.push_back(index);
    choice_of_.push_back(c);
    jobs.push_back(std::move(job));
  }
}

/// One job of a ranked request is done; the last one reports it.
void LlamaModel::take_part(const Request& request, const Job& job, JobResult result,
                           const OnDone& on_done) {
  const std::size_t index = request_of_[job.id];
  Ranking& ranking = rankings_[index];
  core::Generation& out = ranking.generation;
  if (job.score_from > 0) {
    ranking.sums[choice_of_[job.id]] = result.log_likelihood;
    if (!result.generation.error.empty()) out.extra["logprobs_why"] = result.generation.error;
  } else {
    result.generation.extra.merge(out.extra);
    out = std::move(result.generation);
  }
  if (--ranking.open > 0) return;
  if (!out.extra.contains("logprobs_why")) {
    nlohmann::json table = nlohmann::json::array();
    for (std::size_t c = 0; c < ranking.sums.size(); ++c) {
      const Choice& choice = request.choices[c];
      const double sum = ranking.sums[c];
      table.push_back(
          {{"form", choice.form},
           {"answer", choice.answer},
           {"text", choice.text},
           {"tokens", ranking.tokens[c]},
           {"sum", sum},
           {"per_token", sum / std::max(1, ranking.tokens[c])},
           {"per_byte", sum / static_cast<double>(std::max<std::size_t>(1, choice.text.size()))}});
    }
    out.extra["logprobs"] = table.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  on_done(index, std::move(out));
  rankings_.erase(index);
}

Status LlamaModel::generate_all(std::span<const Request> requests, const OnDone& on_done,
                                const std::stop_token& stop) {
  std::vector<Job> jobs;
  request_of_.clear();
  choice_of_.clear();
  rankings_.clear();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
    core::Generation failed;
    if (!make_jobs(requests[i], i, jobs, failed)) on_done(i, std::move(failed));
  }
  const FinishJob finish = [&](const Job& job, JobResult result) {
    const std::size_t index = request_of_[job.id];
    if (rankings_.contains(index)) {
      take_part(requests[index], job, std::move(result), on_done);
    } else {
      on_done(index, std::move(result.generation));
    }
  };
  if (jobs.empty()) return {};
  if (!engine_options_.fast) return engine_.run_exact(jobs, finish, stop);
  const auto scored = std::stable_partition(jobs.begin(), jobs.end(),
                                            [](const Job& job) { return job.score_from == 0; });
  const auto answers = static_cast<std::size_t>(scored - jobs.begin());
  const std::span<const Job> all(jobs);
  if (answers < jobs.size()) CLUE_OK(engine_.run_exact(all.subspan(answers), finish, stop));
  return run_fast_checked(all.subspan(0, answers), finish, stop);
}

/// Fast mode, then a few of its answers again in exact mode: the deviation is measured, not
/// assumed.
Status LlamaModel::run_fast_checked(std::span<const Job> jobs, const FinishJob& finish,
                                    const std::stop_token& stop) {
  constexpr std::size_t kMostChecks = 8;
  constexpr std::size_t kJobsPerCheck = 32;  // one costs as much as two answers of small models
  const std::size_t checks = std::clamp<std::size_t>(jobs.size() / kJobsPerCheck, 1, kMostChecks);
  std::map<std::size_t, std::optional<std::string>> fast_text;
  for (std::size_t c = 0; c < checks; ++c) fast_text[jobs[c * jobs.size() / checks].id] = {};
  const FinishJob keep = [&](const Job& job, JobResult result) {
    if (const auto found = fast_text.find(job.id); found != fast_text.end()) {
      found->second = result.generation.text;
    }
    finish(job, std::move(result));
  };
  CLUE_OK(engine_.run_fast(jobs, keep, stop));
  std::vector<Job> again;
  for (const Job& job : jobs) {
    const auto found = fast_text.find(job.id);
    if (found != fast_text.end() && found->second) again.push_back(job);  // not of a run cut short
  }
  if (again.empty()) return {};
  Engine exact(model_.get(), engine_options_);
  return exact.run_exact(
      again,
      [&](const Job& job, const JobResult& result) {
        ++checked_;
        differing_ += result.generation.text == fast_text[job.id] ? 0 : 1;
      },
      stop);
}

}  // namespace

std::unique_ptr<Model> make_llama_model(ModelHandle model, ChatTemplate chat, core::ModelInfo info,
                                        const EngineOptions& engine) {
  return std::make_unique<LlamaModel>(std::move(model), std::move(chat), std::move(info), engine);
}

}  // namespace clue::models
