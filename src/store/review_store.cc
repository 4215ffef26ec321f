#include "store/review_store.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <tuple>

#include "base/hash.h"
#include "base/json.h"
#include "store/sqlite.h"

namespace clue::store {
namespace {

namespace fs = std::filesystem;

constexpr int kVersion = 1;
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS entries(id INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT NOT NULL,"
    " reviewer TEXT NOT NULL, action TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,"
    " reason TEXT NOT NULL, ratings TEXT NOT NULL, undone INTEGER NOT NULL,"
    " final INTEGER NOT NULL, at TEXT NOT NULL)";

Status check_version(Database& db, const fs::path& file, bool may_create) {
  CLUE_TRY(const std::int64_t version, db.integer("PRAGMA user_version"));
  if (version == kVersion) return {};
  if (version == 0 && may_create) {
    CLUE_OK(db.exec(kSchema));
    return db.exec(fmt::format("PRAGMA user_version={}", kVersion));
  }
  return Error{ErrorCode::data,
               fmt::format("{}: not a review file of this program (version {}, expected {})",
                           file.string(), version, kVersion)};
}

/// A database's errors speak of runs.
Error no_review_file(Error error, const fs::path& file) {
  if (error.code != ErrorCode::data) return error;
  return {ErrorCode::data,
          file.string() +
              ": is not a review file (clue review makes NAME.review.db beside a set, and "
              "ratings.db in a run)"};
}

Result<std::vector<ReviewEntry>> read_after(Database& db, std::int64_t after) {
  CLUE_TRY(
      Statement s,
      db.prepare("SELECT id,item,reviewer,action,question,answer,reason,ratings,undone,final,at"
                 " FROM entries WHERE id>? ORDER BY id"));
  s.bind(1, after);
  std::vector<ReviewEntry> out;
  while (true) {
    CLUE_TRY(const bool row, s.step());
    if (!row) return out;
    ReviewEntry e;
    e.id = s.integer(0);
    e.item = s.text(1);
    e.reviewer = s.text(2);
    e.action = s.text(3);
    e.question = s.text(4);
    e.answer = s.text(5);
    e.reason = s.text(6);
    CLUE_TRY(const nlohmann::json ratings, parse_json(s.text(7), "ratings"));
    for (const auto& [scale, value] : ratings.items()) e.ratings[scale] = value.get<int>();
    e.undone = s.integer(8);
    e.final_word = s.integer(9) != 0;
    e.at = s.text(10);
    out.push_back(std::move(e));
  }
}

Result<std::int64_t> insert(Database& db, const ReviewEntry& e) {
  CLUE_TRY(Statement s,
           db.prepare("INSERT INTO entries(item,reviewer,action,question,answer,reason,"
                      "ratings,undone,final,at) VALUES(?,?,?,?,?,?,?,?,?,?)"));
  const std::string ratings = dump_json(nlohmann::json(e.ratings));
  s.bind(1, std::string_view(e.item));
  s.bind(2, std::string_view(e.reviewer));
  s.bind(3, std::string_view(e.action));
  s.bind(4, std::string_view(e.question));
  s.bind(5, std::string_view(e.answer));
  s.bind(6, std::string_view(e.reason));
  s.bind(7, std::string_view(ratings));
  s.bind(8, e.undone);
  s.bind(9, std::int64_t{e.final_word});
  s.bind(10, std::string_view(e.at));
  CLUE_OK(s.run());
  return db.last_id();
}

/// What makes an entry the same on two machines; ids are each file's own.
auto identity(const ReviewEntry& e) {
  return std::tie(e.reviewer, e.at, e.item, e.action, e.question, e.answer, e.reason, e.ratings);
}

}  // namespace

ReviewState::ReviewState(std::vector<ReviewEntry> log) {
  for (ReviewEntry& entry : log) add(std::move(entry));
}

void ReviewState::add(ReviewEntry entry) {
  if (entry.action == "undo") {
    undone_.insert(entry.undone);
    take_back(entry.undone);
    return;
  }
  if (undone_.contains(entry.id)) return;
  by_item_[{entry.item, entry.reviewer}].insert(entry.id);
  by_reviewer_[{entry.reviewer, entry.final_word}].insert(entry.id);
  now_[entry.item][entry.reviewer] = entry;
  standing_.insert_or_assign(entry.id, std::move(entry));
}

void ReviewState::take_back(std::int64_t id) {
  const auto at = standing_.find(id);
  if (at == standing_.end()) return;
  const ReviewEntry& entry = at->second;
  std::set<std::int64_t>& left = by_item_[{entry.item, entry.reviewer}];
  left.erase(id);
  by_reviewer_[{entry.reviewer, entry.final_word}].erase(id);
  auto& by = now_[entry.item];
  if (left.empty()) {
    by.erase(entry.reviewer);
    if (by.empty()) now_.erase(entry.item);
  } else {
    by[entry.reviewer] = standing_.at(*left.rbegin());
  }
  standing_.erase(at);
}

const ReviewEntry* ReviewState::last_entry(const std::string& reviewer, bool final_word) const {
  const auto found = by_reviewer_.find({reviewer, final_word});
  if (found == by_reviewer_.end() || found->second.empty()) return nullptr;
  return &standing_.at(*found->second.rbegin());
}

Decisions in_force(std::vector<ReviewEntry> log) { return ReviewState(std::move(log)).in_force(); }

std::string output_id(std::string_view task, std::string_view sample, int repeat,
                      std::string_view answer) {
  return sha256_hex(fmt::format("{}\n{}\n{}\n{}", task, sample, repeat, answer)).substr(0, 16);
}

struct ReviewStore::Impl {
  Database db;
};

ReviewStore::ReviewStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReviewStore::ReviewStore(ReviewStore&&) noexcept = default;
ReviewStore& ReviewStore::operator=(ReviewStore&&) noexcept = default;
ReviewStore::~ReviewStore() = default;

Result<ReviewStore> ReviewStore::open(const fs::path& file) {
  auto impl = std::make_unique<Impl>();
  auto db = Database::open(file, Database::Mode::write);
  if (!db) return no_review_file(db.error(), file);
  impl->db = *std::move(db);
  std::error_code ignored;  // a foreign file system without modes keeps what it has
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, ignored);
  CLUE_OK(impl->db.exec("PRAGMA synchronous=FULL"));
  CLUE_OK(check_version(impl->db, file, true));
  return ReviewStore(std::move(impl));
}

Result<std::vector<ReviewEntry>> ReviewStore::read(const fs::path& file) {
  std::error_code ec;
  if (!fs::exists(file, ec)) return std::vector<ReviewEntry>{};
  auto db = Database::open_to_read(file);
  if (!db) return no_review_file(db.error(), file);
  CLUE_OK(check_version(*db, file, false));
  return read_after(*db, 0);
}

Result<std::int64_t> ReviewStore::append(const ReviewEntry& entry) {
  return insert(impl_->db, entry);
}

Result<std::vector<ReviewEntry>> ReviewStore::entries(std::int64_t after) {
  return read_after(impl_->db, after);
}

Result<std::size_t> ReviewStore::merge(const fs::path& other) {
  std::error_code ec;
  if (!fs::exists(other, ec)) {
    return Error{ErrorCode::not_found, other.string() + ": no such review file"};
  }
  CLUE_TRY(const auto theirs, read(other));
  CLUE_TRY(const auto ours, entries());
  std::map<decltype(identity(ours.front())), std::int64_t> known;
  for (const ReviewEntry& e : ours) known.emplace(identity(e), e.id);
  std::map<std::int64_t, std::int64_t> ids;  // their id -> ours
  std::size_t added = 0;
  CLUE_OK(impl_->db.exec("BEGIN IMMEDIATE"));
  for (ReviewEntry e : theirs) {
    const auto same = known.find(identity(e));
    const std::int64_t their_id = e.id;
    if (same != known.end()) {
      ids[their_id] = same->second;
      continue;
    }
    if (e.undone != 0) e.undone = ids[e.undone];
    const auto id = insert(impl_->db, e);
    if (!id) {
      (void)impl_->db.exec("ROLLBACK");
      return id.error();
    }
    ids[their_id] = *id;
    ++added;
  }
  CLUE_OK(impl_->db.exec("COMMIT"));
  return added;
}

}  // namespace clue::store
