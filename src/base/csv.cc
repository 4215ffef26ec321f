#include "base/csv.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/table_formats.h"

namespace clue {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;

struct Looked {
  std::size_t lines = 0;
  bool ascii = true;
};

/// Line feeds of a text, and is it ASCII? Byte counters in lanes, which a vector unit adds up
/// without widening (std::count widens each byte and was a third of the reader's time).
Looked look_at(std::string_view text) {
  constexpr std::size_t kLanes = 32;
  constexpr std::size_t kRounds = 255;  // what a byte can count
  Looked out;
  std::array<std::uint8_t, kLanes> seen{};
  std::size_t i = 0;
  while (i + kLanes <= text.size()) {
    std::array<std::uint8_t, kLanes> lanes{};
    for (std::size_t r = 0; r < kRounds && i + kLanes <= text.size(); ++r, i += kLanes) {
      const char* const p = text.data() + i;
      for (std::size_t k = 0; k < kLanes; ++k) {
        lanes[k] = static_cast<std::uint8_t>(lanes[k] + (p[k] == '\n' ? 1 : 0));
        seen[k] = static_cast<std::uint8_t>(seen[k] | static_cast<std::uint8_t>(p[k]));
      }
    }
    for (const std::uint8_t lane : lanes) out.lines += lane;
  }
  for (; i < text.size(); ++i) {
    out.lines += text[i] == '\n' ? 1 : 0;
    seen[0] = static_cast<std::uint8_t>(seen[0] | static_cast<std::uint8_t>(text[i]));
  }
  for (const std::uint8_t lane : seen) out.ascii = out.ascii && lane < 0x80U;
  return out;
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string place,
                     const CsvOptions& options)
    : source_(std::move(source)), place_(std::move(place)), options_(options) {}

Result<CsvReader> CsvReader::open(const std::filesystem::path& path, const CsvOptions& options) {
  CLUE_TRY(std::unique_ptr<ByteSource> source, open_bytes(path, options.points));
  if (options.read_ahead) source = clue::read_ahead(std::move(source));
  return from(std::move(source), path.string(), options);
}

Result<CsvReader> CsvReader::from(std::unique_ptr<ByteSource> source, std::string place,
                                  const CsvOptions& options) {
  CsvReader reader(std::move(source), std::move(place), options);
  CLUE_OK(reader.start());
  return reader;
}

CsvReader CsvReader::rows(std::unique_ptr<ByteSource> source, std::string place,
                          std::vector<std::string> columns, const CsvOptions& options) {
  CsvReader reader(std::move(source), std::move(place), options);
  reader.columns_ = std::move(columns);
  return reader;
}

Status CsvReader::start() {
  // The byte order mark and, for guessing the delimiter, the header row.
  constexpr std::size_t kHead = 4096;
  while (!ended_ && filled_ < kHead) CLUE_OK(fill());
  const std::string_view head(buffer_.data(), filled_);
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    return error_at(1, "the file looks like UTF-16; save it as UTF-8");
  }
  if (head.starts_with("\xEF\xBB\xBF")) {
    row_start_ = pos_ = 3;
    options_.encoding = Encoding::utf_8;
  }
  if (options_.delimiter == '\0') detect_delimiter();
  while (true) {
    CLUE_TRY(const bool more, read_row(columns_));
    if (!more) return Error{ErrorCode::data, place_ + ": empty, a header row is needed"};
    columns_.resize(cells_in_row_);
    if (row_error_) return *row_error_;
    if (columns_.size() > 1 || !columns_[0].empty()) break;
  }
  return decode(columns_);
}

/// Keeps the row that is being read and appends one more block.
Status CsvReader::fill() {
  if (ended_) return {};
  base_ += row_start_;
  filled_ -= row_start_;
  std::memmove(buffer_.data(), buffer_.data() + row_start_, filled_);
  pos_ -= row_start_;
  row_start_ = 0;
  if (buffer_.size() < filled_ + kBlock) buffer_.resize(filled_ + kBlock);
  Result<std::size_t> n = source_->read({buffer_.data() + filled_, kBlock});
  if (n.ok()) filled_ += *n;
  if (!n.ok()) {
    broken_ = true;
    return n.error();
  }
  ended_ = *n == 0;
  return {};
}

