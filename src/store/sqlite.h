// SQLite behind Result values: one connection, its statements, its errors in words. Used inside
// src/store only. One thread at a time.
//
//   CLUE_TRY(Database db, Database::open(file, Database::Mode::write));
//   CLUE_TRY(Statement s, db.prepare("SELECT body FROM texts WHERE id = ?"));
//   s.bind(1, id); CLUE_TRY(bool row, s.step()); if (row) use(s.text(0));
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

/// A prepared statement. Texts bound must live until step() returned.
class Statement {
 public:
  Statement() = default;
  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view text);
  void bind_blob(int index, std::string_view bytes);
  /// True: a row is there; false: done. Error: as Database::error.
  [[nodiscard]] Result<bool> step();
  /// Runs to the end and resets. For statements without rows.
  [[nodiscard]] Status run();
  void reset();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  ///< valid until the next step or reset

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* s) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  std::string path_;
};

class Database {
 public:
  enum class Mode { read, read_unchanging, write };
  Database() = default;
  /// read_unchanging: for a folder nobody can write into; takes no locks at all.
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& file, Mode mode);
  /// For reading, also in a folder nobody can write into, where SQLite cannot make its side files.
  [[nodiscard]] static Result<Database> open_to_read(const std::filesystem::path& file);
  [[nodiscard]] Status exec(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// The one integer of a query such as "PRAGMA user_version".
  [[nodiscard]] Result<std::int64_t> integer(std::string_view sql);
  [[nodiscard]] std::int64_t last_id() const;
  [[nodiscard]] bool in_transaction() const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
};

/// The last failure of a connection in words with the remedy: full disk, no permission, damaged,
/// in use, not a database. Contract: io for what the system refused, data for what is in the file.
[[nodiscard]] Error sqlite_error(sqlite3* db, const std::string& path);

}  // namespace clue::store
