// Streaming CSV (RFC 4180) of any size: quoted new lines, doubled quotes, CRLF, LF or CR, byte
// order mark, cells decoded to UTF-8. Used by read_table and by datagen on MIMIC's csv.gz files. A
// reader belongs to one thread.
//
//   CLUE_TRY(CsvReader csv, CsvReader::open("discharge.csv.gz"));
//   CLUE_TRY(std::size_t text, csv.column("text"));
//   std::vector<std::string> row;
//   while (true) { CLUE_TRY(bool more, csv.next(row)); if (!more) break; use(row[text]); }
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "base/text.h"

namespace clue {

struct CsvOptions {
  char delimiter = ',';  ///< '\0': whichever of , ; tab occurs most in the header row
  bool skip_empty_rows = true;
  Encoding encoding = Encoding::automatic;
  bool read_ahead = true;        ///< open(): unpack in a thread of its own
  ReadPoints* points = nullptr;  ///< open(): filled on the way, must outlive the reader
};

class CsvReader {
 public:
  /// Opens and reads the header row. Error: as open_bytes, or data: empty file, broken header.
  [[nodiscard]] static Result<CsvReader> open(const std::filesystem::path& path,
                                              const CsvOptions& options = {});
  [[nodiscard]] static Result<CsvReader> from(std::unique_ptr<ByteSource> source, std::string place,
                                              const CsvOptions& options = {});

  /// Rows alone, of a file whose header row is known. Lines and offsets count from the source's
  /// beginning.
  [[nodiscard]] static CsvReader rows(std::unique_ptr<ByteSource> source, std::string place,
                                      std::vector<std::string> columns, const CsvOptions& options);

  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  /// Index of a column. Error: names the file's columns and the likely one.
  [[nodiscard]] Result<std::size_t> column(std::string_view name) const;

  /// The next row: columns().size() cells; false: end. Error: data, "place:line: ..." (number of
  /// cells, text behind a closing quote, bad bytes, unclosed quote), or the source's. After an
  /// error with !broken() the next call goes on with the next row; behind a row with a stray or
  /// missing quote that is the next line which reads as a whole row (the message says which).
  [[nodiscard]] Result<bool> next(std::vector<std::string>& cells);
  /// The stream cannot go on: the source failed.
  [[nodiscard]] bool broken() const { return broken_; }
  /// 1-based first line of the row given (or refused) last.
  [[nodiscard]] std::size_t line() const { return row_line_; }
  /// Byte of the (unpacked) file at which the row given last begins.
  [[nodiscard]] std::uint64_t row_offset() const { return row_offset_; }
  /// As given, the delimiter and encoding found out.
  [[nodiscard]] const CsvOptions& options() const { return options_; }
  [[nodiscard]] const std::string& place() const { return place_; }

 private:
  CsvReader(std::unique_ptr<ByteSource> source, std::string place, const CsvOptions& options);
  Status start();
  Status fill();
  void detect_delimiter();
  Result<bool> read_row(std::vector<std::string>& cells);
  [[nodiscard]] Error resynchronise(Error error);
  Status skip_line();
  [[nodiscard]] bool same_shape() const;
  Status read_quoted(std::string& cell);
  Status read_plain(std::string& cell);
  Status decode(std::vector<std::string>& cells) const;
  [[nodiscard]] Error error_at(std::size_t line, const std::string& what) const;
  [[nodiscard]] bool at_end() const { return pos_ == filled_ && ended_; }

  std::unique_ptr<ByteSource> source_;
  std::string place_;
  CsvOptions options_;
  std::vector<std::string> columns_;
  std::string buffer_;  // its first filled_ bytes are read; used up to pos_
  std::size_t filled_ = 0;
  std::size_t pos_ = 0;
  std::uint64_t base_ = 0;  // file offset of buffer_[0]
  bool ended_ = false;      // the source has no more
  bool broken_ = false;
  std::size_t line_ = 1;
  std::size_t row_line_ = 0;
  std::size_t cells_in_row_ = 0;
  std::vector<std::size_t> cell_lines_;
  std::vector<std::uint64_t> cell_offsets_;
  std::optional<Error> row_error_;  // reported when the row's end has been found
  std::uint64_t row_offset_ = 0;
  std::size_t row_start_ = 0;  // place of the row in buffer_: kept until the row is done
  std::size_t max_cell_ = std::size_t{64} << 20;
  std::vector<bool> quoted_;  // which cells of the row were quoted
  std::vector<bool> ascii_;   // which are known to be ASCII
  std::vector<bool> shape_;   // the same of the last good row
  bool unclosed_ = false;     // the row ended in an open quote
};

}  // namespace clue
