#include "store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace clue::store {
namespace {

std::string_view view(const void* bytes, int size) {
  return bytes == nullptr
             ? std::string_view{}
             : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

}  // namespace

Error sqlite_error(sqlite3* db, const std::string& path) {
  const int code = db == nullptr ? SQLITE_NOMEM : sqlite3_errcode(db);
  const int system = db == nullptr ? 0 : sqlite3_system_errno(db);
  const auto io = [&](std::string_view words) {
    return Error{ErrorCode::io, fmt::format("{}: {}", path, words)};
  };
  // The system's reason is not always known by the time SQLite reports a failed write.
  const int extended = db == nullptr ? 0 : sqlite3_extended_errcode(db);
  const bool full = code == SQLITE_FULL || extended == SQLITE_IOERR_WRITE ||
                    extended == SQLITE_IOERR_SHMSIZE ||
                    (code == SQLITE_IOERR &&
                     (system == ENOSPC || system == EFBIG || system == EDQUOT));
  if (full) {
    return io(
        "cannot be written any further: the disk, a quota or a file size limit is full. Everything "
        "committed so far is kept; free some space and give the same command again to go on");
  }
  switch (code) {
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return io(
          fmt::format("cannot be opened for this use ({}); check the permissions of the "
                      "folder and of run.db",
                      system != 0 ? std::strerror(system) : sqlite3_errmsg(db)));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return io("is in use by another program; wait for it to end and try again");
    case SQLITE_IOERR:
      return io(
          fmt::format("input/output error ({}); what was committed is kept. Check the disk "
                      "and give the same command again",
                      system != 0 ? std::strerror(system) : sqlite3_errmsg(db)));
    case SQLITE_NOTADB:
      return {ErrorCode::data,
              path + ": is not a run database; name a run folder that `clue run` made"};
    case SQLITE_CORRUPT:
      return {ErrorCode::data,
              path +
                  ": is damaged (a copy cut short, or a failing disk); restore it from a "
                  "backup, or start a new run folder"};
    default:
      return {ErrorCode::internal,
              fmt::format("{}: SQLite: {} (code {})", path,
                          db == nullptr ? "out of memory" : sqlite3_errmsg(db),
                          db == nullptr ? code : sqlite3_extended_errcode(db))};
  }
}

void Statement::Finalize::operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }

void Statement::bind(int index, std::int64_t value) {
  CLUE_CHECK(sqlite3_bind_int64(handle_.get(), index, value) == SQLITE_OK);
}

void Statement::bind(int index, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  CLUE_CHECK(sqlite3_bind_text64(handle_.get(), index, data, text.size(), SQLITE_STATIC,
                                 SQLITE_UTF8) == SQLITE_OK);
}

void Statement::bind_blob(int index, std::string_view bytes) {
  CLUE_CHECK(sqlite3_bind_blob64(handle_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC) ==
             SQLITE_OK);
}

Result<bool> Statement::step() {
  const int rc = sqlite3_step(handle_.get());
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  Error error = sqlite_error(sqlite3_db_handle(handle_.get()), path_);
  sqlite3_reset(handle_.get());
  return error;
}

Status Statement::run() {
  auto row = step();
  if (!row) return row.error();
  reset();
  return {};
}

void Statement::reset() { sqlite3_reset(handle_.get()); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string_view Statement::text(int column) const {
  // The bytes as stored: NUL inside a text is kept.
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  return view(bytes, sqlite3_column_bytes(handle_.get(), column));
}

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

Result<Database> Database::open(const std::filesystem::path& file, Mode mode) {
  Database db;
  db.path_ = file.string();
  sqlite3* raw = nullptr;
  // A URI, with the characters that mean something there escaped.
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  if (mode == Mode::read_unchanging) uri += "?immutable=1";
  const int flags =
      SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
      (mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  const int rc = sqlite3_open_v2(uri.c_str(), &raw, flags, nullptr);
  db.handle_.reset(raw);
  if (rc != SQLITE_OK) return sqlite_error(raw, db.path_);
  sqlite3_busy_timeout(raw, 5000);
  sqlite3_extended_result_codes(raw, 0);
  return db;
}

Result<Database> Database::open_to_read(const std::filesystem::path& file) {
  CLUE_TRY(Database db, open(file, Mode::read));
  const auto probe = db.integer("PRAGMA user_version");
  if (probe) return db;
  std::error_code ec;
  std::filesystem::path wal = file;
  wal += "-wal";
  const bool clean =
      !std::filesystem::exists(wal, ec) || std::filesystem::file_size(wal, ec) == 0;
  // No permission or a full disk; closed cleanly: nothing to recover, no side files needed.
  if (probe.error().code == ErrorCode::io && clean) return open(file, Mode::read_unchanging);
  return probe.error();
}

Status Database::exec(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_error(handle_.get(), path_);
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  Statement s;
  s.path_ = path_;
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr) !=
      SQLITE_OK) {
    return sqlite_error(handle_.get(), path_);
  }
  s.handle_.reset(raw);
  return s;
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  CLUE_TRY(Statement s, prepare(sql));
  CLUE_TRY(const bool row, s.step());
  return row ? s.integer(0) : 0;
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

}  // namespace clue::store
