#include "base/hash.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/check.h"
#include "base/files.h"

namespace clue {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Context start(const EVP_MD* algorithm) {
  Context c(EVP_MD_CTX_new());
  CLUE_CHECK_MSG(c != nullptr && EVP_DigestInit_ex(c.get(), algorithm, nullptr) == 1,
                 "OpenSSL cannot start a digest");
  return c;
}

void add(EVP_MD_CTX* c, std::string_view bytes) {
  CLUE_CHECK(EVP_DigestUpdate(c, bytes.data(), bytes.size()) == 1);
}

std::string finish(EVP_MD_CTX* c) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  CLUE_CHECK(EVP_DigestFinal_ex(c, digest.data(), &size) == 1);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(size * std::size_t{2});
  for (unsigned int i = 0; i < size; ++i) {
    out.push_back(kHex[digest[i] >> 4]);
    out.push_back(kHex[digest[i] & 15]);
  }
  return out;
}

std::string blob_header(std::uintmax_t size) {
  std::string header = "blob " + std::to_string(size);
  header.push_back('\0');
  return header;
}

struct CloseFile {
  void operator()(std::FILE* f) const { std::fclose(f); }
};

Result<std::string> digest_file(Context c, const std::filesystem::path& path) {
  errno = 0;
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (!file) return file_error("read", path, errno);
  std::array<char, 1 << 16> buffer{};
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0) {
    add(c.get(), {buffer.data(), got});
  }
  if (std::ferror(file.get()) != 0) return file_error("read", path, errno);
  return finish(c.get());
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Context c = start(EVP_sha256());
  add(c.get(), bytes);
  return finish(c.get());
}

Result<std::string> sha256_file(const std::filesystem::path& path) {
  return digest_file(start(EVP_sha256()), path);
}

std::string git_blob_sha1(std::string_view bytes) {
  Context c = start(EVP_sha1());
  add(c.get(), blob_header(bytes.size()));
  add(c.get(), bytes);
  return finish(c.get());
}

Result<std::string> git_blob_sha1_file(const std::filesystem::path& path) {
  std::error_code ec;
  const std::uintmax_t size = std::filesystem::file_size(path, ec);
  if (ec) return file_error("read", path, ec.value());
  Context c = start(EVP_sha1());
  add(c.get(), blob_header(size));
  return digest_file(std::move(c), path);
}

struct Sha256::Impl {
  Context context = start(EVP_sha256());
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
void Sha256::update(std::string_view bytes) { add(impl_->context.get(), bytes); }
std::string Sha256::hex() { return finish(impl_->context.get()); }

}  // namespace clue
