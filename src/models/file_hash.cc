#include "models/file_hash.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>
#include <vector>

#include "base/hash.h"

namespace clue::models {
namespace {

Error file_error(const std::filesystem::path& path) {
  const int code = errno;
  return {code == ENOENT ? ErrorCode::not_found : ErrorCode::io,
          path.string() + ": cannot read: " + std::generic_category().message(code)};
}

/// What identifies a file's content without reading it: "size mtime_ns inode path".
std::string stat_key(const struct stat& facts, const std::filesystem::path& path) {
  return std::to_string(facts.st_size) + ' ' + std::to_string(facts.st_mtim.tv_sec) + '.' +
         std::to_string(facts.st_mtim.tv_nsec) + ' ' + std::to_string(facts.st_ino) + ' ' +
         path.string();
}

/// Lines "<hash> <key>"; the last one with our key counts.
std::string find_cached(const std::filesystem::path& cache, const std::string& key) {
  std::ifstream in(cache);
  std::string found;
  for (std::string line; std::getline(in, line);) {
    if (line.size() == 65 + key.size() && line.compare(65, std::string::npos, key) == 0) {
      found = line.substr(0, 64);
    }
  }
  return found;
}

void append_cached(const std::filesystem::path& cache, const std::string& line) {
  std::error_code ignored;
  std::filesystem::create_directories(cache.parent_path(), ignored);
  // One short append: lines of processes that run at the same time do not mix.
  if (std::FILE* out = std::fopen(cache.c_str(), "ae")) {
    std::fwrite(line.data(), 1, line.size(), out);
    std::fclose(out);
  }
}

/// As sha256_file, but a large file can be given up.
Result<std::string> hash_file(const std::filesystem::path& path, const std::stop_token& stop) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return file_error(path);
  std::string piece(std::size_t{4} << 20, '\0');
  Sha256 hash;
  while (in) {
    if (stop.stop_requested()) {
      return Error{ErrorCode::cancelled, path.string() + ": stopped while reading it"};
    }
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.update({piece.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (in.bad()) return file_error(path);
  return hash.hex();
}

}  // namespace

Result<std::string> sha256_of_file(const std::filesystem::path& path,
                                   const std::filesystem::path& cache,
                                   const std::stop_token& stop) {
  std::error_code ignored;
  std::filesystem::path full = std::filesystem::weakly_canonical(path, ignored);
  if (full.empty()) full = path;
  struct stat facts {};
  if (::stat(full.c_str(), &facts) != 0) return file_error(path);
  if (cache.empty()) return hash_file(path, stop);
  const std::string key = stat_key(facts, full);
  if (key.find('\n') != std::string::npos) return hash_file(path, stop);
  if (std::string kept = find_cached(cache, key); !kept.empty()) return kept;
  CLUE_TRY(std::string hash, hash_file(path, stop));
  append_cached(cache, hash + ' ' + key + '\n');
  return hash;
}

void bring_into_memory(const std::filesystem::path& path, const std::stop_token& stop) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  if (file < 0) return;
  if (::fstat(file, &facts) == 0 && facts.st_size > 0) {
    const auto size = static_cast<std::size_t>(facts.st_size);
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> resident((size + page - 1) / page, 0);
    void* map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) {
      if (::mincore(map, size, resident.data()) != 0) resident.assign(resident.size(), 0);
      ::munmap(map, size);
    }
    std::string piece(std::size_t{4} << 20, '\0');
    const std::size_t pages = piece.size() / page;
    for (std::size_t at = 0; at < resident.size() && !stop.stop_requested(); at += pages) {
      const auto begin = resident.begin() + static_cast<std::ptrdiff_t>(at);
      const auto end = begin + static_cast<std::ptrdiff_t>(std::min(pages, resident.size() - at));
      if (std::all_of(begin, end, [](unsigned char c) { return (c & 1U) != 0; })) continue;
      if (::pread(file, piece.data(), piece.size(), static_cast<off_t>(at * page)) <= 0) break;
    }
  }
  ::close(file);
}

}  // namespace clue::models
