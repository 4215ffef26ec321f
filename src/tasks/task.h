// What a task is: a description (YAML: prompts, metrics, limits) plus a row of functions. Built-in
// tasks are tasks/*.yaml over the rows of one table (tasks.cc); a user's own YAML file uses the
// same rows. All functions are pure: the same arguments give the same result on every machine.
//
//   CLUE_TRY(Task task, find_task("meqsum", library));            // library.h
//   CLUE_TRY(core::Dataset data, load_dataset(task, load_options));
//   CLUE_OK(build_prompts(task, data, prompt_options, counter, emit));
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "models/model.h"
#include "tasks/resources.h"

namespace clue::metrics {
class IcdTable;
}

namespace clue::tasks {

/// What kind of thing an answer is; decides the generic parser and the default metrics.
enum class AnswerKind { label, choice, text, codes };

/// One wording of a task's chat. Templates name fields as {field}; {{ and }} are literal braces.
struct PromptSet {
  std::string name;  ///< "default", "brief", "clue-2024" (imported)
  std::string system;
  std::string user;
  std::string assistant;  ///< of a few-shot example; {target} is the reference
  std::string prefill;    ///< start of the model's own answer, "" for none
  std::vector<std::string> stop;
  std::string hash;  ///< sha256 over the above, the name left out
};

/// Where a template field comes from.
struct FieldSource {
  std::vector<std::string> columns;  ///< spellings: the first that the file has is taken
  std::optional<std::string> join;   ///< for cells that are JSON lists: text between the parts
};

/// A task as its YAML file says (tasks/*.yaml, or a user's file).
struct TaskFile {
  std::string name;
  std::string title;
  std::string loader;  ///< row of kTasks; "" = the answer kind's own row
  std::string family;  ///< "longhealth" of "longhealth-2"; else the name
  int variants = 0;    ///< the file stands for NAME-1 .. NAME-n
  int variant = 0;     ///< which of them this task is
  int version = 1;
  int level = 0;          ///< 1, 2; 0: in no level score
  bool own_sets = false;  ///< a file given by the user may be another set: see own_set_name
  bool shuffle = true;    ///< CPython's shuffle, seed 1, before the shots are taken
  AnswerKind kind = AnswerKind::text;
  core::DataUse use = core::DataUse::open;
  std::string language = "en";
  std::string data_file;                      ///< FOLDER/NAME looked for in the data folders
  std::size_t expected_rows = 0;              ///< a different count is a warning; 0: any
  std::map<std::string, FieldSource> fields;  ///< template field -> source column
  std::vector<std::string> target;            ///< column of the reference (spellings)
  std::vector<std::string> cluster;           ///< column that groups items; empty: each its own
  std::vector<std::string> labels;            ///< kind label
  std::vector<std::string> options;           ///< kind choice: columns of the options, in order
  int shots = 0;
  int max_tokens = 512;
  std::vector<std::string> metrics;     ///< metric names in report order
  std::vector<std::string> headline;    ///< those that enter the task's score
  bool published_first_twice = false;   ///< clue-2024 averages count the first sample two times
  bool published_two_decimals = false;  ///< clue-2024 averages are kept as text with two decimals
  std::string code_table;          ///< kind codes: a code list of the user's, beside the task file
  std::vector<PromptSet> prompts;  ///< first is the default
  std::string path;                ///< where it was read from (error messages)
  bool builtin = false;            ///< embedded in the program, or a file in its place

  /// Prompt set by name ("": the first); null when there is none.
  [[nodiscard]] const PromptSet* prompt_set(std::string_view set) const;
};

/// Per-pass settings that change prompts.
struct PromptOptions {
  const PromptSet* prompts = nullptr;  ///< null: the task's first
  core::RuleSet rules = core::RuleSet::corrected;
  std::uint64_t seed = 1;    ///< LongHealth's stream
  int limit = 0;             ///< stop after this many samples (LongHealth: prompts)
  int repeats = 1;           ///< each prompt so often (not LongHealth, which has its own draws)
  int model_context = 0;     ///< tokens the model holds; LongHealth tasks 2 and 3 fill it
  int answer_room = 0;       ///< of these, kept free for the answer and the chat template's marks
  int longhealth_limit = 0;  ///< 0: the protocol's 8140
};

using EmitPrompt = std::function<Status(core::Prompt)>;

/// One sample ready to be scored.
struct ScoreInput {
  const core::Sample* sample = nullptr;
  const core::Prompt* prompt = nullptr;  ///< may be null for imported predictions
  const core::Generation* generation = nullptr;
  const core::Answer* answer = nullptr;
};

using ScoreRows = std::vector<std::vector<core::Score>>;

struct Task;

/// The functions of a task kind. `load` reads file -> all records in file order (no shuffle).
/// Fields whose name begins with "_" are for scoring only; baselines must not read them.
struct TaskDef {
  std::string_view name;
  Result<core::Dataset> (*load)(const Task&, const std::string& path);
  Status (*prompts)(const Task&, const core::Dataset&, const PromptOptions&, models::TokenCounter*,
                    const EmitPrompt&);
  core::Answer (*parse)(const Task&, const core::Sample&, const core::Generation&, core::RuleSet);
  /// One vector of scores for each input, same order. Independent of batch size and order (but for
  /// BERTScore under clue-2024, whose batches of 64 need the whole task in evaluation order).
  Result<ScoreRows> (*score)(const Task&, std::span<const ScoreInput>, const MetricResources&,
                             core::RuleSet);
};

struct Task {
  const TaskDef* def = nullptr;
  TaskFile file;
  std::shared_ptr<const metrics::IcdTable> codes;  ///< null: the rule set's built-in list

  /// Read from a file of the user's (not one of the embedded tasks).
  [[nodiscard]] bool user_file() const { return !file.builtin; }
};

}  // namespace clue::tasks
