#include "store/sqlite.h"

#include <sqlite3.h>

namespace clue::store {
namespace {

Error describe(sqlite3* db, int code, const std::string& file, std::string_view doing) {
  const std::string what = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  std::string message = file + ": " + std::string(doing) + ": " + what;
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return {ErrorCode::io, message +
                                 " (is the disk full? free space and run the same command again: "
                                 "what was finished is kept)"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return {ErrorCode::io,
              message + " (no permission to write there? choose another folder with -o)"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::io, message + " (another program is using this run)"};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorCode::data, message + " (this file is not a run, or it is damaged)"};
    default:
      return {ErrorCode::io, message};
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
void Statement::Finalize::operator()(sqlite3_stmt* stmt) const { sqlite3_finalize(stmt); }

Result<Database> Database::open(const std::filesystem::path& file, Mode mode) {
  Database out;
  out.file_ = file.string();
  sqlite3* raw = nullptr;
  const int flags =
      mode == Mode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(out.file_.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  out.db_.reset(raw);
  if (code != SQLITE_OK) return describe(raw, code, out.file_, "cannot open");
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 5000);
  return out;
}

Status Database::execute(const char* sql) {
  if (const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr); code != SQLITE_OK) {
    return describe(db_.get(), code, file_, "cannot write");
  }
  return {};
}

Result<Statement> Database::prepare(const char* sql) {
  Statement out;
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(db_.get(), sql, -1, &raw, nullptr);
  if (code != SQLITE_OK) return describe(db_.get(), code, file_, "cannot read");
  out.stmt_.reset(raw);
  out.db_ = db_.get();
  out.file_ = file_;
  return out;
}

Error Database::failure(std::string_view doing) const {
  return describe(db_.get(), sqlite3_extended_errcode(db_.get()), file_, doing);
}

Statement& Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(stmt_.get(), index, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int index, std::int64_t number) {
  sqlite3_bind_int64(stmt_.get(), index, number);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(stmt_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const Error error = describe(db_, code, file_, "cannot write or read");
  sqlite3_reset(stmt_.get());
  return error;
}

Status Statement::run() {
  const Result<bool> more = step();
  reset();
  if (!more) return more.error();
  return {};
}

void Statement::reset() {
  sqlite3_reset(stmt_.get());
  sqlite3_clear_bindings(stmt_.get());
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(stmt_.get(), column));
  return data == nullptr
             ? std::string()
             : std::string(data,
                           static_cast<std::size_t>(sqlite3_column_bytes(stmt_.get(), column)));
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(stmt_.get(), column);
}

}  // namespace clue::store