void CsvReader::detect_delimiter() {
  constexpr std::array<char, 3> kKnown = {',', ';', '\t'};
  std::array<std::size_t, 3> seen{};
  bool quoted = false;
  bool any = false;
  for (std::size_t i = pos_; i < filled_; ++i) {
    const char c = buffer_[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if ((c == '\n' || c == '\r') && any) break;
    any = any || (c != '\n' && c != '\r');
    for (std::size_t k = 0; k < kKnown.size(); ++k) seen[k] += c == kKnown[k] ? 1 : 0;
  }
  const auto most = std::max_element(seen.begin(), seen.end()) - seen.begin();
  options_.delimiter = kKnown[static_cast<std::size_t>(most)];
}

/// A cell behind its opening quote, up to and with the closing one.
Status CsvReader::read_quoted(std::string& cell) {
  const std::size_t opened = line_;
  while (true) {
    if (pos_ == filled_) {
      CLUE_OK(fill());
      if (at_end() || cell.size() > max_cell_) {
        unclosed_ = true;
        return error_at(opened, "the quote opened here is never closed");
      }
    }
    const char* const begin = buffer_.data() + pos_;
    const std::size_t left = filled_ - pos_;
    const void* const found = std::memchr(begin, '"', left);
    const std::size_t n =
        found == nullptr ? left : static_cast<std::size_t>(static_cast<const char*>(found) - begin);
    cell.append(begin, n);
    const Looked looked = look_at({begin, n});
    line_ += looked.lines;
    ascii_.back() = ascii_.back() && looked.ascii;
    pos_ += n;
    if (found == nullptr) continue;
    ++pos_;
    if (pos_ == filled_) CLUE_OK(fill());
    if (pos_ == filled_ || buffer_[pos_] != '"') return {};
    cell.push_back('"');
    ++pos_;
  }
}

/// A cell up to the next delimiter or row end; quotes inside are text, as in Python's csv.
Status CsvReader::read_plain(std::string& cell) {
  while (true) {
    const std::size_t begin = pos_;
    while (pos_ < filled_) {
      const char c = buffer_[pos_];
      if (c == options_.delimiter || c == '\n' || c == '\r') break;
      ++pos_;
    }
    cell.append(buffer_, begin, pos_ - begin);
    if (pos_ < filled_) return {};
    CLUE_OK(fill());
    if (at_end()) return {};
    if (cell.size() > max_cell_) {
      unclosed_ = true;
      return error_at(row_line_, "a cell of more than 64 MiB; is this a CSV file?");
    }
  }
}

/// One row into cells[0, cells_in_row_); strings are reused. False: end of the file.
Result<bool> CsvReader::read_row(std::vector<std::string>& cells) {
  row_error_.reset();
  unclosed_ = false;
  quoted_.clear();
  ascii_.clear();
  row_start_ = pos_;
  row_offset_ = base_ + pos_;
  cell_lines_.clear();
  cell_offsets_.clear();
  cells_in_row_ = 0;
  if (pos_ == filled_) CLUE_OK(fill());
  if (at_end()) return false;
  row_line_ = line_;
  while (true) {
    if (pos_ == filled_) CLUE_OK(fill());
    if (cells.size() == cells_in_row_) cells.emplace_back();
    std::string& cell = cells[cells_in_row_++];
    cell.clear();
    cell_lines_.push_back(line_);
    cell_offsets_.push_back(base_ + pos_);
    quoted_.push_back(pos_ < filled_ && buffer_[pos_] == '"');
    if (quoted_.back()) {
      ++pos_;
      ++cell_offsets_.back();
      ascii_.push_back(true);
      CLUE_OK(read_quoted(cell));
      const std::size_t quoted = cell.size();
      CLUE_OK(read_plain(cell));
      if (cell.size() != quoted && !row_error_) {
        row_error_ = error_at(line_,
                              "text after a closing quote; a quote inside a quoted cell must "
                              "be doubled");
      }
    } else {
      ascii_.push_back(false);  // not known
      CLUE_OK(read_plain(cell));
    }
    if (at_end()) return true;
    const char end = buffer_[pos_++];
    if (end == options_.delimiter) continue;
    ++line_;
    if (end == '\r') {
      if (pos_ == filled_) CLUE_OK(fill());
      if (pos_ < filled_ && buffer_[pos_] == '\n') ++pos_;
    }
    return true;
  }
}

Status CsvReader::decode(std::vector<std::string>& cells) const {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (ascii_[i]) continue;  // the same in every encoding
    const bool utf8 =
        options_.encoding == Encoding::automatic || options_.encoding == Encoding::utf_8;
    if (utf8 && !first_invalid_utf8(cells[i])) continue;
    CLUE_TRY(cells[i], to_utf8(std::move(cells[i]), options_.encoding, place_, cell_lines_[i],
                               static_cast<std::size_t>(cell_offsets_[i])));
  }
  return {};
}

