// Runs in the formats of other programs: JSON Lines, CSV, the published scripts' files (clue-2024),
// lm-evaluation-harness results, inspect_ai's log. Used by `clue export`. Reads the store only.
//
//   CLUE_TRY(auto files, export_run(store, "csv", "out.csv", {.rules = rules}));
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "run/derive.h"
#include "store/run_store.h"

namespace clue::report {

struct ExportOptions {
  core::RuleSet rules = core::RuleSet::corrected;
  bool with_text = false;  ///< also texts of credentialed and private data
};

/// What an exporter gets, and where it notes the files it wrote.
struct ExportJob {
  store::RunStore& store;
  const run::RunResults& results;
  std::filesystem::path out;
  ExportOptions options = {};
  std::vector<std::filesystem::path> files = {};
  std::vector<std::string> notes = {};  ///< what was left out, for the reader

  /// May texts of this task leave?
  [[nodiscard]] bool text_of(const run::TaskResults& task) const;
  /// Writes atomically, for the owner only when a task is not open, and notes the file.
  [[nodiscard]] Status write(const std::filesystem::path& file, std::string_view bytes);
};

struct Exporter {
  std::string_view name;
  std::string_view about;  ///< one line for --help
  bool folder = false;     ///< OUT is a folder; else one file
  Status (*write)(ExportJob&) = nullptr;
};

/// The table of formats.
[[nodiscard]] std::span<const Exporter> exporters();

struct Exported {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> notes;  ///< "mednli: results only, ..."
};

/// Writes a run in a format; texts of data that is not open only with `with_text`. Error:
/// invalid_argument for an unknown format (names them); what a format cannot hold (clue-2024: an
/// incomplete task).
[[nodiscard]] Result<Exported> export_run(store::RunStore& store, std::string_view format,
                                          const std::filesystem::path& out,
                                          const ExportOptions& options);

/// A task or model name as part of a file name.
[[nodiscard]] std::string file_part(std::string_view name);
/// The reference as one text: codes and several references joined with ", ".
[[nodiscard]] std::string reference_of(const store::SampleRow& row);

/// What the published scripts call a metric of a task: "ROUGE_L"; "" when they have none.
[[nodiscard]] std::string published_metric(std::string_view task, std::string_view metric);
/// Our task for a folder of their tree, in any case: "MedNLI" -> "mednli", "LongHealth8k" ->
/// "longhealth" (the family); "" for another folder.
[[nodiscard]] std::string_view task_of_published_folder(std::string_view folder);

/// The rows of the table, each in its own file.
[[nodiscard]] Status export_jsonl(ExportJob& job);
[[nodiscard]] Status export_csv(ExportJob& job);
[[nodiscard]] Status export_clue_2024(ExportJob& job);
[[nodiscard]] Status export_lm_eval(ExportJob& job);
[[nodiscard]] Status export_inspect(ExportJob& job);

}  // namespace clue::report
