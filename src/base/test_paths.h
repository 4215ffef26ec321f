// Where tests find data, sources and scratch space. Tests and benches only.
//
//   auto shared = clue::shared_dir();
//   if (!shared) GTEST_SKIP() << clue::kNoShared;
//   clue::TempDir tmp;  write(tmp.path() / "x.csv"); ...   // removed at scope end
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "base/check.h"

namespace clue {

inline constexpr const char* kNoShared =
    "the shared data folder is not here (set CLUE_SHARED to it, or put it beside the checkout)";

/// Root of the checkout: CLUE_SOURCE_DIR (set by ctest), else the closest parent with src/base.
inline std::filesystem::path source_dir() {
  namespace fs = std::filesystem;
  if (const char* dir = std::getenv("CLUE_SOURCE_DIR"); dir != nullptr && *dir != '\0') return dir;
  for (fs::path p = fs::current_path(); p.has_relative_path(); p = p.parent_path()) {
    if (fs::exists(p / "src" / "base" / "result.h")) return p;
  }
  return fs::current_path();
}

/// The folder with real open data and golden values: CLUE_SHARED, else `shared` beside the
/// checkout.
inline std::optional<std::filesystem::path> shared_dir() {
  namespace fs = std::filesystem;
  std::error_code ec;
  if (const char* dir = std::getenv("CLUE_SHARED"); dir != nullptr && *dir != '\0') {
    return fs::is_directory(dir, ec) ? std::optional<fs::path>(dir) : std::nullopt;
  }
  const fs::path beside = source_dir() / ".." / "shared";
  return fs::is_directory(beside, ec) ? std::optional<fs::path>(beside) : std::nullopt;
}

/// A fresh folder under TMPDIR, removed with all it holds at the end.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "clue-test-XXXXXX").string();
    CLUE_CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempDir() {
    std::error_code ec;
    std::filesystem::remove_all(path_, ec);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace clue
