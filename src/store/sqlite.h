// A thin RAII skin over the SQLite C API, private to src/store: statements that bind and step,
// errors as Result with the file's name in front. One connection belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace clue::store {

class Statement;

class Database {
 public:
  enum class Mode { create, read };
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& file, Mode mode);

  [[nodiscard]] Status execute(const char* sql);
  [[nodiscard]] Result<Statement> prepare(const char* sql);
  /// The last failure in words, with file and remedy for the usual causes (full disk, read only,
  /// locked).
  [[nodiscard]] Error failure(std::string_view doing) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> db_;
  std::string file_;
};

/// A prepared statement; parameters are numbered from 1, columns from 0. The Database must outlive
/// it.
class Statement {
 public:
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::int64_t number);
  /// true: a row is there; false: done.
  [[nodiscard]] Result<bool> step();
  /// Runs to the end and resets, for statements that return nothing.
  [[nodiscard]] Status run();
  void reset();
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* stmt) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> stmt_;
  sqlite3* db_ = nullptr;
  std::string file_;
};

}  // namespace clue::store
