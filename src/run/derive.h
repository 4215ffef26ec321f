// The files of a run folder that are made from run.db: results.json and samples_TASK.jsonl. Written
// whole or not at all, so a full disk leaves the old ones; the database is never touched.
//
//   CLUE_TRY(RunResults results, collect_results(store, rules));
//   CLUE_OK(write_results(dir, results));
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "store/run_store.h"

namespace clue::run {

/// One task of a run, as tables, pages and exports show it.
struct TaskResults {
  store::PassRow pass;
  std::map<std::string, std::size_t> statuses;  ///< "answered": 990, "none": 5, ...
  std::vector<core::Summary> metrics;

  [[nodiscard]] bool subset() const { return pass.facts.limit > 0; }
  /// Every planned generation is there without error.
  [[nodiscard]] bool complete() const {
    return pass.done == pass.facts.planned && pass.errors == 0;
  }
  /// Mean of the headline metrics; nullopt while one is missing or the task is incomplete.
  [[nodiscard]] std::optional<double> score() const;
};

struct RunResults {
  core::RuleSet rules = core::RuleSet::corrected;
  core::ModelInfo model;
  std::vector<TaskResults> tasks;        ///< newest pass of each task, in order of first sight
  std::optional<double> level1, level2;  ///< 0..1; never for subsets, examples or incomplete tasks
};

/// Reads passes, status counts and summaries.
[[nodiscard]] Result<RunResults> collect_results(store::RunStore& store, core::RuleSet rules);

/// The document that results.json holds (docs/formats.md).
[[nodiscard]] nlohmann::json results_document(const RunResults& results);
/// Writes it to DIR/results.json.
[[nodiscard]] Status write_results(const std::filesystem::path& dir, const RunResults& results);

/// The lines of samples_TASK.jsonl: one for each generation in evaluation order. `text` false: null
/// in place of prompt, output, answer and reference.
[[nodiscard]] Result<std::string> sample_lines(store::RunStore& store, const TaskResults& task,
                                               core::RuleSet rules, bool text);

/// samples_TASK.jsonl for every task: one line for each generation in evaluation order. Text of
/// data that is not open is left out (null) unless `with_text`.
[[nodiscard]] Status write_samples(const std::filesystem::path& dir, store::RunStore& store,
                                   const RunResults& results, bool with_text);

}  // namespace clue::run
