// Bytes in a stream: a plain file, a gz file (any number of members), or memory. Used by the CSV
// reader and for whole gz files. A source belongs to one thread.
//
//   CLUE_TRY(std::unique_ptr<ByteSource> in, open_bytes("discharge.csv.gz"));
//   CLUE_TRY(std::size_t n, in->read(buffer));       // 0: end
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace clue {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills the front of `out` (not empty) and says how many bytes; 0 only at the end. Error: io, or
  /// data for a gz that is truncated or broken, naming file and byte. No read may follow an error.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> out) = 0;
  /// Passes over `n` bytes; false: the source ends before. Error: as read.
  [[nodiscard]] virtual Result<bool> skip(std::uint64_t n);
};

struct ByteSpan {
  std::uint64_t begin = 0, end = 0;
};

/// Places in a file where reading can begin anew: kept while it is read once, used from any number
/// of threads afterwards. For gz the decoder's state (about 54 KB) at most kMost times, evenly
/// spread.
class ReadPoints {
 public:
  static constexpr std::size_t kMost = 4000;  ///< 216 MB
  explicit ReadPoints(std::size_t most = kMost);
  ~ReadPoints();
  ReadPoints(const ReadPoints&) = delete;
  ReadPoints& operator=(const ReadPoints&) = delete;
  /// The bytes of these spans of the file (unpacked), one behind the other; what lies after the
  /// last is never unpacked. Error: as open_bytes; data when the file ends before. Requires: spans
  /// are not empty, ascend and do not overlap.
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> open_spans(const std::filesystem::path& path,
                                                               std::vector<ByteSpan> spans) const;
  /// Number of the point that a span would be read from: offsets with the same one share the way.
  [[nodiscard]] std::size_t point_of(std::uint64_t offset) const;
  /// Memory that the points hold.
  [[nodiscard]] std::size_t bytes() const;

 private:
  friend class GzBytes;
  struct Point;
  std::vector<Point> points_;
  std::size_t most_;
  std::uint64_t spacing_ = 0;  ///< in packed bytes
};

/// A file; unpacked when its first bytes are gz's, whatever its name.
/// `points`, if given, is filled as the source is read and must outlive it.
[[nodiscard]] Result<std::unique_ptr<ByteSource>> open_bytes(const std::filesystem::path& path,
                                                             ReadPoints* points = nullptr);
/// Bytes that outlive the source, as they are.
[[nodiscard]] std::unique_ptr<ByteSource> memory_bytes(std::string_view bytes);
/// Unpacks gz. `place` names the file in errors. Multi-member files and zero padding are fine;
/// other bytes behind the last member are an error.
[[nodiscard]] std::unique_ptr<ByteSource> gunzip(std::unique_ptr<ByteSource> packed,
                                                 std::string place);
/// Reads `source` in a thread of its own, a few blocks ahead, so that unpacking and parsing
/// overlap. Owns: source and thread; the destructor stops both.
[[nodiscard]] std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> source);

/// All bytes of open_bytes(path). Error: data when unpacked they exceed `max_bytes`.
[[nodiscard]] Result<std::string> read_unpacked(const std::filesystem::path& path,
                                                std::size_t max_bytes = std::size_t{1} << 32);

}  // namespace clue
