#include "base/byte_source.h"

#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "base/files.h"

namespace clue {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;
constexpr std::size_t kSmallBlock = std::size_t{1} << 16;  // where little is read in one go

Error ends_early(const std::string& place) {
  return {ErrorCode::data, place + ": changed while it was read; start again"};
}

class FileBytes final : public ByteSource {
 public:
  FileBytes(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  ~FileBytes() override { ::close(fd_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  Result<std::size_t> read(std::span<char> out) override {
    while (true) {
      const ssize_t n = ::read(fd_, out.data(), out.size());
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) return file_error("read", path_, errno);
    }
  }

  Result<bool> skip(std::uint64_t n) override {
    struct stat info {};
    const off_t at = ::lseek(fd_, 0, SEEK_CUR);
    if (at < 0 || ::fstat(fd_, &info) != 0) return file_error("read", path_, errno);
    if (static_cast<std::uint64_t>(info.st_size - at) < n) return false;
    if (::lseek(fd_, static_cast<off_t>(n), SEEK_CUR) < 0) return file_error("read", path_, errno);
    return true;
  }

 private:
  int fd_;
  std::filesystem::path path_;
};

class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::string_view bytes) : left_(bytes) {}

  Result<std::size_t> read(std::span<char> out) override {
    const std::size_t n = left_.copy(out.data(), out.size());
    left_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view left_;
};

}  // namespace

Result<bool> ByteSource::skip(std::uint64_t n) {
  std::vector<char> block(kSmallBlock);
  while (n > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(n, block.size()));
    CLUE_TRY(const std::size_t got, read({block.data(), wanted}));
    if (got == 0) return false;
    n -= got;
  }
  return true;
}

struct ReadPoints::Point {
  std::uint64_t unpacked = 0;          ///< bytes handed out before
  std::uint64_t packed = 0;            ///< place in the file of the decoder's next byte
  std::unique_ptr<std::byte[]> state;  ///< an inflate_state up to the last byte of history
  std::size_t size = 0;
};

/// ISA-L's inflate, member after member.
class GzBytes final : public ByteSource {
 public:
  GzBytes(std::unique_ptr<ByteSource> packed, std::string place, ReadPoints* points = nullptr,
          std::int64_t size = 0)
      : packed_(std::move(packed)), place_(std::move(place)), points_(points), input_(kBlock) {
    constexpr std::int64_t kLeastSpacing = 1 << 16;
    if (points_ != nullptr) {
      const auto most = static_cast<std::int64_t>(points_->most_);
      points_->spacing_ = static_cast<std::uint64_t>(std::max(size / most + 1, kLeastSpacing));
    }
    start_member();
  }
  /// Goes on from a point; `packed` stands at its place in the file.
  GzBytes(std::unique_ptr<ByteSource> packed, std::string place, const ReadPoints::Point& from)
      : packed_(std::move(packed)),
        place_(std::move(place)),
        input_(kSmallBlock),
        taken_(from.packed) {
    std::memcpy(&state_, from.state.get(), from.size);
    state_.avail_in = 0;
  }

  Result<std::size_t> read(std::span<char> out) override {
    const std::size_t wanted = std::min<std::size_t>(out.size(), std::size_t{1} << 30);
    if (points_ != nullptr) keep_point();
    state_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    state_.avail_out = static_cast<std::uint32_t>(wanted);
    while (state_.avail_out == wanted) {
      if (state_.block_state == ISAL_BLOCK_FINISH) {
        CLUE_TRY(const bool more, next_member());
        if (!more) break;
      }
      if (state_.avail_in == 0) {
        CLUE_OK(refill());
        // What is left may still sit in the decoder; it is truncated when it cannot move on.
        if (state_.avail_in == 0) {
          at_end_ = true;
        }
      }
      const int rc = isal_inflate(&state_);
      if (rc != ISAL_DECOMP_OK && rc != ISAL_END_INPUT) return broken(rc);
      if (at_end_ && state_.block_state != ISAL_BLOCK_FINISH && state_.avail_out == wanted) {
        return Error{ErrorCode::data, place_ + ": truncated gz at byte " + std::to_string(taken_) +
                                          "; copy or download the file again"};
      }
    }
    unpacked_ += wanted - state_.avail_out;
    return wanted - state_.avail_out;
  }

 private:
  void keep_point() {
    auto& points = points_->points_;
    const std::uint64_t packed = taken_ - state_.avail_in;
    if (points.size() == points_->most_) return;
    if (!points.empty() && packed - points.back().packed < points_->spacing_) return;
    static_assert(std::is_trivially_copyable_v<inflate_state>);
    const std::size_t size =
        offsetof(inflate_state, tmp_out_buffer) + static_cast<std::size_t>(state_.tmp_out_valid);
    auto state = std::make_unique_for_overwrite<std::byte[]>(size);
    std::memcpy(state.get(), &state_, size);
    points.push_back({unpacked_, packed, std::move(state), size});
  }

  void start_member() {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
  }

  Status refill() {
    CLUE_TRY(const std::size_t n, packed_->read(input_));
    taken_ += n;
    state_.next_in = reinterpret_cast<std::uint8_t*>(input_.data());
    state_.avail_in = static_cast<std::uint32_t>(n);
    return {};
  }

  /// After a whole member: is there another? Zero bytes are padding (tapes, tar).
  Result<bool> next_member() {
    while (true) {
      while (state_.avail_in > 0 && *state_.next_in == 0) {
        ++state_.next_in;
        --state_.avail_in;
      }
      if (state_.avail_in > 0) break;
      CLUE_OK(refill());
      if (state_.avail_in == 0) return false;
    }
    if (*state_.next_in != 0x1F) return broken(ISAL_INVALID_WRAPPER);
    std::uint8_t* const in = state_.next_in;
    const std::uint32_t left = state_.avail_in;
    isal_inflate_reset(&state_);
    state_.crc_flag = ISAL_GZIP;
    state_.next_in = in;
    state_.avail_in = left;
    return true;
  }