/// Behind the next '\n'.
Status CsvReader::skip_line() {
  while (true) {
    const std::size_t end = std::string_view(buffer_.data(), filled_).find('\n', pos_);
    row_start_ = pos_ = end == std::string_view::npos ? filled_ : end + 1;
    if (end != std::string_view::npos) {
      ++line_;
      return {};
    }
    CLUE_OK(fill());
    if (at_end()) return {};
  }
}

bool CsvReader::same_shape() const {
  return cells_in_row_ == columns_.size() && (shape_.empty() || quoted_ == shape_);
}

/// A stray quote turns inside and outside round for all that follows. So the row's first line is
/// given up, and reading goes on at the next line that is a whole row, with quotes where good rows
/// have them.
Error CsvReader::resynchronise(Error error) {
  constexpr std::size_t kMaxTrial = std::size_t{1} << 20;
  const std::size_t first = row_line_;
  const std::uint64_t first_offset = row_offset_;
  const std::size_t usual = std::exchange(max_cell_, kMaxTrial);
  std::vector<std::string> trial;
  pos_ = row_start_;
  line_ = row_line_;
  while (true) {
    const Status skipped = skip_line();
    if (!skipped.ok() || at_end()) break;
    const std::size_t line = line_;
    const Result<bool> row = read_row(trial);
    pos_ = row_start_;
    line_ = line;
    if (broken_ || (row.ok() && *row && !row_error_ && same_shape())) break;
  }
  max_cell_ = usual;
  row_line_ = first;
  row_offset_ = first_offset;
  if (line_ > first + 1) {
    error.message += at_end() ? "; no whole row follows"
                              : "; the next whole row is in line " + std::to_string(line_);
  }
  return error;
}

Result<bool> CsvReader::next(std::vector<std::string>& cells) {
  if (broken_) return error_at(row_line_, "the file cannot be read further");
  while (true) {
    const Result<bool> more = read_row(cells);
    if (!more.ok()) return unclosed_ ? resynchronise(more.error()) : more.error();
    if (!*more) {
      cells.clear();
      return false;
    }
    const auto end = cells.begin() + static_cast<std::ptrdiff_t>(cells_in_row_);
    const bool empty =
        std::all_of(cells.begin(), end, [](const std::string& c) { return c.empty(); });
    // A line with nothing on it is no row of a table with several columns.
    if (empty && (options_.skip_empty_rows || (cells_in_row_ == 1 && columns_.size() > 1)))
      continue;
    if (row_error_) return resynchronise(*row_error_);
    if (cells_in_row_ != columns_.size()) {
      return error_at(row_line_, std::to_string(cells_in_row_) + " cells, the header has " +
                                     std::to_string(columns_.size()) +
                                     "; is a quote or delimiter missing here?");
    }
    cells.resize(cells_in_row_);
    shape_.swap(quoted_);
    CLUE_OK(decode(cells));
    return true;
  }
}

Result<std::size_t> CsvReader::column(std::string_view name) const {
  return find_column(columns_, name, place_);
}

Error CsvReader::error_at(std::size_t line, const std::string& what) const {
  return {ErrorCode::data, place_ + ":" + std::to_string(line) + ": " + what};
}

}  // namespace clue
