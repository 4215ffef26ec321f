// Tabular and record sources as text: CSV, XLSX, JSON, JSON Lines, each cell with its place, so
// that every complaint can name file, line and column. Used by tasks and datagen. Pure functions,
// no state.
//
//   CLUE_TRY(Table t, read_table("MeQSum.xlsx"));
//   CLUE_TRY(std::size_t chq, t.column("CHQ"));
//   for (std::size_t r = 0; r < t.rows.size(); ++r) use(t.rows[r][chq], t.place(r));
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace clue {

/// A whole table in memory. Every row has exactly columns.size() cells.
struct Table {
  std::string path;                  ///< as the user gave it
  std::vector<std::string> columns;  ///< header row; JSON: union of keys in order of first sight
  /// UTF-8 text. JSON: strings as text, null and absent keys as "", other values as JSON.
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t>
      lines;  ///< 1-based first line (CSV, JSON Lines), sheet row or array index

  /// Index of a column. Error: names the file and the columns it has.
  [[nodiscard]] Result<std::size_t> column(std::string_view name) const;
  /// "path:12" (CSV, JSONL), "path: sheet row 12", "path: record 12".
  [[nodiscard]] std::string place(std::size_t row) const;
  /// How `lines` are to be read.
  enum class Place { line, sheet_row, record };
  Place place_kind = Place::line;
};

struct TableOptions {
  char delimiter = ',';         ///< CSV; '\0': detect among , ; tab
  std::size_t max_rows = 0;     ///< 0: all
  bool skip_empty_rows = true;  ///< rows whose cells are all empty are dropped (spreadsheet tails)
  Encoding encoding = Encoding::automatic;  ///< CSV and JSON: of files that are not UTF-8
};

/// Reads by file name ending: .csv .tsv .json .jsonl .xlsx, each also with .gz (but xlsx). JSON may
/// be an array of objects, JSON Lines, or one object of objects (key goes to column "_key"). Error:
/// data/not_found/io with file and place.
[[nodiscard]] Result<Table> read_table(const std::filesystem::path& path,
                                       const TableOptions& options = {});

}  // namespace clue
