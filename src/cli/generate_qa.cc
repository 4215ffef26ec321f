// clue generate medisumqa: questions out of letters, by a language model.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/egress_guard.h"
#include "cli/generate_flags.h"
#include "cli/interrupt.h"
#include "cli/number_checks.h"
#include "cli/places.h"
#include "cli/progress.h"
#include "cli/resources.h"
#include "cli/run_flags.h"
#include "datagen/qa_set.h"
#include "models/family.h"
#include "run/egress.h"
#include "store/run_store.h"

namespace clue::cli {
namespace {

struct QaFlags {
  LetterFlags letters;
  std::string model;
  std::string prompts;  ///< "": the profile's
  std::string example_statements;
  RunFlags run;  ///< the flags of asking a model; the others stay at their defaults
  run::EgressLedger ledger;
  datagen::QaOptions options;
};

void declare(CLI::App& app, QaFlags& f) {
  declare_letter_flags(app, f.letters);
  app.add_option("-m,--model", f.model, "the model that writes the questions")->required();
  app.add_option("--prompts", f.prompts,
                 "wording: en, de, a .yaml file, or clue-2024 (imported by clue\n"
                 "prompts import); default: the profile's");
  app.add_option("--max-notes", f.options.max_notes, "letters to ask about (default 4000; 0: all)")
      ->check(non_negative());
  app.add_option("--top-k", f.options.top_k, "pairs to select (default 500)")
      ->check(non_negative());
  app.add_option(
      "--example-note", f.options.example_note,
      "id of the letter that is the example of the first step (default: an invented one)");
  app.add_option("--example-statements", f.example_statements,
                 "its statements, one a line (default: its own sentences)");
  app.add_option("--max-tokens", f.options.max_tokens, "of each answer (default 1000)")
      ->check(positive());
  app.add_option("--concurrency", f.run.concurrency,
                 "servers: requests at once (default: adaptive)")
      ->check(non_negative());
  app.add_option("--allow-remote", f.run.allow_remote,
                 "WHY letters may leave this machine (models on other hosts are refused else)");
  declare_engine_flags(app, f.run.engine);
  declare_resource_flags(app, f.run.resources);
  declare_output_flags(app, f.letters);
}

Status prepare(QaFlags& f, const Args& args) {
  datagen::QaOptions& o = f.options;
  CLUE_TRY(o.profile, f.letters.letter_profile());
  if (f.prompts == "clue-2024") {
    CLUE_TRY(const tasks::GenerationWording words, tasks::load_generation_wording(config_dir()));
    CLUE_TRY(o.wording, datagen::published_wording(words));
    if (o.example_note.empty()) {
      return Error{ErrorCode::invalid_argument,
                   "--prompts clue-2024 takes its first example from your own letters: give "
                   "--example-note ID (the published one: 13714762-DS-14)"};
    }
    o.example_statements = datagen::published_statements(words);
  } else {
    CLUE_TRY(o.wording, datagen::load_wording(f.prompts.empty() ? o.profile.prompt_set : f.prompts,
                                              o.profile.reader));
  }
  if (!f.example_statements.empty()) {
    if (o.example_note.empty()) {
      return Error{ErrorCode::invalid_argument,
                   "--example-statements goes with --example-note ID: whose statements are they?"};
    }
    CLUE_TRY(o.example_statements, read_file(f.example_statements));
  }
  o.notes = f.letters.notes;
  o.out = f.letters.out;
  o.seed = f.letters.seed;
  o.rules = f.letters.rule_set();
  o.command_line = generate_command_line("medisumqa", args);
  o.created = iso8601_utc(system_clock()());
  return {};
}

/// Letters are private text: they go to this machine's models only, unless someone answers for
/// more.
Result<std::unique_ptr<models::Model>> open(QaFlags& f, Io& io) {
  models::ModelOptions o = f.run.model_options();
  DownloadProgress download(io.err, io.terminal);
  o.download = [&](const std::string& file, std::uint64_t done, std::uint64_t total) {
    download.show(file, done, total);
  };
  CLUE_TRY(run::EgressRules rules, guard_model(core::DataUse::private_, f.run.allow_remote, o));
  o.guarded = true;
  f.options.facts = std::move(rules.facts);
  Result<std::unique_ptr<models::Model>> opened = models::open_model(f.model, o);
  say_expired(rules, opened, io);
  CLUE_TRY(std::unique_ptr<models::Model> model, std::move(opened));
  f.options.engine = model->info().kind == "llama" ? f.run.engine.key() : model->info().kind;
  f.options.ledger = &f.ledger;
  return model;
}

Result<tasks::MetricResources> scorers(const QaFlags& f, Resources& resources, Io& io) {
  tasks::TaskFile wanted;
  wanted.name = "medisumqa";
  wanted.language = f.options.profile.language;
  wanted.metrics = {"rouge_l_f1", "bertscore_f1", "concept_f1"};
  return resources.for_task(wanted, f.options.rules, io);
}

void print(const QaFlags& f, const datagen::QaSet& set, Io& io) {
  const auto counts = datagen::count_set(set);
  const std::string file = (f.options.out / "MeDiSumQA.json").string();
  if (f.letters.json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::object();
    for (const auto& [name, n] : counts) all[name] = n;
    io.out << dump_json(
                  nlohmann::ordered_json{
                      {"file", file}, {"complete", set.complete()}, {"counts", all}},
                  1)
           << '\n';
    return;
  }
  for (const auto& [name, n] : counts) {
    if (n > 0 || name == "pairs selected") {
      io.out << fmt::format("{:<56} {:>8}\n", name, grouped(n));
    }
  }
  io.out << file << '\n';
}

/// Answers of an earlier command whose set is not written yet: a server that is down now leaves it
/// unfinished, not failed.
Result<bool> begun(const datagen::QaOptions& o) {
  std::error_code ec;
  if (!std::filesystem::exists(o.out / "steps" / "run.db", ec) ||
      std::filesystem::exists(o.out / "MeDiSumQA.json", ec)) {
    return false;
  }
  CLUE_TRY(store::RunStore store, store::RunStore::open_read(o.out / "steps"));
  CLUE_TRY(const std::vector<store::PassRow> passes, store.passes());
  return std::ranges::any_of(passes, [](const store::PassRow& p) { return p.done > p.errors; });
}

Result<int> make_set(QaFlags& f, Io& io) {
  const datagen::QaOptions& o = f.options;
  // What can be wrong with files is found before the model is loaded.
  hide_memory();
  Resources resources(f.run.resources, f.run.engine.threads);
  CLUE_TRY(const tasks::MetricResources given, scorers(f, resources, io));
  CLUE_OK(make_dirs(o.out));
  CLUE_TRY(datagen::QaSet set, datagen::choose_letters(f.options));
  say_reading(set.notes, o.notes.string(), io);
  if (set.letters.empty()) {
    return Error{ErrorCode::data,
                 fmt::format("{}: none of {} letters has text that profile {} takes; see\n  clue "
                             "generate profile-check --notes {} --profile {}",
                             o.notes.string(), grouped(set.notes.letters), o.profile.name,
                             o.notes.string(), f.letters.profile)};
  }
  for (const std::string& w : set.warnings) warn(io, w);
  Result<std::unique_ptr<models::Model>> opened = open(f, io);
  if (!opened) {
    if (opened.error().code != ErrorCode::unavailable) return opened.error();
    CLUE_TRY(const bool kept, begun(o));
    if (!kept) return opened.error();
    (void)fail(io, opened.error());
    io.err << fmt::format(
        "What was answered is kept in {}; when the server answers again, the same "
        "command goes on.\n",
        (o.out / "steps").string());
    return int{kIncomplete};
  }
  const std::unique_ptr<models::Model> model = std::move(opened).value();
  PassProgress progress(io.err, io.terminal, model->info().name);
  CLUE_OK(datagen::ask(o, *model, progress, interrupted(), set));
  if (!set.stopped.empty()) {
    io.err << fmt::format("stopped: {}\nWhat was answered is kept in {}; {}\n", set.stopped,
                          (o.out / "steps").string(),
                          set.refused ? "mend this first." : "the same command goes on.");
    return set.refused ? int{kFailed} : int{kIncomplete};
  }
  CLUE_OK(datagen::score_pairs(given, o.rules, set));
  datagen::select_pairs(o.top_k, o.rules, set);
  CLUE_OK(datagen::write_set(o, set));
  if (given.bert_score == nullptr) {
    warn(io, "no BERTScore (" + given.bert_score_why + "): the pairs are chosen by ROUGE-L alone");
  }
  if (set.chosen.empty()) {
    warn(io, "no pair survived; " + (o.out / "MeDiSumQA.letters.jsonl").string() +
                 " says why for each letter");
  }
  const auto families = models::model_families(set.model.name);
  io.err << "note: questions by " << set.model.name
         << (families.empty() ? "" : " (" + families.front() + ")")
         << ": do not evaluate models of its family on them without saying so\n";
  print(f, set, io);
  if (set.failed > 0) {
    io.err << fmt::format("{} letters failed; the same command asks them again\n", set.failed);
    return int{kIncomplete};
  }
  return int{kDone};
}

}  // namespace

int generate_medisumqa(const Args& args, Io& io) {
  Flags parser(
      "clue generate medisumqa",
      "Questions about discharge letters and their answers, written by a language model and\n"
      "selected for little overlap. Every answer of the model is kept: the same command goes\n"
      "on where it stopped.",
      "clue generate medisumqa --notes discharge.csv.gz --profile mimic-iv -m model.gguf -o "
      "data/MeDiSumQA");
  QaFlags f;
  declare(parser.app(), f);
  if (const auto code = parser.parse(args, io)) return *code;
  if (const Status ready = prepare(f, args); !ready) return fail(io, ready.error());
  const Result<int> done = make_set(f, io);
  return done ? *done : fail(io, done.error());
}

}  // namespace clue::cli
