// RunStore: one run folder on SQLite (run.db, WAL, synchronous=NORMAL). The truth of a run;
// everything else in the folder is derived from it. A generation put here survives kill -9 once
// put_generation returned and commit() ran. One writer; readers may open the same file at any time.
// An object belongs to one thread at a time.
//
//   CLUE_TRY(RunStore store, RunStore::create_or_open(dir));
//   CLUE_TRY(auto pass, store.begin_pass(spec, info, dataset_facts));
//   if (!store.has_generation(pass, sample, repeat, prompt_hash)) ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"

namespace clue::store {

/// A pass: one RunSpec over one task. Its key is the hash of the canonical RunSpec.
using PassId = std::int64_t;

/// Facts of a pass that are kept beside its RunSpec.
struct PassFacts {
  core::RunSpec spec;
  core::ModelInfo model;
  std::string dataset_path;
  core::DataUse use = core::DataUse::open;
  bool examples = false;
  std::size_t planned = 0;  ///< generations the whole pass will have
  int limit = 0;            ///< --limit: SUBSET
  std::string command_line;
  std::string created;  ///< UTC, ISO 8601
  std::map<std::string, std::string>
      extra;  ///< hardware, versions, egress reason, engine statistics
};

/// One sample's whole trace, as report and export read it.
struct SampleRow {
  core::Sample sample;
  core::Prompt prompt;
  core::Generation generation;
  std::optional<core::Answer> answer;  ///< of the asked rule set
  std::vector<core::Score> scores;     ///< of the asked rule set
  std::int64_t position = 0;           ///< evaluation order
};

struct PassRow {
  PassId id = 0;
  std::string key;
  PassFacts facts;
  std::size_t done = 0;    ///< generations stored, errors included
  std::size_t errors = 0;  ///< of these, with Generation::error
};

/// What samples() leaves out to stay light.
struct ReadOptions {
  bool prompt_text = true;  ///< false: messages come with empty content
};

class RunStore {
 public:
  /// Opens DIR/run.db for writing, making folder and file if needed; holds DIR/run.lock until
  /// destroyed (released by the kernel when the process dies). private_text: folder 0700, files
  /// 0600. Error names path and cause (permission, disk full, not a run folder, newer schema,
  /// damaged, in use by process N).
  [[nodiscard]] static Result<RunStore> create_or_open(const std::filesystem::path& dir,
                                                       bool private_text);
  /// Read only; the run may be in progress, the folder may be unwritable. A visit sees one state of
  /// the run, whatever the writer does meanwhile.
  [[nodiscard]] static Result<RunStore> open_read(const std::filesystem::path& dir);

  RunStore(RunStore&&) noexcept;
  RunStore& operator=(RunStore&&) noexcept;
  ~RunStore();

  /// Finds the pass with this RunSpec or adds it; facts of an existing pass are refreshed.
  [[nodiscard]] Result<PassId> begin_pass(const PassFacts& facts);
  /// True when a generation without error is stored for exactly this prompt.
  [[nodiscard]] Result<bool> has_generation(PassId pass, std::string_view sample, int repeat,
                                            std::string_view prompt_hash);
  /// Stores sample, prompt and generation; durable after the next commit(). Replaces an errored
  /// one.
  [[nodiscard]] Status put_generation(PassId pass, std::int64_t position,
                                      const core::Sample& sample, const core::Prompt& prompt,
                                      const core::Generation& generation);
  /// Stores what a rule set made of a generation; replaces what was there.
  [[nodiscard]] Status put_scores(PassId pass, core::RuleSet rules, std::string_view sample,
                                  int repeat, const core::Answer& answer,
                                  const std::vector<core::Score>& scores);
  /// Replaces the summaries of a rule set.
  [[nodiscard]] Status put_summaries(PassId pass, core::RuleSet rules,
                                     const std::vector<core::Summary>& summaries);
  [[nodiscard]] Status set_fact(PassId pass, std::string_view name, std::string_view value);
  /// Ends the open transaction; what was put before survives a killed process. After an error what
  /// was put since the last commit is gone, the rest is intact.
  [[nodiscard]] Status commit();
  /// Removes letters, prompts and outputs for good; ids, hashes, scores and summaries stay.
  [[nodiscard]] Status purge_text();

  [[nodiscard]] Result<std::vector<PassRow>> passes();
  /// Visits samples in evaluation order; the visitor returns false to stop.
  [[nodiscard]] Status samples(PassId pass, core::RuleSet rules,
                               const std::function<bool(const SampleRow&)>& visit,
                               const ReadOptions& options = {});
  [[nodiscard]] Result<std::vector<core::Summary>> summaries(PassId pass, core::RuleSet rules);
  /// The run folder as given.
  [[nodiscard]] const std::filesystem::path& dir() const;

 private:
  struct Impl;
  explicit RunStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace clue::store
