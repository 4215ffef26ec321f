#include "cli/evaluate.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <ostream>

#include "base/clock.h"
#include "base/text.h"
#include "cli/egress_guard.h"
#include "cli/interrupt.h"
#include "cli/page.h"
#include "cli/progress.h"
#include "cli/resources.h"
#include "cli/speed_probe.h"
#include "cli/table.h"
#include "core/names.h"
#include "models/family.h"
#include "run/audit.h"
#include "tasks/dataset.h"

namespace clue::cli {
namespace {

/// A task with its data and wording, ready to be asked.
struct Prepared {
  const tasks::Task* task = nullptr;
  core::Dataset data;
  std::vector<std::string> writers;  ///< models that wrote the questions
  tasks::PromptOptions options;
  tasks::MetricResources resources;
};

/// Tokens that a prompt which fills the context must leave: the answer's, and the chat template's.
Result<int> answer_room(const tasks::Task& task, const RunFlags& flags, models::Model& model) {
  constexpr int kUnknownTemplate = 64;  // servers do not tell
  models::TokenCounter* counter = model.tokens();
  if (counter == nullptr) return 0;
  core::Prompt probe;
  probe.messages = {{core::Role::system, "a"}, {core::Role::user, "b"}};
  CLUE_TRY(const std::optional<int> whole, model.prompt_tokens(probe));
  const int answer =
      flags.decoding.max_tokens > 0 ? flags.decoding.max_tokens : task.file.max_tokens;
  return answer + flags.decoding.max_reasoning_tokens + whole.value_or(kUnknownTemplate);
}

Result<Prepared> prepare(const tasks::Task& task, const tasks::DataFolders& folders,
                         const RunFlags& flags) {
  Prepared p;
  p.task = &task;
  p.options.prompts = task.file.prompt_set(flags.prompts);
  if (p.options.prompts == nullptr) {
    std::string names;
    for (const tasks::PromptSet& set : task.file.prompts)
      names += (names.empty() ? "" : ", ") + set.name;
    return Error{ErrorCode::invalid_argument,
                 "--prompts " + flags.prompts + ": task " + task.file.name + " has " + names +
                     " (clue prompts import adds the published wording)"};
  }
  CLUE_TRY(tasks::DataPlace place, tasks::find_data(task, folders));
  CLUE_TRY(p.data, tasks::load_dataset(task, {.path = place.path,
                                              .shots = flags.shots,
                                              .own = place.own,
                                              .examples = place.examples}));
  CLUE_TRY(p.writers, tasks::question_writers(task, place.path));
  CLUE_TRY(p.options.rules, flags.rule_set());
  p.options.seed = flags.decoding.seed;
  p.options.limit = flags.limit;
  p.options.repeats = flags.repeats;
  p.options.longhealth_limit = flags.longhealth_limit;
  return p;
}

/// What is known about LongHealth's cut documents: the report claims no more than is tested.
std::string cut_fact(models::TokenCounter* counter) {
  if (counter == nullptr || !counter->exact()) return "estimated lengths";
  return (counter->cuts_tested() ? "tested: " : "untested: ") + counter->name();
}

/// A model that answers questions of its own family's making starts with an advantage.
std::string kinship(const Prepared& p, const core::ModelInfo& model) {
  for (const std::string& writer : p.writers) {
    const auto shared = models::shared_families(writer, model.name);
    if (shared.empty()) continue;
    return fmt::format("{} wrote the questions of {}, and {} is of its family ({})", writer,
                       p.data.path, model.name, shared.front());
  }
  return {};
}

Result<store::PassFacts> facts_of(const Prepared& p, models::Model& model, const RunFlags& flags) {
  store::PassFacts f;
  f.spec.task = p.data.task;
  f.spec.task_version = p.task->file.version;
  f.spec.model_hash = model.info().content_hash;
  f.spec.template_hash = model.info().template_hash;
  f.spec.engine = model.info().kind == "llama" ? flags.engine.key() : model.info().kind;
  f.spec.prompt_set = p.options.prompts->name;
  f.spec.prompt_hash = p.options.prompts->hash;
  f.spec.data_hash = p.data.sha256;
  f.spec.shots = static_cast<int>(p.data.shots.size());
  f.spec.decoding = flags.decoding;
  f.spec.prompt_seed = p.options.seed;
  CLUE_TRY(f.spec.overflow, flags.overflow_policy());
  f.spec.max_context = flags.engine.max_context;
  if (flags.answer != "text") f.spec.extra["answer"] = flags.answer;
  f.spec.longhealth_limit = flags.longhealth_limit;
  f.spec.repeats = flags.repeats;
  f.model = model.info();
  f.dataset_path = p.data.path;
  f.use = p.data.use;
  f.examples = p.data.examples;
  f.limit = flags.limit;
  f.command_line = flags.command_line;
  f.created = iso8601_utc(system_clock()());
  models::TokenCounter* counter = model.tokens();
  if (counter != nullptr && !counter->exact()) f.extra["token_estimate"] = counter->name();
  if (p.task->user_file()) {
    f.extra["task_file"] = std::filesystem::absolute(p.task->file.path).string();
  }
  if (p.task->file.family == "longhealth") f.extra["document_cuts"] = cut_fact(model.tokens());
  if (!p.writers.empty()) f.extra["question_writers"] = join(p.writers, ", ");
  if (const std::string words = kinship(p, model.info()); !words.empty()) {
    f.extra["question_writer_kinship"] = words;
  }
  return f;
}

void say_data(const Prepared& p, Io& io) {
  if (p.data.examples) {
    warn(io, fmt::format(
                 "{}: its data was not found, so the shipped invented EXAMPLES are used; scores "
                 "on them mean nothing (clue doctor says where it belongs)",
                 p.task->file.name));
  }
  for (const std::string& w : p.data.warnings) warn(io, w);
}

/// Everything of one command line that is ready before the first question is asked.
struct Opened {
  std::vector<Prepared> tasks;
  std::unique_ptr<models::Model> model;
  std::map<std::string, std::string> facts;  ///< of the egress guard
};

/// Data first: wrong files are named before a model is loaded, and their class decides where the
/// model may be. The invented examples of a guarded task may go where its data may: a missing file
/// changes nothing.
Result<Opened> open(const std::string& spec, const std::vector<tasks::Task>& tasks,
                    const tasks::DataFolders& folders, const RunFlags& flags, Io& io) {
  Opened out;
  core::DataUse use = core::DataUse::open, text = core::DataUse::open;
  for (const tasks::Task& task : tasks) {
    CLUE_TRY(Prepared p, prepare(task, folders, flags));
    say_data(p, io);
    text = std::max(text, p.data.use);
    use = std::max({use, text, task.file.use});
    out.tasks.push_back(std::move(p));
  }
  if (text != core::DataUse::open) hide_memory();
  models::ModelOptions options = flags.model_options();
  DownloadProgress download(io.err, io.terminal);
  options.download = [&](const std::string& file, std::uint64_t done, std::uint64_t total) {
    download.show(file, done, total);
  };
  CLUE_TRY(run::EgressRules rules, guard_model(use, flags.allow_remote, options));
  options.guarded = text != core::DataUse::open;
  out.facts = std::move(rules.facts);
  Result<std::unique_ptr<models::Model>> model = models::open_model(spec, options);
  say_expired(rules, model, io);
  CLUE_TRY(out.model, std::move(model));
  for (Prepared& p : out.tasks) {
    p.options.model_context =
        flags.engine.max_context > 0 ? flags.engine.max_context : out.model->info().context_length;
    CLUE_TRY(p.options.answer_room, answer_room(*p.task, flags, *out.model));
    if (const std::string words = kinship(p, out.model->info()); !words.empty()) {
      warn(io, words + ": its scores may be too good");
    }
  }
  return out;
}

/// What a server turned out to refuse changes what was measured, so it is said.
void say_dialect(const models::Model& model, Io& io) {
  if (model.info().kind != "http") return;
  const auto& details = model.info().details;
  if (const auto dropped = details.find("dropped_parameters"); dropped != details.end()) {
    warn(io, model.info().name + ": the server refused, and was asked without: " + dropped->second);
  }
  if (const auto differ = details.find("endpoints_differ"); differ != details.end()) {
    warn(io, model.info().name + ": the endpoints differ: " + differ->second);
  }
  if (const auto system = details.find("system_role"); system != details.end()) {
    warn(io, model.info().name + ": the server takes no system role: " + system->second);
  }
}

/// A run that an unreachable server cannot go on with: what is finished of the asked tasks stands.
/// nullopt: nothing was begun here, or nothing is missing, so that the error is the whole answer.
Result<std::optional<Evaluation>> unfinished(const std::string& folder,
                                             const std::vector<tasks::Task>& tasks,
                                             core::RuleSet rules, const Error& error, Io& io) {
  std::error_code ec;
  if (!std::filesystem::exists(folder + "/run.db", ec)) return std::optional<Evaluation>();
  CLUE_TRY(store::RunStore store, store::RunStore::open_read(folder));
  CLUE_TRY(const std::vector<store::PassRow> passes, store.passes());
  std::string words;
  std::size_t done = 0;
  bool missing = false;
  for (const store::PassRow& pass : passes) {
    const bool asked = std::ranges::any_of(
        tasks, [&](const tasks::Task& t) { return t.file.name == pass.facts.spec.task; });
    if (!asked || pass.facts.model.kind != "http") continue;
    const std::size_t sound = pass.done - pass.errors;
    done += sound;
    missing = missing || sound < pass.facts.planned;
    words += fmt::format("{}{}: {} of {}", words.empty() ? "" : ", ", pass.facts.spec.task, sound,
                         pass.facts.planned);
  }
  if (done == 0 || !missing) return std::optional<Evaluation>();
  Evaluation out;
  out.complete = false;
  CLUE_TRY(out.results, run::collect_results(store, rules));
  (void)fail(io, error);
  io.err << fmt::format(
      "{0}: {1} samples are finished and kept. When the server answers again, the same command "
      "goes on\nfrom there; at another address with the new -m and -o {0}.\n",
      folder, words);
  return std::optional<Evaluation>(std::move(out));
}

}  // namespace

std::string run_folder_name(const std::string& model_spec) {
  std::string name;
  for (const char c : model_spec) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_';
    if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.substr(name.size() > 80 ? name.size() - 80 : 0);
}

Result<Evaluation> evaluate(const std::string& model_spec, const std::string& folder,
                            const std::vector<tasks::Task>& tasks,
                            const tasks::DataFolders& folders, const RunFlags& flags, Io& io) {
  CLUE_TRY(core::RuleSet rules, flags.rule_set());
  CLUE_TRY(run::Shard shard, flags.shard_part());
  Result<Opened> maybe = open(model_spec, tasks, folders, flags, io);
  if (!maybe) {
    if (maybe.error().code != ErrorCode::unavailable) return maybe.error();
    CLUE_TRY(std::optional<Evaluation> kept, unfinished(folder, tasks, rules, maybe.error(), io));
    if (!kept) return maybe.error();
    return *std::move(kept);
  }
  Opened opened = std::move(maybe).value();
  models::Model& model = *opened.model;
  const std::string& kind = model.info().kind;
  if (flags.answer == "logprob" && kind != "llama" && kind != "http") {
    return Error{ErrorCode::invalid_argument,
                 "--answer logprob needs the embedded engine (a GGUF file or hf:) or a server; " +
                     model_spec + " does not tell how likely a given text is"};
  }
  Resources resources(flags.resources, flags.engine.threads);
  bool guarded = false;
  for (Prepared& p : opened.tasks) {
    CLUE_TRY(p.resources, resources.for_task(p.task->file, rules, io));
    guarded = guarded || p.data.use != core::DataUse::open;
  }
  CLUE_TRY(store::RunStore store, store::RunStore::create_or_open(folder, guarded));
  CLUE_OK(run::needs_text(store));
  Evaluation out;
  PassProgress progress(io.err, io.terminal, model.info().name);
  run::EgressLedger ledger;
  std::int64_t tokens = 0;
  for (const Prepared& p : opened.tasks) {
    run::PassRequest request;
    request.task = p.task;
    request.data = &p.data;
    request.prompts = p.options;
    request.shard = shard;
    request.rank_choices = flags.answer == "logprob";
    if (flags.max_tokens_total > 0) request.max_output_tokens = flags.max_tokens_total - tokens;
    request.ledger = &ledger;
    CLUE_TRY(request.facts, facts_of(p, model, flags));
    request.facts.extra.insert(opened.facts.begin(), opened.facts.end());
    Result<run::PassResult> asked =
        run::generate_pass(request, model, store, progress, interrupted());
    if (!asked) {
      // A server that counts tokens died while prompts were made: what other tasks have stands.
      if (asked.error().code != ErrorCode::unavailable) return asked.error();
      CLUE_TRY(out.results, run::collect_results(store, rules));
      if (out.results.tasks.empty()) return asked.error();
      io.err << fmt::format(
          "{} {}: stopped before its first sample: {}\nThe same command goes on "
          "from there.\n",
          model.info().name, p.data.task, asked.error().message);
      out.complete = false;
      break;
    }
    const run::PassResult pass = std::move(asked).value();
    tokens += pass.tokens;
    if (pass.cut > 0) {
      warn(io,
           fmt::format("{}: {} prompts were cut to fit the context (--overflow {}); each sample "
                       "says what is missing",
                       p.data.task, pass.cut, flags.overflow));
    }
    if (const std::string line = models::describe(pass.stats); !line.empty()) {
      io.err << fmt::format("{} {}: {}\n", model.info().name, p.data.task, line);
    }
    // Scoring takes its time; after Ctrl-C the next command does it.
    if (!interrupted().stop_requested()) {
      CLUE_TRY(auto summaries, run::score_pass(store, pass.pass, *p.task, p.resources, rules));
      (void)summaries;
    }
    CLUE_TRY(out.results, run::collect_results(store, rules));
    CLUE_OK(run::write_results(folder, out.results));
    CLUE_OK(run::write_samples(folder, store, out.results, flags.with_text));
    if (const Status page = refresh_page(folder, flags.with_text); !page) {
      warn(io, "report.html was not refreshed: " + page.error().message);
    }
    if (pass.complete()) continue;
    out.complete = false;
    if (!pass.stopped.empty()) {
      io.err << fmt::format("{} {}: stopped at {} of {}: {}\n{}\n", model.info().name, p.data.task,
                            pass.done, pass.planned, pass.stopped,
                            pass.refused ? "What is done is kept; mend this first."
                                         : "The same command goes on from there.");
      out.refused = pass.refused;
      break;
    }
    io.err << fmt::format("{} {}: {} samples failed; the same command asks them again\n",
                          model.info().name, p.data.task, pass.errors);
  }
  if (interrupted().stop_requested()) out.complete = false;
  say_dialect(model, io);
  return out;
}

Status dry_run(const std::string& model_spec, const std::vector<tasks::Task>& tasks,
               const tasks::DataFolders& folders, const RunFlags& flags, Io& io) {
  CLUE_TRY(const Opened opened, open(model_spec, tasks, folders, flags, io));
  CLUE_TRY(const std::optional<Speed> speed, probe_speed(*opened.model));
  const int context =
      flags.engine.max_context > 0 ? flags.engine.max_context : opened.model->info().context_length;
  std::vector<std::vector<std::string>> rows;
  for (const Prepared& p : opened.tasks) {
    CLUE_TRY(std::vector<core::Prompt> prompts,
             run::build_prompts(*p.task, p.data, p.options, opened.model->tokens()));
    std::size_t cut = 0, too_long = 0;
    long long asked = 0, output = 0;
    bool known = true;
    for (const core::Prompt& prompt : prompts) {
      cut += prompt.cuts.empty() ? 0 : 1;
      const int answer =
          flags.decoding.max_tokens > 0 ? flags.decoding.max_tokens : prompt.max_tokens;
      output += answer;
      CLUE_TRY(std::optional<int> n, opened.model->prompt_tokens(prompt));
      known = known && n.has_value();
      asked += n.value_or(0);
      if (context > 0 && n && *n + answer > context) ++too_long;
    }
    rows.push_back({p.data.task, p.options.prompts->name, std::to_string(p.data.samples.size()),
                    std::to_string(prompts.size()), std::to_string(p.data.shots.size()),
                    known ? std::to_string(asked) : "unknown", std::to_string(output),
                    std::to_string(cut), known ? std::to_string(too_long) : "unknown",
                    speed && known ? time_at_most(*speed, asked, output) : "unknown"});
  }
  io.out << format_table({"task", "wording", "samples", "prompts", "shots", "prompt tokens",
                          "answer tokens (most)", "cut to fit", "too long", "time (at most)"},
                         rows, {false, false, true, true, true, true, true, true, true, true});
  io.out << (speed ? "time: every token one after the other, at the speed just measured with two "
                     "short questions; shared prefixes and short answers make it less\n"
                   : "time: unknown for " + opened.model->info().kind + " models\n");
  return {};
}

}  // namespace clue::cli
