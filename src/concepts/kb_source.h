// A concept dictionary as read from its source, before it is indexed: concepts with names, types
// and definitions, and where they come from. The readers fill it, build_kb() (kb_build.h) turns it
// into one indexed file. Plain values.
//
//   CLUE_TRY(KbSource source, read_obo("doid.obo"));
//   CLUE_OK(write_kb(source, "doid.kbi"));
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace clue::concepts {

struct SourceConcept {
  std::string id;                    ///< CUI, DOID, ICD-10-CM code, ...
  std::string name;                  ///< canonical name, verbatim
  std::vector<std::string> aliases;  ///< other names, verbatim; may repeat
  std::vector<std::string> types;    ///< semantic types (TUI) or name spaces, in source order
  std::optional<std::string> definition;
};

/// What the index file says about its content; printed with every score made with it.
struct KbMeta {
  std::string kind;                ///< "umls", "scispacy", "obo", "icd10cm", "csv"
  std::string name;                ///< "UMLS", "Disease Ontology", "ICD-10-CM 2025"
  std::string version;             ///< release as the source states it, "" if it does not
  std::string source;              ///< base name(s) of the source file(s)
  std::string licence;             ///< what the reader knows about it
  std::string hash;                ///< sha256 of the source bytes
  bool need_definition = true;     ///< scispaCy's filter: undefined concepts need a score of 0.95
  std::vector<std::string> notes;  ///< choices made while reading, for `kb info`
};

struct KbSource {
  KbMeta meta;
  std::vector<SourceConcept> concepts;  ///< in file order
};

/// Which MRCONSO/MRDEF rows an RRF folder contributes. Defaults are scispaCy's exporter's.
struct RrfOptions {
  std::string language = "ENG";
  std::string source;               ///< SAB, "" for all
  bool only_unsuppressed = true;    ///< SUPPRESS = N
  std::vector<std::string> levels;  ///< allowed source restriction levels (SRL); empty: all
};

/// Columns of a CSV dictionary. Empty names are found by header: id/code, name/title, ...
struct CsvOptions {
  std::string id_column;
  std::string name_column;
  std::string synonym_column;
  std::string synonym_separator = " | ";
};

/// scispaCy's KB JSON Lines (plain or .gz): concept_id, canonical_name, aliases, types, definition.
[[nodiscard]] Result<KbSource> read_scispacy_jsonl(const std::filesystem::path& path);
/// The same from text in memory.
[[nodiscard]] Result<KbSource> parse_scispacy_jsonl(std::string_view text, std::string_view place);
/// MRCONSO, MRSTY, MRDEF with the columns of MRFILES, as scispaCy's exporter reads them. A concept
/// without a preferred English name takes its first alias in file order.
[[nodiscard]] Result<KbSource> read_rrf(const std::filesystem::path& folder,
                                        const RrfOptions& options = {});
/// The same from texts in memory.
struct RrfTexts {
  std::string mrfiles, mrconso, mrsty, mrdef;
};
[[nodiscard]] Result<KbSource> parse_rrf(const RrfTexts& texts, const RrfOptions& options = {});
/// OBO 1.2/1.4 flat file: live [Term] stanzas; UMLS_CUI xrefs are not used as ids.
[[nodiscard]] Result<KbSource> read_obo(const std::filesystem::path& path);
[[nodiscard]] Result<KbSource> parse_obo(std::string_view text, std::string_view place);
/// ICD-10-CM: the CMS tabular list (XML, with inclusion terms), the CMS order file (fixed columns),
/// or JSON code -> [billable, title]; plain or .gz.
[[nodiscard]] Result<KbSource> read_icd10cm(const std::filesystem::path& path);
/// The same from codes in memory, with or without dots: id, title as name, inclusion terms as
/// aliases.
[[nodiscard]] KbSource icd10cm_source(std::vector<SourceConcept> codes, std::string version,
                                      std::string source);
/// A CSV with a header: id, name, optional synonyms (DrugBank's vocabulary is recognised). A row
/// with a known id adds its name to that concept, so two plain columns do.
[[nodiscard]] Result<KbSource> read_kb_csv(const std::filesystem::path& path,
                                           const CsvOptions& options = {});

}  // namespace clue::concepts
