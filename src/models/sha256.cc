#include "models/sha256.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

namespace clue::models {
namespace {

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// OpenSSL's digest as a value: add bytes, then hex() once.
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    CLUE_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }

  void add(const void* data, std::size_t size) {
    CLUE_CHECK(EVP_DigestUpdate(context_.get(), data, size) == 1);
  }

  std::string hex() {
    std::array<unsigned char, 32> digest{};
    unsigned int size = 0;
    CLUE_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : digest) {
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, FreeDigest> context_;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

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

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.hex();
}

Result<std::string> sha256_of_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return file_error(path);
  Sha256 hash;
  std::vector<char> buffer(1 << 20);
  for (;;) {
    const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get());
    hash.add(buffer.data(), n);
    if (n < buffer.size()) break;
  }
  if (std::ferror(file.get()) != 0) return file_error(path);
  return hash.hex();
}

Result<std::string> sha256_of_file(const std::filesystem::path& path,
                                   const std::filesystem::path& cache) {
  std::error_code ignored;
  std::filesystem::path full = std::filesystem::weakly_canonical(path, ignored);
  if (full.empty()) full = path;
  struct stat facts {};
  if (::stat(full.c_str(), &facts) != 0) return file_error(path);
  if (cache.empty()) return sha256_of_file(path);
  const std::string key = stat_key(facts, full);
  if (key.find('\n') != std::string::npos) return sha256_of_file(path);
  if (std::string kept = find_cached(cache, key); !kept.empty()) return kept;
  CLUE_TRY(std::string hash, sha256_of_file(path));
  append_cached(cache, hash + ' ' + key + '\n');
  return hash;
}

}  // namespace clue::models
