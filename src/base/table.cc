#include "base/table.h"

#include <algorithm>

#include "base/csv.h"
#include "base/suggest.h"
#include "base/table_formats.h"

namespace clue {

Result<std::size_t> find_column(const std::vector<std::string>& columns, std::string_view name,
                                const std::string& place) {
  const auto it = std::find(columns.begin(), columns.end(), name);
  if (it != columns.end()) return static_cast<std::size_t>(it - columns.begin());
  constexpr std::size_t kShown = 20, kLongest = 40;
  std::string known;
  for (std::size_t i = 0; i < std::min(columns.size(), kShown); ++i) {
    // A file without a header row: its first record stands here and is not to be printed.
    const std::string& shown = columns[i];
    known += (i == 0 ? "" : ", ") +
             (shown.size() > kLongest ? "(" + std::to_string(shown.size()) + " bytes)" : shown);
  }
  if (columns.size() > kShown) known += ", ...";
  return Error{ErrorCode::data, place + ": no column \"" + std::string(name) +
                                    "\"; the file has: " + (known.empty() ? "none" : known) +
                                    did_you_mean(name, columns)};
}

Result<std::size_t> Table::column(std::string_view name) const {
  return find_column(columns, name, path);
}

std::string Table::place(std::size_t row) const {
  const std::string number = row < lines.size() ? std::to_string(lines[row]) : "?";
  switch (place_kind) {
    case Place::sheet_row:
      return path + ": sheet row " + number;
    case Place::record:
      return path + ": record " + number;
    case Place::line:
      break;
  }
  return path + ":" + number;
}

Result<Table> table_from_csv(std::unique_ptr<ByteSource> source, std::string place,
                             const TableOptions& options) {
  CLUE_TRY(CsvReader csv, CsvReader::from(std::move(source), place,
                                          {.delimiter = options.delimiter,
                                           .skip_empty_rows = options.skip_empty_rows,
                                           .encoding = options.encoding}));
  Table table;
  table.path = std::move(place);
  table.columns = csv.columns();
  while (options.max_rows == 0 || table.rows.size() < options.max_rows) {
    std::vector<std::string> row;
    CLUE_TRY(const bool more, csv.next(row));
    if (!more) break;
    table.rows.push_back(std::move(row));
    table.lines.push_back(csv.line());
  }
  return table;
}

Result<Table> read_table(const std::filesystem::path& path, const TableOptions& options) {
  const std::string place = path.string();
  std::string name = ascii_lower(path.filename().string());
  const bool packed = name.ends_with(".gz");
  if (packed) name.resize(name.size() - 3);
  if (name.ends_with(".csv") || name.ends_with(".tsv")) {
    TableOptions used = options;
    if (name.ends_with(".tsv") && used.delimiter == ',') used.delimiter = '\t';
    CLUE_TRY(std::unique_ptr<ByteSource> source, open_bytes(path));
    return table_from_csv(std::move(source), place, used);
  }
  if (name.ends_with(".json") || name.ends_with(".jsonl")) {
    CLUE_TRY(std::string bytes, read_unpacked(path));
    return table_from_json(std::move(bytes), place,
                           name.ends_with("l") ? JsonLayout::lines : JsonLayout::detect, options);
  }
  if (name.ends_with(".xlsx") && !packed) {
    constexpr std::size_t kMaxWorkbook = std::size_t{256} << 20;
    CLUE_TRY(const std::string bytes, read_unpacked(path, kMaxWorkbook));
    return table_from_xlsx(bytes, place, options);
  }
  // The wrong path is the likelier slip, so say that first.
  if (Result<std::unique_ptr<ByteSource>> there = open_bytes(path); !there.ok()) {
    return there.error();
  }
  return Error{ErrorCode::invalid_argument,
               place +
                   ": the file name must end in .csv, .tsv, .json or .jsonl (each also .gz), or "
                   ".xlsx"};
}

}  // namespace clue