  [[nodiscard]] Error broken(int rc) const {
    std::string what = "broken gz data";
    if (rc == ISAL_INCORRECT_CHECKSUM) what = "broken gz data (wrong checksum)";
    if (rc == ISAL_INVALID_WRAPPER) what = "bytes that are not gz";
    return {ErrorCode::data, place_ + ": " + what + " near byte " +
                                 std::to_string(taken_ - state_.avail_in) +
                                 "; copy or download the file again"};
  }

  std::unique_ptr<ByteSource> packed_;
  std::string place_;
  ReadPoints* points_ = nullptr;
  std::uint64_t unpacked_ = 0;  // counted for points
  std::vector<char> input_;
  std::uint64_t taken_ = 0;  // packed bytes handed to the decoder or waiting in input_
  bool at_end_ = false;
  inflate_state state_{};
};

namespace {

bool is_gz(int fd) {
  std::array<unsigned char, 2> magic{};
  return ::pread(fd, magic.data(), 2, 0) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
}

}  // namespace

ReadPoints::ReadPoints(std::size_t most) : most_(std::clamp<std::size_t>(most, 1, kMost)) {}
ReadPoints::~ReadPoints() = default;

std::size_t ReadPoints::point_of(std::uint64_t offset) const {
  const auto after = std::upper_bound(
      points_.begin(), points_.end(), offset,
      [](std::uint64_t wanted, const Point& point) { return wanted < point.unpacked; });
  return after == points_.begin() ? 0 : static_cast<std::size_t>(after - points_.begin()) - 1;
}

std::size_t ReadPoints::bytes() const {
  std::size_t n = points_.capacity() * sizeof(Point);
  for (const Point& point : points_) n += point.size;
  return n;
}

namespace {

/// Parts of a source that stands at byte `at`.
class SpanBytes final : public ByteSource {
 public:
  SpanBytes(std::unique_ptr<ByteSource> source, std::string place, std::uint64_t at,
            std::vector<ByteSpan> spans)
      : source_(std::move(source)), place_(std::move(place)), at_(at), spans_(std::move(spans)) {}

  Result<std::size_t> read(std::span<char> out) override {
    while (next_ < spans_.size() && at_ == spans_[next_].end) ++next_;
    if (next_ == spans_.size()) return std::size_t{0};
    const ByteSpan& span = spans_[next_];
    if (at_ < span.begin) {
      CLUE_TRY(const bool there, source_->skip(span.begin - at_));
      if (!there) return ends_early(place_);
      at_ = span.begin;
    }
    const std::uint64_t wanted = std::min<std::uint64_t>(out.size(), span.end - at_);
    CLUE_TRY(const std::size_t n, source_->read(out.first(static_cast<std::size_t>(wanted))));
    if (n == 0) return ends_early(place_);
    at_ += n;
    return n;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string place_;
  std::uint64_t at_ = 0;
  std::vector<ByteSpan> spans_;
  std::size_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> ReadPoints::open_spans(const std::filesystem::path& path,
                                                           std::vector<ByteSpan> spans) const {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("read", path, errno);
  std::unique_ptr<ByteSource> source = std::make_unique<FileBytes>(fd, path);
  std::uint64_t at = 0;
  if (!points_.empty()) {
    const Point& point = points_[spans.empty() ? 0 : point_of(spans.front().begin)];
    CLUE_TRY(const bool there, source->skip(point.packed));
    if (!there) return ends_early(path.string());
    source = std::make_unique<GzBytes>(std::move(source), path.string(), point);
    at = point.unpacked;
  }
  return std::unique_ptr<ByteSource>(
      std::make_unique<SpanBytes>(std::move(source), path.string(), at, std::move(spans)));
}

Result<std::unique_ptr<ByteSource>> open_bytes(const std::filesystem::path& path,
                                               ReadPoints* points) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("read", path, errno);
  auto file = std::make_unique<FileBytes>(fd, path);
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) return file_error("read", path, EISDIR);
  if (is_gz(fd)) {
    return std::unique_ptr<ByteSource>(
        std::make_unique<GzBytes>(std::move(file), path.string(), points, info.st_size));
  }
  if (path.extension() == ".gz") {
    return Error{ErrorCode::data,
                 path.string() +
                     (info.st_size == 0 ? ": empty, not a gz file"
                                        : ": the name ends in .gz, the bytes are not gz") +
                     "; copy or download the file again"};
  }
  return std::unique_ptr<ByteSource>(std::move(file));
}

std::unique_ptr<ByteSource> memory_bytes(std::string_view bytes) {
  return std::make_unique<MemoryBytes>(bytes);
}

std::unique_ptr<ByteSource> gunzip(std::unique_ptr<ByteSource> packed, std::string place) {
  return std::make_unique<GzBytes>(std::move(packed), std::move(place));
}

Result<std::string> read_unpacked(const std::filesystem::path& path, std::size_t max_bytes) {
  CLUE_TRY(const std::unique_ptr<ByteSource> in, open_bytes(path));
  std::string out;
  std::vector<char> block(kBlock);
  while (true) {
    CLUE_TRY(const std::size_t n, in->read(block));
    if (n == 0) return out;
    if (out.size() + n > max_bytes) {
      return Error{ErrorCode::data, path.string() + ": larger than " + std::to_string(max_bytes) +
                                        " bytes unpacked"};
    }
    out.append(block.data(), n);
  }
}

}  // namespace clue
