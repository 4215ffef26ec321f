// The structs that flow through the program, in the order a sample meets them. Read this first.
//
//   RunSpec -> Dataset{Sample...} -> Prompt -> Generation -> Answer -> Score -> Summary
//
// Plain values, every member defaulted, no behaviour; their JSON forms are in core/json.h. Text is
// UTF-8.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace clue::core {

/// `clue_2024`: the published scripts' behaviour, defects included. `corrected`: the default.
enum class RuleSet { corrected, clue_2024 };

/// Who may see the text of a data file; decides egress and what exporters show.
enum class DataUse { open, credentialed, private_ };

enum class Role { system, user, assistant };

struct Message {
  Role role = Role::user;
  std::string content;
};

/// How tokens are chosen. temperature 0 is greedy decoding, the paper's setting.
struct Decoding {
  double temperature = 0.0;
  double top_p = 1.0;
  double min_p = 0.0;
  int top_k = 0;           ///< 0: off
  std::uint64_t seed = 1;  ///< sampling seed of the run; each sample derives its own from it
  int max_tokens = 0;      ///< 0: the task's own limit
  int max_reasoning_tokens =
      0;  ///< extra budget for <think>-style blocks; 0: none beyond max_tokens
};

/// What to do with a prompt that does not fit into the model's context.
enum class Overflow { error, skip, cut_documents, cut_middle };

/// Which model answered, in enough detail to repeat it.
struct ModelInfo {
  std::string spec;  ///< as the user typed it: "gguf:x.gguf", "http://127.0.0.1:8080/v1#m", ...
  std::string kind;  ///< llama, http, baseline, replay, mock
  std::string name;  ///< short display name
  std::string content_hash;  ///< sha256 of the weights or replay file; servers: of the model's name
  std::string template_hash;  ///< sha256 of the chat template in force; empty: none (server side)
  int context_length = 0;     ///< tokens; 0: unknown
  std::map<std::string, std::string>
      details;  ///< quantisation, engine, template source, system info...
};

/// Everything that decides what a model is asked and how it answers. Its canonical JSON is hashed
/// (core/json.h: run_key) and starts every key in the store. Scoring rules are not in it, so that
/// re-scoring finds the same generations.
struct RunSpec {
  std::string task;  ///< "meqsum"; variants carry the variant in the name
  int task_version = 1;
  std::string model_hash;     ///< ModelInfo::content_hash
  std::string template_hash;  ///< ModelInfo::template_hash
  std::string engine;         ///< "exact", "fast", "http", ...: what may change a model's output
  std::string prompt_set;     ///< "default", "clue-2024", ...
  std::string prompt_hash;    ///< sha256 of the templates in force
  std::string data_hash;      ///< sha256 of the data file's bytes
  int shots = 0;
  Decoding decoding;
  std::uint64_t prompt_seed = 1;  ///< LongHealth's draws
  Overflow overflow = Overflow::error;
  int max_context = 0;       ///< 0: the model's own
  int longhealth_limit = 0;  ///< 0: the protocol's 8140
  int repeats = 1;
  std::map<std::string, std::string> extra;  ///< anything else that changes prompts
};

/// One item of a task. `id` is the 0-based record number in the source file as text ("17"),
/// LongHealth "patient_01/3"; unique within a task.
/// Fields whose name begins with "_" are for scoring only; models and templates never see them.
struct Sample {
  std::string id;
  std::string cluster;  ///< patient, letter or question that groups items; "": itself
  std::map<std::string, std::string>
      fields;                        ///< what prompt templates may name: {CHQ}, {sentence1}, ...
  std::vector<std::string> targets;  ///< reference answers; codes: one code each
};

/// A text that several samples share (a patient's letters), stored once.
struct Document {
  std::string id;       ///< "text_0"; unique within its cluster
  std::string cluster;  ///< patient
  std::string text;
};

struct Dataset {
  std::string task;
  std::string path;       ///< source file
  std::string sha256;     ///< of its bytes
  bool examples = false;  ///< the shipped invented examples, not the real data
  DataUse use = DataUse::open;
  std::vector<Sample> shots;          ///< few-shot examples, in order; never among `samples`
  std::vector<Sample> samples;        ///< in evaluation order
  std::vector<Document> documents;    ///< in file order; LongHealth's letters
  std::size_t rows = 0;               ///< records in the file before anything was taken out
  std::vector<std::string> warnings;  ///< "expected 1000 rows, found 998", ...
};

/// What was taken away to make a prompt fit, in tokens.
struct Cut {
  std::string what;  ///< "document 3", "middle of the letter"
  int tokens_before = 0;
  int tokens_after = 0;
};

/// One request to a model.
struct Prompt {
  std::string sample;  ///< Sample::id
  int repeat = 0;      ///< draw number (LongHealth, --repeats)
  std::vector<Message> messages;
  std::string prefill;            ///< start of the assistant's answer, if the task gives one
  std::vector<std::string> stop;  ///< strings that end the answer
  int max_tokens = 0;
  std::vector<Cut> cuts;
  std::string target;  ///< overrides Sample::targets where the draw decides it (LongHealth task 3)
  std::map<std::string, std::string>
      info;  ///< facts for the report: answer position, budget, documents
};

enum class StopReason { end_of_turn, stop_string, length, error, cancelled };

/// What came back. A failed sample is a Generation with `error`; a failed back end is an Error.
struct Generation {
  std::string text;       ///< without reasoning
  std::string reasoning;  ///< <think>-style block or a server's reasoning_content; never scored
  StopReason stop = StopReason::end_of_turn;
  std::string error;  ///< non-empty: infrastructure failed; the sample is missing, not wrong
  int prompt_tokens = 0;
  int reused_tokens = 0;  ///< of these, taken from a kept prefix
  int output_tokens = 0;
  double seconds = 0;                        ///< wall time of this request
  bool overflow = false;                     ///< the prompt did not fit and the policy said skip
  std::map<std::string, std::string> extra;  ///< logprobs and the like
};

enum class AnswerStatus { answered, none, cut, cut_reasoning, refused, error };

/// What a parser read out of a generation. `begin`/`end` are byte offsets into Generation::text.
struct Answer {
  AnswerStatus status = AnswerStatus::answered;
  std::string value;               ///< label, letter or the whole text
  std::vector<std::string> codes;  ///< ICD codes, dotless
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string note;  ///< why none, what contradicts
};

struct Tally {
  double tp = 0, fp = 0, fn = 0;
};

/// One number about one sample. A missing value says why; it is never zero by accident.
struct Score {
  std::string metric;           ///< "rouge_l_f1", "accuracy", ...
  std::optional<double> value;  ///< on a 0..1 scale
  std::optional<Tally> tally;   ///< for micro averages
  std::string why;              ///< why `value` is missing, or an explanation for the reader
};

/// A metric over a task.
struct Summary {
  std::string metric;
  std::string signature;         ///< what pins the number: rules, version, encoder, layer, ...
  std::optional<double> mean;    ///< 0..1
  std::optional<double> ci_low;  ///< 95 % interval
  std::optional<double> ci_high;
  std::string ci_method;    ///< "bootstrap-percentile, 2000 draws, seed 1, clustered by patient"
  std::size_t n = 0;        ///< samples in the mean
  std::size_t missing = 0;  ///< left out: infrastructure errors or metric not computable
  bool headline = false;
  std::string why;  ///< why `mean` is missing
};

}  // namespace clue::core
