// SHA-256 and git blob ids, of bytes in memory and of files read in pieces. Used for data, model
// and prompt identity. Free functions are thread-safe; a Sha256 belongs to one thread.
//
//   std::string id = sha256_hex("text");   CLUE_TRY(std::string h, sha256_file(path));
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace clue {

/// Lower-case hexadecimal SHA-256, 64 characters.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
/// The same of a file, any size, in pieces. Error: not_found or io, naming the file.
[[nodiscard]] Result<std::string> sha256_file(const std::filesystem::path& path);

/// Git's id of a file with these bytes (sha1 of "blob <size>\0<bytes>"), 40 characters.
[[nodiscard]] std::string git_blob_sha1(std::string_view bytes);
/// The same of a file, in pieces.
[[nodiscard]] Result<std::string> git_blob_sha1_file(const std::filesystem::path& path);

/// SHA-256 over pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// The hash of all pieces; no update may follow.
  [[nodiscard]] std::string hex();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace clue
