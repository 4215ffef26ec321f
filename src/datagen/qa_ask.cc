// Letters and the two model steps; the rest of qa_set.h is in qa_select.cc and qa_output.cc.
#include <map>
#include <set>
#include <unordered_map>

#include "base/hash.h"
#include "base/text.h"
#include "core/json.h"
#include "datagen/qa_set.h"
#include "tasks/dataset.h"
#include "tasks/library.h"

namespace clue::datagen {
namespace {

using core::Dataset;
using core::Sample;

constexpr std::string_view kStatements = "statements";
constexpr std::string_view kQuestions = "questions";

/// Statements of an example letter when its owner gives none: its own sentences.
std::string own_sentences(std::string_view source, const LetterProfile& profile) {
  std::string text;
  const std::string flat = replace_all(source, "\n", " ");
  for (std::string_view part : split(flat, std::string_view(". "))) {
    part = py_strip(part);
    if (part.empty()) continue;
    text += "- " + std::string(part) + (part.ends_with('.') ? "\n" : ".\n");
  }
  std::string out;
  for (const std::string& s : parse_statements(text, profile, core::RuleSet::corrected)) {
    out += "- " + s + "\n";
  }
  return out;
}

/// One model step as a task of the run machinery.
struct Step {
  tasks::Task task;
  Dataset data;
};

Step make_step(std::string_view name, const StepWording& wording, std::string_view field,
               const QaOptions& options) {
  Step step;
  step.task.def = tasks::find_def("text");
  CLUE_CHECK(step.task.def != nullptr);
  step.task.file.name = "generate-" + std::string(name);
  step.task.file.max_tokens = options.max_tokens;
  step.task.file.prompts = {wording.prompts};
  step.task.file.path = "prompt set " + options.wording.name;
  step.data.task = step.task.file.name;
  step.data.path = options.notes.string();
  step.data.sha256 = options.profile.hash;
  step.data.use = core::DataUse::private_;
  Sample shot;
  shot.id = "example";
  shot.fields[std::string(field)] = wording.example_field;
  shot.fields["reader"] = options.wording.reader;
  shot.targets = {wording.example_answer};
  step.data.shots.push_back(std::move(shot));
  return step;
}

void add_sample(Step& step, const QaLetter& letter, std::string_view field, std::string value,
                const QaOptions& options) {
  Sample sample;
  sample.id = letter.id;
  sample.cluster = letter.patient;
  sample.fields[std::string(field)] = std::move(value);
  sample.fields["reader"] = options.wording.reader;
  step.data.samples.push_back(std::move(sample));
}

struct StepAnswer {
  std::string text;
  std::string error;
  bool cut = false;
  bool too_long = false;  ///< the prompt does not fit into the model's context
  std::string prompt_hash;
};
using Answers = std::unordered_map<std::string, StepAnswer>;

/// Asks what is not stored yet, then reads all answers back from the store.
Result<Answers> run_step(const Step& step, const QaOptions& options, models::Model& model,
                         store::RunStore& store, run::Progress& progress, std::stop_token stop,
                         QaSet& set) {
  run::PassRequest request;
  request.task = &step.task;
  request.data = &step.data;
  request.prompts.prompts = &step.task.file.prompts.front();
  request.prompts.rules = options.rules;
  core::RunSpec& spec = request.facts.spec;
  spec.task = step.task.file.name;
  spec.model_hash = model.info().content_hash;
  spec.template_hash = model.info().template_hash;
  spec.engine = options.engine;
  spec.prompt_set = options.wording.name;
  spec.prompt_hash = options.wording.hash;
  spec.data_hash = step.data.sha256;
  spec.shots = 1;
  spec.overflow = core::Overflow::skip;
  request.facts.model = model.info();
  request.facts.dataset_path = step.data.path;
  request.facts.use = step.data.use;
  request.facts.command_line = options.command_line;
  request.facts.created = options.created;
  request.facts.extra.insert(options.facts.begin(), options.facts.end());
  request.ledger = options.ledger;

  Answers out;
  CLUE_TRY(const std::vector<core::Prompt> prompts,
           run::build_prompts(step.task, step.data, request.prompts, model.tokens()));
  for (const core::Prompt& p : prompts) out[p.sample].prompt_hash = core::prompt_hash(p);
  CLUE_TRY(const run::PassResult pass,
           run::generate_pass(request, model, store, progress, std::move(stop)));
  set.stopped = pass.stopped;
  set.refused = pass.refused;
  CLUE_OK(store.samples(pass.pass, options.rules,
                        [&](const store::SampleRow& row) {
                          const auto it = out.find(row.sample.id);
                          if (it == out.end())
                            return true;  // of an earlier command that asked about more letters
                          it->second.text = row.generation.text;
                          it->second.error = row.generation.error;
                          it->second.cut = row.generation.stop == core::StopReason::length;
                          it->second.too_long = row.generation.overflow;
                          if (row.generation.overflow)
                            it->second.error.clear();  // asking again would not help
                          return true;
                        },
                        {.prompt_text = false}));
  return out;
}

/// What an answer without use is called.
std::string status_of(const StepAnswer& answer, std::string_view step) {
  if (answer.too_long) return "too long for the model";
  if (!answer.error.empty()) return "failed";
  if (py_strip(answer.text).empty()) return "empty answer";
  return "no " + std::string(step);
}

void take_statements(const Answers& answers, const QaOptions& options, QaSet& set) {
  const std::string& prefill = options.wording.statements.prompts.prefill;
  for (QaLetter& letter : set.letters) {
    const StepAnswer& answer = answers.at(letter.id);
    letter.statements_prompt = answer.prompt_hash;
    letter.error = answer.error;
    if (answer.cut) letter.cut.emplace_back(kStatements);
    const std::string text = with_prefill(prefill, answer.text);
    if (py_strip(answer.text).empty() || !answer.error.empty()) {
      letter.status = status_of(answer, kStatements);
      continue;
    }
    const std::string_view heading = split(prefill, '\n').front();
    for (StatementLine& line : read_statements(text, options.profile, options.rules)) {
      if (line.text == heading) continue;  // ours
      if (line.why.empty()) {
        letter.statements.push_back(std::move(line.text));
      } else {
        letter.dropped.push_back(std::move(line));
      }
    }
    if (letter.statements.empty()) letter.status = status_of(answer, kStatements);
  }
}

void take_questions(const Answers& answers, const QaOptions& options, QaSet& set) {
  for (std::size_t i = 0; i < set.letters.size(); ++i) {
    QaLetter& letter = set.letters[i];
    const auto it = answers.find(letter.id);
    if (it == answers.end()) continue;
    const StepAnswer& answer = it->second;
    letter.questions_prompt = answer.prompt_hash;
    letter.error = answer.error;
    if (answer.cut) letter.cut.emplace_back(kQuestions);
    std::vector<QuestionAnswer> found;
    if (answer.error.empty() && !py_strip(answer.text).empty()) {
      found = read_questions(with_prefill(options.wording.questions.prompts.prefill, answer.text),
                             letter.statements, options.rules, options.wording.labels);
    }
    bool any = false;
    for (QuestionAnswer& qa : found) {
      any = any || qa.why.empty();
      QaPair pair;
      pair.id = sha256_hex(letter.sha256 + "\n" + qa.question + "\n" + qa.answer).substr(0, 16);
      pair.letter = i;
      pair.question = std::move(qa.question);
      pair.answer = std::move(qa.answer);
      pair.statement = qa.statement;
      pair.why = std::move(qa.why);
      set.pairs.push_back(std::move(pair));
    }
    if (!any) letter.status = status_of(answer, kQuestions);
  }
}

}  // namespace

Result<QaSet> choose_letters(QaOptions& options) {
  QaSet set;
  const LetterProfile& profile = options.profile;
  std::string example_source;
  bool example_found = options.example_note.empty();
  SelectOptions select{.seed = options.seed, .max_notes = options.max_notes};
  select.accept = [&](const Note& note) {
    if (!example_found && note.id == options.example_note) {
      example_found = true;
      example_source = take_apart(note.text, profile).source;
    }
    return is_admitted(note.text, profile);
  };
  std::set<std::string> ids;
  select.keep = [&](Note& note) {
    // The example is no letter to ask about; the published script did not leave it out.
    if (note.id == options.example_note && options.rules == core::RuleSet::corrected) return false;
    Letter letter = take_apart(note.text, profile);
    if (py_strip(letter.source).empty()) {
      ++set.no_source;
      return false;
    }
    QaLetter kept;
    kept.id = ids.insert(note.id).second ? note.id : note.id + "#" + std::to_string(note.index);
    ids.insert(kept.id);
    kept.patient = note.patient;
    kept.admission = note.admission;
    kept.row = note.index;
    kept.sha256 = sha256_hex(note.text);
    kept.evaluated =
        profile.evaluated == Evaluated::whole ? std::move(note.text) : std::move(letter.rest);
    note.text = {};  // 4,000 letters twice would be 40 MB more
    kept.source = std::move(letter.source);
    set.letters.push_back(std::move(kept));
    return true;
  };
  CLUE_TRY(Selection chosen, select_notes(options.notes, profile, select));
  set.notes = std::move(chosen.counts);
  set.admitted = chosen.accepted;
  if (options.example_note.empty()) return set;
  if (!example_found) {
    return Error{ErrorCode::invalid_argument, "--example-note " + options.example_note +
                                                  ": no letter has this id in " +
                                                  options.notes.string()};
  }
  if (py_strip(example_source).empty()) {
    return Error{ErrorCode::invalid_argument,
                 "--example-note " + options.example_note +
                     ": the profile finds no source text in this letter; choose another"};
  }
  std::string statements = options.example_statements;
  if (statements.empty()) {
    statements = own_sentences(example_source, profile);
    set.warnings.push_back(
        "no statements were given for the example letter, so its own sentences stand in for them; "
        "--example-statements FILE gives better ones");
  }
  set_example(options.wording, example_source, statements);
  options.wording.hash =
      sha256_hex(options.wording.hash + options.wording.statements.example_field +
                 options.wording.statements.example_answer);
  return set;
}

Status ask(const QaOptions& options, models::Model& model, run::Progress& progress,
           std::stop_token stop, QaSet& set) {
  set.model = model.info();
  CLUE_TRY(store::RunStore store, store::RunStore::create_or_open(options.out / "steps", true));
  Step statements = make_step(kStatements, options.wording.statements, "letter", options);
  for (const QaLetter& letter : set.letters) {
    add_sample(statements, letter, "letter", letter.source, options);
  }
  CLUE_TRY(const Answers first, run_step(statements, options, model, store, progress, stop, set));
  if (!set.stopped.empty()) return {};
  take_statements(first, options, set);

  Step questions = make_step(kQuestions, options.wording.questions, "statements", options);
  for (const QaLetter& letter : set.letters) {
    if (letter.statements.empty()) continue;
    add_sample(questions, letter, "statements", "- " + join(letter.statements, "\n- "), options);
  }
  CLUE_TRY(const Answers second, run_step(questions, options, model, store, progress, stop, set));
  if (!set.stopped.empty()) return {};
  take_questions(second, options, set);
  for (const QaLetter& letter : set.letters) set.failed += letter.error.empty() ? 0 : 1;
  return {};
}

}  // namespace clue::datagen
