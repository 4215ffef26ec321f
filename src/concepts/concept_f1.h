// Concept F1: which concepts two texts name, and how far they agree. UMLS-F1 as the reference
// computes it when given a UMLS dictionary and a spaCy pipeline; with anything else the name says
// so. Used by the metric pipe and the tasks' scorer. One extractor per thread.
//
//   CLUE_TRY(ConceptExtractor x, ConceptExtractor::open({.kb = "umls.kbi", .spacy =
//   "en_core_sci_sm"})); CLUE_TRY(ConceptText a, x.extract(prediction, true)); CLUE_TRY(ConceptText
//   b, ...); ConceptScore s = compare(a, b);   // s.f1
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "concepts/kb.h"
#include "concepts/linker.h"
#include "concepts/spacy_pipeline.h"

namespace clue::concepts {

struct ConceptOptions {
  std::filesystem::path kb;
  std::filesystem::path spacy;     ///< pipeline folder; empty: dictionary matcher
  std::vector<std::string> types;  ///< semantic types that count; empty: all
  bool abbreviations = false;      ///< link "CKD" as the long form the text defines for it
  LinkOptions link;                ///< its query_idf is set per call
};

/// A span of the text and the concept it names.
struct ConceptMention {
  std::size_t begin = 0;  ///< bytes [begin, end) in the text
  std::size_t end = 0;
  std::uint32_t concept_number = 0;
  double score = 0;            ///< cosine of the best alias; 1 for dictionary matches
  std::string alias = {};      ///< what it matched
  std::string long_form = {};  ///< of an abbreviation: what was looked up instead
};

struct ConceptText {
  std::vector<ConceptMention> mentions;    ///< linked ones, in text order
  std::size_t recognised = 0;              ///< spans found, linked or not
  std::set<std::string> names;             ///< canonical names: what the reference compares
  std::map<std::string, std::string> ids;  ///< concept id -> its semantic types, joined by ","
};

struct ConceptScore {
  double precision = 0, recall = 0, f1 = 0;           ///< over names; two empty texts score 0
  double id_precision = 0, id_recall = 0, id_f1 = 0;  ///< over concept ids
  bool both_empty = false;
  std::vector<std::string> shared, missed,
      added;  ///< names in both, only reference, only prediction
  std::map<std::string, std::size_t> missed_types;  ///< semantic type -> missed concepts of it
};

class ConceptExtractor {
 public:
  [[nodiscard]] static Result<ConceptExtractor> open(const ConceptOptions& options);
  /// The same over a dictionary that is open already.
  [[nodiscard]] static Result<ConceptExtractor> with(Kb kb, const ConceptOptions& options);

  /// Invalid UTF-8 counts as U+FFFD. Error: over 1,000,000 characters with a spaCy pipeline.
  [[nodiscard]] Result<ConceptText> extract(std::string_view text, bool query_idf);

  [[nodiscard]] const Kb& kb() const { return *kb_; }
  [[nodiscard]] Linker& linker(bool query_idf);
  [[nodiscard]] bool has_pipeline() const { return spacy_ != nullptr; }
  [[nodiscard]] bool is_umls() const { return spacy_ != nullptr && kb_->meta().kind == "umls"; }
  /// "UMLS F1 (UMLS 2022_ab_cat0129, en_core_sci_sm 0.5.4)", or "Concept F1 (ICD-10-CM 2025,
  /// dictionary)": only a UMLS dictionary behind a spaCy pipeline bears the published name.
  [[nodiscard]] std::string name() const;
  /// Name, dictionary with hash, recogniser, weighting: pins the number.
  [[nodiscard]] std::string signature(bool query_idf) const;

 private:
  ConceptExtractor() = default;
  void match_dictionary(std::string_view text, ConceptText& out) const;
  [[nodiscard]] std::optional<ConceptMention> entry(std::string_view words) const;
  Status recognise(std::string_view text, bool query_idf, ConceptText& out);
  [[nodiscard]] bool counts(std::uint32_t c) const;
  void add(ConceptMention mention, ConceptText& out) const;

  ConceptOptions options_;
  std::unique_ptr<Kb> kb_;
  std::unique_ptr<SpacyPipeline> spacy_;
  std::unique_ptr<Linker> with_idf_, without_idf_;
};

[[nodiscard]] ConceptScore compare(const ConceptText& prediction, const ConceptText& reference);

}  // namespace clue::concepts
