// ICD-10-CM codes in a model's answer: reading them out, and scoring them against a letter's codes.
// Used by MeDiSumCode, user tasks of kind `codes` and `clue metric icd`. Pure functions.
//
//   auto table = builtin_icd_table(icd_table_for(rules));
//   core::Answer a = parse_icd_answer(text, core::RuleSet::corrected, *table);
//   double f = score_icd(a.codes, {"E119", "I10"}, core::RuleSet::corrected, *table).em.f1;
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"
#include "metrics/icd_table.h"
#include "metrics/prf.h"

namespace clue::metrics {

/// A code as it stands in a text; `code` without dots, upper case. Byte offsets.
struct IcdMention {
  std::string code;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool known = false;
};

/// The table a rule set looks codes up in: clue-2024 the reference's, corrected all years together.
[[nodiscard]] IcdTableId icd_table_for(core::RuleSet rules);

/// The published pattern: at a word boundary (Unicode) one of A-T, V-Z and two digits, then at most
/// a dot and 1-4 of 0-9A-Z, longest first, up to a word boundary. Duplicates stay. `known` is not
/// set.
[[nodiscard]] std::vector<IcdMention> parse_icd_2024(std::string_view text);

/// Reads codes with the code list at hand: dotted or not, all lengths, lower case, letters in third
/// place (Z3A, C7B, M1A), U codes, 7th characters and X placeholders, both ends of ranges, ".-" and
/// ".x" as the category; not vitamin B12, T12, Q12H, D50W, N95 masks, HLA B27, doses, vital signs.
/// Marks of ICD-10-GM are dropped. Unknown codes are kept where the text clearly gives a code (so
/// that invented ones count as wrong). In order of appearance, duplicates included.
[[nodiscard]] std::vector<IcdMention> parse_icd(std::string_view text, const IcdTable& table);

/// The answer of a model: status answered or none; codes dotless (corrected: each once).
[[nodiscard]] core::Answer parse_icd_answer(std::string_view text, core::RuleSet rules,
                                            const IcdTable& table);

struct IcdScores {
  Prf em;                  ///< whole codes
  Prf ap;                  ///< sets of the first three characters
  double valid_codes = 0;  ///< share of the predicted codes that the table knows; 0 for none
  core::Tally em_tally;    ///< over sets, for micro averages
};

/// clue-2024: predictions are a list with duplicates, gold codes as they are in the file; gold that
/// is empty counts as one empty string. corrected: sets, dots and case dropped on both sides;
/// nothing predicted and nothing wanted is 0 as in the reference.
[[nodiscard]] IcdScores score_icd(std::span<const std::string> predicted,
                                  std::span<const std::string> gold, core::RuleSet rules,
                                  const IcdTable& table);

/// The same sets seen from four heights. A code outside the table's blocks stands for itself.
struct IcdHierarchy {
  Prf chapter, block, category, full;
  core::Tally chapter_tally, block_tally, category_tally, full_tally;
};
[[nodiscard]] IcdHierarchy score_icd_hierarchy(std::span<const std::string> predicted,
                                               std::span<const std::string> gold,
                                               const IcdTable& table);

/// What kind of mistakes: counts of distinct codes of one letter, to be added up.
struct IcdProfile {
  std::size_t predicted = 0, gold = 0, right = 0;
  std::size_t invalid = 0;       ///< predicted, not in the table
  std::size_t not_billable = 0;  ///< predicted, a category where a full code is wanted
  std::size_t near = 0;          ///< predicted, wrong, but the category is among the gold ones
  std::size_t over = 0;          ///< predicted, and nothing of that category is gold
  std::size_t under = 0;         ///< gold, and nothing of that category is predicted
};
[[nodiscard]] IcdProfile profile_icd(std::span<const std::string> predicted,
                                     std::span<const std::string> gold, const IcdTable& table);

/// P/R/F1 over pooled counts.
[[nodiscard]] Prf micro_prf(std::span<const core::Tally> tallies);
/// Mean over all codes seen on either side of each code's P, R and F1 (0 where undefined).
[[nodiscard]] Prf macro_prf_by_code(std::span<const std::vector<std::string>> predicted,
                                    std::span<const std::vector<std::string>> gold);

/// "icd|rules:corrected|parser:code list|table:ICD-10-CM 2026 ...".
[[nodiscard]] std::string icd_signature(core::RuleSet rules, const IcdTable& table);
/// Gold codes from one string: split at ", " exactly (clue-2024), else at commas, semicolons and
/// white space, empty parts dropped.
[[nodiscard]] std::vector<std::string> split_gold_codes(std::string_view text, core::RuleSet rules);
/// Without dots and outer white space, upper case.
[[nodiscard]] std::string normal_icd(std::string_view code);
/// The same, and without the marks of the table's system (dagger, star, exclamation mark, certainty
/// G V A Z, side R L B): "M17.1 RG" is M171 in ICD-10-GM.
[[nodiscard]] std::string plain_icd(std::string_view code, const IcdTable& table);
/// Reference codes out of one text, each as plain_icd gives it.
[[nodiscard]] std::vector<std::string> gold_codes(std::string_view text, const IcdTable& table);

}  // namespace clue::metrics
