// The files behind metrics: an encoder for BERTScore, a concept dictionary, a spaCy pipeline. One
// place for `run`, `score`, `metric` and `doctor`: flags first, then CLUE_DATA/metrics. A file that
// is not there is no error: its metric is missing and says why, and `clue score` fills it in later.
//
//   Resources resources(flags.resources, threads);
//   CLUE_TRY(auto given, resources.for_task(task.file, rules, io));   // opens what the task lists
//   CLUE_TRY(auto summaries, run::score_pass(store, pass, task, given, rules));
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "concepts/concept_f1.h"
#include "core/types.h"
#include "tasks/resources.h"
#include "tasks/task.h"

namespace clue::cli {

/// What the user said about metrics; "" and nullopt: not said.
struct ResourceFlags {
  std::string encoder;
  int layer = 0;  ///< 0: the encoder's default
  bool idf = false;
  std::string baseline;
  std::string kb;
  std::string spacy;
  std::string query_idf;  ///< "on", "off"
  std::vector<std::string> concept_types;
  std::optional<double> concept_threshold;
  std::string definition_filter;  ///< "on", "off"
  bool abbreviations = false;
  std::string code_table;  ///< ICD codes; goes into the task (chosen_tasks), not for_task
  std::optional<bool> rouge_stemmer;
  std::optional<bool> rouge_unicode;

  /// nullopt: on under corrected rules, off under clue-2024.
  [[nodiscard]] std::optional<bool> use_query_idf() const;
  /// What the flags say about finding concepts, for these files.
  [[nodiscard]] concepts::ConceptOptions concept_options(
      const std::filesystem::path& kb_file, const std::filesystem::path& pipeline) const;
};

/// Declares --encoder and the rest; `encoder_name` is "--model" where no language model is asked.
void declare_resource_flags(CLI::App& app, ResourceFlags& flags,
                            const std::string& encoder_name = "--encoder");

/// The ones about concepts alone: --kb, --spacy, --query-idf and the filters.
void declare_concept_flags(CLI::App& app, ResourceFlags& flags);

/// A file that was looked for under CLUE_DATA/metrics.
struct MetricFile {
  std::filesystem::path path;  ///< empty: none
  std::string why;             ///< then: what is expected where
};

/// CLUE_DATA/metrics; empty when CLUE_DATA is not set.
[[nodiscard]] std::filesystem::path metrics_dir();
/// encoder.gguf, encoder/ or scibert*; for another LANGUAGE encoder-LANGUAGE.gguf, encoder-LANGUAGE/
/// or bert-base-multilingual*; for German also gbert* and bert-base-german*.
[[nodiscard]] MetricFile find_encoder(const std::filesystem::path& dir,
                                      std::string_view language);
/// NAME-LANGUAGE.kbi, umls.kbi, or the only *.kbi.
[[nodiscard]] MetricFile find_kb(const std::filesystem::path& dir, std::string_view language);
/// A pipeline folder: spacy-LANGUAGE/, spacy/ (English), or LANGUAGE_* as spaCy names them.
[[nodiscard]] MetricFile find_spacy(const std::filesystem::path& dir, std::string_view language);

class Resources {
 public:
  Resources(ResourceFlags flags, int threads);
  Resources(Resources&&) noexcept;
  Resources& operator=(Resources&&) noexcept;
  ~Resources();

  /// What a task's metrics need, opened once and owned here. Its language decides the defaults:
  /// other languages than English get Unicode ROUGE (corrected rules) and an encoder of their own.
  /// Warns of an encoder of another language, and of a found file that cannot be used (its metric
  /// is missing). Error: a file that a flag names cannot be used.
  [[nodiscard]] Result<tasks::MetricResources> for_task(const tasks::TaskFile& task,
                                                        core::RuleSet rules, Io& io);

 private:
  struct Opened {
    std::unique_ptr<tasks::PairScorer> scorer;  ///< null: cannot be used
    std::string why;
    std::string language;  ///< of an encoder; "": unknown
  };
  Result<tasks::PairScorer*> encoder(const tasks::TaskFile& task, std::string& why, Io& io);
  Result<tasks::PairScorer*> concepts(const tasks::TaskFile& task, std::string& why, Io& io);

  ResourceFlags flags_;
  int threads_ = 1;
  std::filesystem::path dir_;
  std::map<std::string, Opened> open_;  ///< by path
};

}  // namespace clue::cli
