#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"

namespace clue {
namespace fs = std::filesystem;
namespace {

/// One file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  /// 0 or errno: a full disk may show only here.
  int close() { return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno; }

 private:
  int fd_;
};

/// 0 or errno.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

/// Makes a rename durable; failure to sync a folder is no reason to fail (some file systems
/// refuse).
void sync_folder(const fs::path& dir) {
  Descriptor fd(::open(dir.empty() ? "." : dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) (void)::fsync(fd.get());
}

}  // namespace

Error file_error(std::string_view verb, const fs::path& path, int error_number) {
  std::string why = std::error_code(error_number, std::generic_category()).message();
  ErrorCode code = ErrorCode::io;
  switch (error_number) {
    case ENOENT:
      code = ErrorCode::not_found;
      why = "no such file or folder; check the path";
      break;
    case EACCES:
    case EPERM:
      why = "permission denied; check the owner and mode of the file and its folder";
      break;
    case EROFS:
      why = "the file system is read-only; choose another place";
      break;
    case ENOSPC:
      why = "the disk is full; free some space and start again";
      break;
    case EDQUOT:
      why = "the disk quota is used up; free some space and start again";
      break;
    case EFBIG:
      why = "the file would grow over the allowed size (ulimit -f)";
      break;
    case EISDIR:
      why = "it is a folder, a file is needed";
      break;
    case ENOTDIR:
      why = "a part of the path is a file, not a folder";
      break;
    default:
      break;
  }
  return {code, "cannot " + std::string(verb) + " " + path.string() + ": " + why};
}

Result<std::string> read_file(const fs::path& path, std::size_t max_bytes) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return file_error("read", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return file_error("read", path, errno);
  if (S_ISDIR(info.st_mode)) return file_error("read", path, EISDIR);
  std::string out;
  if (info.st_size > 0 && (max_bytes == 0 || static_cast<std::size_t>(info.st_size) <= max_bytes)) {
    out.reserve(static_cast<std::size_t>(info.st_size));
  }
  std::vector<char> buffer(std::size_t{1} << 17);
  while (true) {
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("read", path, errno);
    if (n == 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(n));
    if (max_bytes != 0 && out.size() > max_bytes) {
      return Error{ErrorCode::data,
                   path.string() + ": larger than " + std::to_string(max_bytes) + " bytes"};
    }
  }
}

Status write_file_atomic(const fs::path& path, std::string_view bytes, unsigned mode) {
  // The process id keeps two programs apart, the counter two threads of one.
  static std::atomic<unsigned> counter{0};
  const fs::path temporary = path.string() + ".tmp-" + std::to_string(::getpid()) + "-" +
                             std::to_string(counter.fetch_add(1));
  int failed = 0;
  {
    Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (fd.get() < 0) return file_error("write", path, errno);
    failed = write_all(fd.get(), bytes);
    if (failed == 0 && ::fsync(fd.get()) != 0 && errno != EINVAL) failed = errno;
    if (const int at_close = fd.close(); failed == 0) failed = at_close;
  }
  if (failed == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) failed = errno;
  if (failed != 0) {
    (void)::unlink(temporary.c_str());
    return file_error("write", path, failed);
  }
  sync_folder(path.parent_path());
  return {};
}

Status make_dirs(const fs::path& path) {
  if (path.empty()) return {};
  std::error_code ec;
  fs::create_directories(path, ec);
  if (ec) return file_error("create folder", path, ec.value());
  if (!fs::is_directory(path, ec)) return file_error("create folder", path, ENOTDIR);
  return {};
}

std::optional<fs::path> find_without_case(const fs::path& dir, std::string_view name) {
  std::error_code ec;
  if (fs::exists(dir / name, ec)) return dir / name;
  const std::string wanted = ascii_lower(name);
  std::vector<fs::path> found;
  for (fs::directory_iterator it(dir, ec), end; !ec && it != end; it.increment(ec)) {
    if (ascii_lower(it->path().filename().string()) == wanted) found.push_back(it->path());
  }
  if (found.empty()) return std::nullopt;
  return *std::min_element(found.begin(), found.end());
}

}  // namespace clue
