// MeDiSumQA out of letters (protocol, section 5), step by step: letters -> statements -> questions
// -> scores -> selection -> files. Each model step is durable in OUT/steps before the next begins;
// the same call goes on where it stopped. Used by `clue generate medisumqa`. Formats:
// docs/formats.md.
//
//   CLUE_TRY(QaSet set, choose_letters(options));
//   CLUE_OK(ask(options, *model, progress, stop, set));     // set.stopped says why it ended early
//   CLUE_OK(score_pairs(resources, set)); select_pairs(options, set); write_set(options, set);
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "datagen/letter.h"
#include "datagen/notes.h"
#include "datagen/wording.h"
#include "models/model.h"
#include "run/passes.h"
#include "tasks/resources.h"

namespace clue::datagen {

struct QaOptions {
  std::filesystem::path notes;
  std::filesystem::path out;
  LetterProfile profile;
  Wording wording;
  std::size_t max_notes = 4000;  ///< letters with source text; 0: all
  std::size_t top_k = 500;
  std::uint64_t seed = 44;
  core::RuleSet rules = core::RuleSet::corrected;
  std::string example_note;        ///< id of the letter that is the example; "": the wording's own
  std::string example_statements;  ///< its statements; "": its own sentences
  int max_tokens = 1000;           ///< of each answer
  std::string command_line;
  std::string created;                       ///< UTC, ISO 8601
  std::string engine;                        ///< what may change the model's answers
  std::map<std::string, std::string> facts;  ///< of the egress guard, kept with each step
  run::EgressLedger* ledger = nullptr;       ///< records what leaves the machine
};

/// A question and its answer, chosen or not.
struct QaPair {
  std::string id;          ///< of letter, question and answer
  std::size_t letter = 0;  ///< index into QaSet::letters
  std::string question;
  std::string answer;
  std::optional<std::size_t> statement;  ///< number in the letter's list
  std::string why;                       ///< why it is not usable; "": it is
  std::optional<double> rouge_l, bertscore, concepts;
  std::string bertscore_why, concepts_why;
};

struct QaLetter {
  std::string id, patient, admission;
  std::size_t row = 0;
  std::string sha256;     ///< of the letter
  std::string evaluated;  ///< what models will be shown
  std::string source;     ///< what the statements are taken from
  std::vector<std::string> statements;
  std::vector<StatementLine> dropped;  ///< lines that are no statement
  std::vector<std::string> cut;        ///< steps whose answer hit the token limit
  std::string status = "ok";           ///< see docs/formats.md
  std::string error;                   ///< of a failed request
  std::string statements_prompt, questions_prompt;  ///< hashes
};

/// One place of the final set.
struct Choice {
  std::size_t pair = 0;
  std::string_view by;  ///< "rouge_l" or "bertscore"
};

struct QaSet {
  std::vector<QaLetter> letters;  ///< in the shuffled order
  std::vector<QaPair> pairs;      ///< in letter order
  std::vector<Choice> chosen;     ///< in the order of selection
  NoteCounts notes;
  std::size_t admitted = 0;   ///< letters the profile's filter takes
  std::size_t no_source = 0;  ///< of those looked at, without source text
  core::ModelInfo model;
  std::vector<std::string> warnings;
  std::string bertscore_signature, concepts_signature;
  std::string stopped;      ///< why a step ended early; "": all were asked
  bool refused = false;     ///< then: the back end will refuse again
  std::size_t failed = 0;   ///< letters whose request failed: asked again by the same command

  [[nodiscard]] bool complete() const { return stopped.empty() && failed == 0; }
};

/// Reads, shuffles, filters; with example_note also fills the wording's example.
[[nodiscard]] Result<QaSet> choose_letters(QaOptions& options);

/// Both model steps into OUT/steps, then parsing. Error: the store cannot be written.
[[nodiscard]] Status ask(const QaOptions& options, models::Model& model, run::Progress& progress,
                         std::stop_token stop, QaSet& set);

/// Question against answer. A resource that is missing leaves its score empty with the reason.
[[nodiscard]] Status score_pairs(const tasks::MetricResources& resources, core::RuleSet rules,
                                 QaSet& set);

/// Usable pairs by ascending ROUGE-L and by ascending BERTScore (stable), then in turn: place i of
/// the set is for even i from the ROUGE order, for odd i from the BERTScore order. `clue_2024`: the
/// order's own place i, so the same pair can come twice; `corrected`: the order's next unused pair.
/// Pairs without a BERTScore: ROUGE-L alone.
void select_pairs(std::size_t top_k, core::RuleSet rules, QaSet& set);

/// MeDiSumQA.json and its companions, each whole or not at all.
[[nodiscard]] Status write_set(const QaOptions& options, const QaSet& set);

/// The line of a text that holds most of the answer's longer words; "": none holds half of them.
[[nodiscard]] std::string evidence_line(std::string_view text, std::string_view answer);

/// Counts in words and numbers, in the order they should be shown.
[[nodiscard]] std::vector<std::pair<std::string, std::size_t>> count_set(const QaSet& set);

}  // namespace clue::datagen
