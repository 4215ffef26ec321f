#include <cstdint>

#include "base/check.h"
#include "base/csv.h"

// The first byte chooses delimiter, encoding and packing; the rest is the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::unique_ptr<clue::ByteSource> source = clue::memory_bytes(bytes);
  if ((data[0] & 8) != 0) source = clue::gunzip(std::move(source), "f");
  clue::CsvOptions options;
  if ((data[0] & 1) != 0) options.delimiter = '\0';
  if ((data[0] & 2) != 0) options.encoding = clue::Encoding::cp1252;
  if ((data[0] & 4) != 0) options.skip_empty_rows = false;
  clue::Result<clue::CsvReader> csv = clue::CsvReader::from(std::move(source), "f", options);
  if (!csv.ok()) return 0;
  std::vector<std::string> row;
  while (!csv->broken()) {
    const clue::Result<bool> more = csv->next(row);
    if (!more.ok()) continue;
    if (!*more) break;
    CLUE_CHECK(row.size() == csv->columns().size());
    for (const std::string& cell : row) CLUE_CHECK(!clue::first_invalid_utf8(cell));
  }
  return 0;
}
