// The readers behind read_table, one for each format, from bytes: for fuzzing, for archives, and
// for callers that have the bytes already. Pure functions.
//
//   CLUE_TRY(Table t, table_from_json(bytes, "cases.json", JsonLayout::detect, {}));
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/table.h"

namespace clue {

enum class JsonLayout {
  detect,  ///< array, object of objects, one object, or one object after another
  lines,   ///< JSON Lines: one object on each line ('\n' only)
};

[[nodiscard]] Result<Table> table_from_csv(std::unique_ptr<ByteSource> source, std::string place,
                                           const TableOptions& options);
[[nodiscard]] Result<Table> table_from_json(std::string bytes, const std::string& place,
                                            JsonLayout layout, const TableOptions& options);
/// First sheet of a workbook; its first row that is not empty is the header.
[[nodiscard]] Result<Table> table_from_xlsx(std::string_view bytes, const std::string& place,
                                            const TableOptions& options);

/// Index of `name`, or the error that lists the columns.
[[nodiscard]] Result<std::size_t> find_column(const std::vector<std::string>& columns,
                                              std::string_view name, const std::string& place);

}  // namespace clue
