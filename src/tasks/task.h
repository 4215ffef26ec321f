// What a task is: a description (YAML: prompts, metrics, limits) plus a row of functions. Built-in
// tasks are the rows of one table (tasks.cc); a user's own YAML file uses the generic row of its
// answer kind. All functions are pure: the same arguments give the same result on every machine.
//
//   CLUE_TRY(Task task, find_task("meqsum", library));
//   CLUE_TRY(core::Dataset data, load_dataset(task, load_options));
//   CLUE_OK(task.def->prompts(task, data, prompt_options, counter, emit));
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "models/model.h"

namespace clue::tasks {

/// What kind of thing an answer is; decides the generic parser and the default metrics.
enum class AnswerKind { label, choice, text, codes };

/// One wording of a task's chat. Templates name fields as {field}; {{ and }} are literal braces.
struct PromptSet {
  std::string name;  ///< "default", "brief", "clue-2024" (imported)
  std::string system;
  std::string user;
  std::string assistant;  ///< of a few-shot example
  std::string prefill;    ///< start of the model's own answer, "" for none
  std::vector<std::string> stop;
  std::string hash;  ///< sha256 over the above
};

/// A task as its YAML file says (tasks/*.yaml, or a user's file).
struct TaskFile {
  std::string name;
  std::string title;
  int version = 1;
  int level = 0;  ///< 1, 2; 0: in no level score
  AnswerKind kind = AnswerKind::text;
  core::DataUse use = core::DataUse::open;
  std::string language = "en";
  std::string data_file;                      ///< file name looked for in the data folders
  std::size_t expected_rows = 0;              ///< a different count is a warning; 0: any
  std::map<std::string, std::string> fields;  ///< template field -> source column
  std::string target;                         ///< column (or field) of the reference
  std::string cluster;                        ///< column that groups items; "": each its own
  std::vector<std::string> labels;
  int shots = 0;
  int max_tokens = 512;
  std::vector<std::string> metrics;    ///< metric names in report order
  std::vector<std::string> headline;   ///< those that enter the task's score
  bool published_first_twice = false;  ///< clue-2024 averages count the first sample two times
  std::vector<PromptSet> prompts;      ///< first is the default
  std::string path;                    ///< where it was read from (error messages)
};

/// Per-pass settings that change prompts.
struct PromptOptions {
  const PromptSet* prompts = nullptr;
  core::RuleSet rules = core::RuleSet::corrected;
  std::uint64_t seed = 1;  ///< LongHealth's stream
  int shots = -1;          ///< -1: the task's
  int limit = 0;  ///< stop emitting after this many prompts; streams are drawn whole anyway
  int repeats = 1;
  int model_context = 0;  ///< tokens the model holds; LongHealth tasks 2 and 3 fill it
  int longhealth_limit = 8140;
};

using EmitPrompt = std::function<Status(core::Prompt)>;

/// Encoder, dictionary and recogniser a metric may need; each may be absent (null), then the metric
/// is missing with the reason. Defined in tasks/resources.h so that light callers need not see it.
struct MetricResources;

/// One sample ready to be scored.
struct ScoreInput {
  const core::Sample* sample = nullptr;
  const core::Prompt* prompt = nullptr;  ///< may be null for imported predictions
  const core::Generation* generation = nullptr;
  const core::Answer* answer = nullptr;
};

struct Task;

/// The functions of a task kind. `load` reads file -> all records in file order (no shuffle).
struct TaskDef {
  std::string_view name;
  Result<core::Dataset> (*load)(const Task&, const std::string& path, core::RuleSet);
  Status (*prompts)(const Task&, const core::Dataset&, const PromptOptions&, models::TokenCounter*,
                    const EmitPrompt&);
  core::Answer (*parse)(const Task&, const core::Sample&, const core::Generation&, core::RuleSet);
  /// One vector of scores for each input, same order. Independent of batch size and order.
  Result<std::vector<std::vector<core::Score>>> (*score)(const Task&, std::span<const ScoreInput>,
                                                         const MetricResources&, core::RuleSet);
};

struct Task {
  const TaskDef* def = nullptr;
  TaskFile file;
};

}  // namespace clue::tasks
