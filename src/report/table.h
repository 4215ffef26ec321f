// Terminal, Markdown, CSV and LaTeX tables of runs, all from one list of rows made of the stored
// summaries, so that no export differs from the page in a digit. Used by `clue run`, `clue score`
// and `clue report --format`. Pure functions.
//
//   CLUE_TRY(std::vector<TableRow> rows, table_rows(runs));
//   io.out << text_table(rows);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/input.h"

namespace clue::report {

/// One metric of one task of one run.
struct TableRow {
  std::size_t run_index = 0, pass_index = 0;  ///< into the runs the rows were made of
  std::string run;
  std::string task;   ///< "meqsum"
  std::string rules;  ///< "corrected"
  std::string metric;
  std::string title;  ///< "ROUGE-L"
  bool headline = false;
  std::size_t n = 0;
  std::optional<double> value, low, high;  ///< 0..1
  std::size_t unparsed = 0;                ///< status none
  std::size_t cut = 0;                     ///< cut by length, also while reasoning
  std::size_t refused = 0;
  std::size_t failed = 0;  ///< infrastructure errors
  std::string why;         ///< why value is missing
  std::string marks;       ///< "EXAMPLES, SUBSET"
  std::string signature;
};

/// Error: what reading a store returned. Headline metrics only unless `all`.
[[nodiscard]] Result<std::vector<TableRow>> table_rows(const std::vector<RunInput>& runs,
                                                       bool all = false);

/// With the reasons of missing figures below.
[[nodiscard]] std::string text_table(const std::vector<TableRow>& rows);
[[nodiscard]] std::string markdown_table(const std::vector<TableRow>& rows);
/// RFC 4180; values with all digits (round trip), empty where missing.
[[nodiscard]] std::string csv_table(const std::vector<TableRow>& rows);
/// A booktabs tabular of the same rows.
[[nodiscard]] std::string latex_table(const std::vector<TableRow>& rows);

/// `--layout paper`: models by headline metrics under level 1 and 2, a footnote with what pins the
/// numbers and a methods paragraph that says only what these runs did. Bold: a model whose
/// difference to every other is significant (paired, Holm-corrected over the column). Needs the
/// packages booktabs and graphicx. Error: what reading a store returned.
[[nodiscard]] Result<std::string> latex_paper(const std::vector<RunInput>& runs);
/// BibTeX entries for what that paragraph cites.
[[nodiscard]] std::string references_bib();

}  // namespace clue::report
