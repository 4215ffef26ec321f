#include "base/table.h"

#include <algorithm>

#include "base/csv.h"
#include "base/suggest.h"
#include "base/table_formats.h"
#include "base/text.h"

namespace clue {
namespace {

/// False for what stands there when a file has no header row: a record, which is not to be printed.
bool looks_like_name(std::string_view cell) {
  constexpr std::size_t kLongest = 40, kMostBlanks = 3;
  if (cell.empty()) return true;  // a table program's index column
  const char first = cell.front();
  return cell.size() <= kLongest && std::ranges::count(cell, ' ') <= std::ptrdiff_t{kMostBlanks} &&
         !is_ascii_digit(first) &&
         std::string_view("[{\"'-+").find(first) == std::string_view::npos &&
         std::ranges::none_of(cell, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

Result<std::size_t> find_column(const std::vector<std::string>& columns, std::string_view name,
                                const std::string& place) {
  const auto it = std::find(columns.begin(), columns.end(), name);
  if (it != columns.end()) return static_cast<std::size_t>(it - columns.begin());
  const std::string missing = place + ": no column \"" + std::string(name) + "\"; the file has ";
  if (!std::ranges::all_of(columns, looks_like_name)) {
    return Error{ErrorCode::data, missing + std::to_string(columns.size()) +
                                      " columns, but its first row does not look like column names; "
                                      "is the header missing, or another delimiter needed?"};
  }
  constexpr std::size_t kShown = 20;
  std::string known;
  for (std::size_t i = 0; i < std::min(columns.size(), kShown); ++i) {
    known += (i == 0 ? ": " : ", ") + columns[i];
  }
  if (columns.size() > kShown) known += ", ...";
  return Error{ErrorCode::data,
               missing.substr(0, missing.size() - 1) + (known.empty() ? ": none" : known) +
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
