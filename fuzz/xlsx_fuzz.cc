#include <cstdint>

#include "base/check.h"
#include "base/table_formats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const clue::Result<clue::Table> table = clue::table_from_xlsx(bytes, "f", {});
  if (!table.ok()) return 0;
  for (const auto& row : table->rows) {
    CLUE_CHECK(row.size() == table->columns.size());
    for (const std::string& cell : row) CLUE_CHECK(!clue::first_invalid_utf8(cell));
  }
  return 0;
}
