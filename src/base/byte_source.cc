#include "base/byte_source.h"

#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/files.h"

namespace clue {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;

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

/// ISA-L's inflate, member after member.
class GzBytes final : public ByteSource {
 public:
  GzBytes(std::unique_ptr<ByteSource> packed, std::string place)
      : packed_(std::move(packed)), place_(std::move(place)), input_(kBlock) {
    start_member();
  }

  Result<std::size_t> read(std::span<char> out) override {
    const std::size_t wanted = std::min<std::size_t>(out.size(), std::size_t{1} << 30);
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
    return wanted - state_.avail_out;
  }

 private:
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
  std::vector<char> input_;
  std::uint64_t taken_ = 0;  // packed bytes handed to the decoder or waiting in input_
  bool at_end_ = false;
  inflate_state state_{};
};

bool is_gz(int fd) {
  std::array<unsigned char, 2> magic{};
  return ::pread(fd, magic.data(), 2, 0) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
}

}  // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("read", path, errno);
  auto file = std::make_unique<FileBytes>(fd, path);
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) return file_error("read", path, EISDIR);
  if (is_gz(fd)) return gunzip(std::move(file), path.string());
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
