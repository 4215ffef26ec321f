#include "store/run_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "core/json.h"
#include "core/names.h"
#include "store/sqlite.h"

namespace clue::store {

std::string_view embedded(std::string_view name);  // generated: schema.sql

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kSchemaVersion = 1;
/// Strings at least this long go to the texts table; shorter ones would only cost an indirection.
constexpr std::size_t kLongText = 256;
constexpr const char* kTextKey = "$text";

/// Adds the place to the error of a value read back.
template <typename T>
Result<T> at(Result<T> value, const std::string& place) {
  if (!value) return value.error().in(place);
  return value;
}

json facts_to_json(const PassFacts& f) {
  return {{"spec", core::to_json(f.spec)},
          {"model", core::to_json(f.model)},
          {"dataset_path", f.dataset_path},
          {"use", core::name(f.use)},
          {"examples", f.examples},
          {"planned", f.planned},
          {"limit", f.limit},
          {"command_line", f.command_line},
          {"created", f.created},
          {"extra", f.extra}};
}

Result<PassFacts> facts_from_json(const json& j, const std::string& place) {
  PassFacts f;
  try {
    CLUE_TRY(f.spec, at(core::from_json<core::RunSpec>(j.at("spec")), place));
    CLUE_TRY(f.model, at(core::from_json<core::ModelInfo>(j.at("model")), place));
    f.dataset_path = j.at("dataset_path").get<std::string>();
    const std::string use = j.at("use").get<std::string>();
    f.use = core::from_name<core::DataUse>(use).value_or(core::DataUse::private_);
    f.examples = j.at("examples").get<bool>();
    f.planned = j.at("planned").get<std::size_t>();
    f.limit = j.at("limit").get<int>();
    f.command_line = j.at("command_line").get<std::string>();
    f.created = j.at("created").get<std::string>();
    f.extra = j.at("extra").get<std::map<std::string, std::string>>();
  } catch (const json::exception& e) {
    return Error{ErrorCode::data, place + ": damaged pass: " + e.what()};
  }
  return f;
}

/// Owns the lock file of a writer; the kernel frees it with the process, also after kill -9.
class WriterLock {
 public:
  WriterLock() = default;
  WriterLock(WriterLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  WriterLock& operator=(WriterLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~WriterLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  static Result<WriterLock> take(const fs::path& dir) {
    WriterLock lock;
    const fs::path file = dir / "run.lock";
    lock.fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock.fd_ < 0) return file_error("create", file, errno);
    if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
      return Error{ErrorCode::io, dir.string() +
                                      ": another clue is writing to this run; wait for it, "
                                      "or choose another folder with -o"};
    }
    return lock;
  }

 private:
  int fd_ = -1;
};

}  // namespace

struct RunStore::Impl {
  fs::path dir;
  WriterLock lock;
  Database db;
  bool in_transaction = false;
  std::unordered_map<std::string, std::int64_t> text_ids;

  Status begin() {
    if (in_transaction) return {};
    CLUE_OK(db.execute("BEGIN"));
    in_transaction = true;
    return {};
  }

  Result<std::int64_t> text_id(const std::string& text) {
    const std::string hash = sha256_hex(text);
    if (const auto it = text_ids.find(hash); it != text_ids.end()) return it->second;
    CLUE_TRY(Statement insert, db.prepare("INSERT OR IGNORE INTO texts(hash, text) VALUES(?, ?)"));
    CLUE_OK(insert.bind(1, hash).bind(2, text).run());
    CLUE_TRY(Statement select, db.prepare("SELECT id FROM texts WHERE hash = ?"));
    CLUE_TRY(bool found, select.bind(1, hash).step());
    CLUE_CHECK(found);
    const std::int64_t id = select.number(0);
    text_ids.emplace(hash, id);
    return id;
  }

  /// Replaces long strings by {"$text": id}, everywhere in the value.
  Status pack(json& value) {
    if (value.is_string()) {
      if (const auto& text = value.get_ref<const std::string&>(); text.size() >= kLongText) {
        CLUE_TRY(std::int64_t id, text_id(text));
        value = json{{kTextKey, id}};
      }
    } else if (value.is_structured()) {
      for (auto& member : value) CLUE_OK(pack(member));
    }
    return {};
  }

  Status unpack(json& value, std::unordered_map<std::int64_t, std::string>& cache) {
    if (value.is_object() && value.size() == 1 && value.contains(kTextKey)) {
      const std::int64_t id = value[kTextKey].get<std::int64_t>();
      auto it = cache.find(id);
      if (it == cache.end()) {
        CLUE_TRY(Statement select, db.prepare("SELECT text FROM texts WHERE id = ?"));
        CLUE_TRY(bool found, select.bind(1, id).step());
        if (!found) {
          return Error{ErrorCode::data, (dir / "run.db").string() + ": text " + std::to_string(id) +
                                            " is missing (removed by purge?)"};
        }
        it = cache.emplace(id, select.text(0)).first;
      }
      value = it->second;
    } else if (value.is_structured()) {
      for (auto& member : value) CLUE_OK(unpack(member, cache));
    }
    return {};
  }

  Result<std::string> packed(json value) {
    CLUE_OK(pack(value));
    return dump_json(value);
  }

  Result<json> unpacked(const std::string& text, const std::string& place,
                        std::unordered_map<std::int64_t, std::string>& cache) {
    CLUE_TRY(json value, parse_json(text, place));
    CLUE_OK(unpack(value, cache));
    return value;
  }

  Status check_version() {
    CLUE_TRY(Statement version, db.prepare("PRAGMA user_version"));
    CLUE_TRY(bool row, version.step());
    const std::int64_t found = row ? version.number(0) : 0;
    if (found > kSchemaVersion) {
      return Error{ErrorCode::data, (dir / "run.db").string() +
                                        ": written by a newer clue (schema " +
                                        std::to_string(found) + ", this program knows " +
                                        std::to_string(kSchemaVersion) + "); update clue"};
    }
    return {};
  }

  Result<SampleRow> row_of(const Statement& s,
                           std::unordered_map<std::int64_t, std::string>& cache) {
    SampleRow row;
    const std::string place = (dir / "run.db").string() + ": sample " + s.text(0);
    CLUE_TRY(json sample, unpacked(s.text(1), place, cache));
    CLUE_TRY(row.sample, at(core::from_json<core::Sample>(sample), place));
    CLUE_TRY(json prompt, unpacked(s.text(2), place, cache));
    CLUE_TRY(row.prompt, at(core::from_json<core::Prompt>(prompt), place));
    CLUE_TRY(json generation, unpacked(s.text(3), place, cache));
    CLUE_TRY(row.generation, at(core::from_json<core::Generation>(generation), place));
    row.position = s.number(4);
    if (const std::string answer = s.text(5); !answer.empty()) {
      CLUE_TRY(json j, unpacked(answer, place, cache));
      CLUE_TRY(row.answer, at(core::from_json<core::Answer>(j), place));
      CLUE_TRY(json list, unpacked(s.text(6), place, cache));
      for (const json& item : list) {
        CLUE_TRY(core::Score score, at(core::from_json<core::Score>(item), place));
        row.scores.push_back(std::move(score));
      }
    }
    return row;
  }
};

RunStore::RunStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;
RunStore::~RunStore() {
  if (impl_ && impl_->in_transaction) (void)commit().ok();
}

Result<RunStore> RunStore::create_or_open(const fs::path& dir, bool private_text) {
  CLUE_OK(make_dirs(dir));
  if (private_text && ::chmod(dir.c_str(), 0700) != 0) return file_error("protect", dir, errno);
  auto impl = std::make_unique<Impl>();
  impl->dir = dir;
  CLUE_TRY(impl->lock, WriterLock::take(dir));
  const fs::path file = dir / "run.db";
  CLUE_TRY(impl->db, Database::open(file, Database::Mode::create));
  if (private_text && ::chmod(file.c_str(), kPrivateFile) != 0)
    return file_error("protect", file, errno);
  CLUE_OK(impl->check_version());
  CLUE_OK(impl->db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"));
  CLUE_OK(impl->db.execute(std::string(embedded("schema.sql")).c_str()));
  return RunStore(std::move(impl));
}

Result<RunStore> RunStore::open_read(const fs::path& dir) {
  const fs::path file = dir / "run.db";
  if (!fs::exists(file)) {
    return Error{ErrorCode::not_found, dir.string() + ": not a run folder (no run.db in it)"};
  }
  auto impl = std::make_unique<Impl>();
  impl->dir = dir;
  CLUE_TRY(impl->db, Database::open(file, Database::Mode::read));
  CLUE_OK(impl->check_version());
  return RunStore(std::move(impl));
}

Result<PassId> RunStore::begin_pass(const PassFacts& facts) {
  CLUE_OK(impl_->begin());
  const std::string key = core::run_key(facts.spec);
  CLUE_TRY(Statement upsert, impl_->db.prepare("INSERT INTO passes(key, facts) VALUES(?1, ?2) "
                                               "ON CONFLICT(key) DO UPDATE SET facts = ?2"));
  CLUE_OK(upsert.bind(1, key).bind(2, dump_json(facts_to_json(facts))).run());
  CLUE_TRY(Statement select, impl_->db.prepare("SELECT id FROM passes WHERE key = ?"));
  CLUE_TRY(bool found, select.bind(1, key).step());
  CLUE_CHECK(found);
  const PassId id = select.number(0);
  select.reset();
  CLUE_OK(commit());
  return id;
}

Result<bool> RunStore::has_generation(PassId pass, std::string_view sample, int repeat,
                                      std::string_view prompt_hash) {
  CLUE_TRY(
      Statement select,
      impl_->db.prepare("SELECT 1 FROM generations WHERE pass = ? AND sample = ? AND repeat = ? "
                        "AND prompt_hash = ? AND failed = 0"));
  return select.bind(1, pass)
      .bind(2, sample)
      .bind(3, std::int64_t{repeat})
      .bind(4, prompt_hash)
      .step();
}

Status RunStore::put_generation(PassId pass, std::int64_t position, const core::Sample& sample,
                                const core::Prompt& prompt, const core::Generation& generation) {
  CLUE_OK(impl_->begin());
  CLUE_TRY(std::string sample_json, impl_->packed(core::to_json(sample)));
  CLUE_TRY(std::string prompt_json, impl_->packed(core::to_json(prompt)));
  CLUE_TRY(std::string generation_json, impl_->packed(core::to_json(generation)));
  CLUE_TRY(Statement insert,
           impl_->db.prepare("INSERT OR REPLACE INTO generations(pass, sample, repeat, position, "
                             "prompt_hash, failed, sample_json, prompt_json, generation_json) "
                             "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  CLUE_OK(insert.bind(1, pass)
              .bind(2, prompt.sample)
              .bind(3, std::int64_t{prompt.repeat})
              .bind(4, position)
              .bind(5, core::prompt_hash(prompt))
              .bind(6, std::int64_t{generation.error.empty() ? 0 : 1})
              .bind(7, sample_json)
              .bind(8, prompt_json)
              .bind(9, generation_json)
              .run());
  // A new generation makes scores of the old one wrong.
  CLUE_TRY(Statement forget,
           impl_->db.prepare("DELETE FROM scores WHERE pass = ? AND sample = ? AND repeat = ?"));
  return forget.bind(1, pass).bind(2, prompt.sample).bind(3, std::int64_t{prompt.repeat}).run();
}

Status RunStore::put_scores(PassId pass, core::RuleSet rules, std::string_view sample, int repeat,
                            const core::Answer& answer, const std::vector<core::Score>& scores) {
  CLUE_OK(impl_->begin());
  CLUE_TRY(std::string answer_json, impl_->packed(core::to_json(answer)));
  json list = json::array();
  for (const core::Score& s : scores) list.push_back(core::to_json(s));
  CLUE_TRY(std::string scores_json, impl_->packed(std::move(list)));
  CLUE_TRY(
      Statement insert,
      impl_->db.prepare("INSERT OR REPLACE INTO scores(pass, rules, sample, repeat, answer_json, "
                        "scores_json) VALUES(?, ?, ?, ?, ?, ?)"));
  return insert.bind(1, pass)
      .bind(2, core::name(rules))
      .bind(3, sample)
      .bind(4, std::int64_t{repeat})
      .bind(5, answer_json)
      .bind(6, scores_json)
      .run();
}

Status RunStore::put_summaries(PassId pass, core::RuleSet rules,
                               const std::vector<core::Summary>& summaries) {
  CLUE_OK(impl_->begin());
  json list = json::array();
  for (const core::Summary& s : summaries) list.push_back(core::to_json(s));
  CLUE_TRY(Statement insert,
           impl_->db.prepare("INSERT OR REPLACE INTO summaries(pass, rules, summaries_json) "
                             "VALUES(?, ?, ?)"));
  return insert.bind(1, pass).bind(2, core::name(rules)).bind(3, dump_json(list)).run();
}

Status RunStore::set_fact(PassId pass, std::string_view name, std::string_view value) {
  CLUE_OK(impl_->begin());
  CLUE_TRY(
      Statement update,
      impl_->db.prepare("UPDATE passes SET facts = json_set(facts, '$.extra.' || json_quote(?), ?) "
                        "WHERE id = ?"));
  return update.bind(1, name).bind(2, value).bind(3, pass).run();
}

Status RunStore::commit() {
  if (!impl_->in_transaction) return {};
  CLUE_OK(impl_->db.execute("COMMIT"));
  impl_->in_transaction = false;
  return {};
}

Result<std::vector<PassRow>> RunStore::passes() {
  CLUE_TRY(
      Statement s,
      impl_->db.prepare("SELECT p.id, p.key, p.facts, COUNT(g.sample), COALESCE(SUM(g.failed), 0) "
                        "FROM passes p LEFT JOIN generations g ON g.pass = p.id "
                        "GROUP BY p.id ORDER BY p.id"));
  std::vector<PassRow> rows;
  while (true) {
    CLUE_TRY(bool more, s.step());
    if (!more) break;
    PassRow row;
    row.id = s.number(0);
    row.key = s.text(1);
    const std::string place = (impl_->dir / "run.db").string() + ": pass " + std::to_string(row.id);
    CLUE_TRY(json facts, parse_json(s.text(2), place));
    CLUE_TRY(row.facts, facts_from_json(facts, place));
    row.done = static_cast<std::size_t>(s.number(3));
    row.errors = static_cast<std::size_t>(s.number(4));
    rows.push_back(std::move(row));
  }
  return rows;
}

Status RunStore::samples(PassId pass, core::RuleSet rules,
                         const std::function<bool(const SampleRow&)>& visit) {
  CLUE_TRY(Statement s,
           impl_->db.prepare("SELECT g.sample, g.sample_json, g.prompt_json, g.generation_json, "
                             "g.position, s.answer_json, s.scores_json FROM generations g "
                             "LEFT JOIN scores s ON s.pass = g.pass AND s.rules = ?2 AND "
                             "s.sample = g.sample AND s.repeat = g.repeat "
                             "WHERE g.pass = ?1 ORDER BY g.position"));
  s.bind(1, pass).bind(2, core::name(rules));
  std::unordered_map<std::int64_t, std::string> cache;
  while (true) {
    CLUE_TRY(bool more, s.step());
    if (!more) return {};
    CLUE_TRY(SampleRow row, impl_->row_of(s, cache));
    if (cache.size() > 256) cache.clear();  // letters are large; shots come back at once
    if (!visit(row)) return {};
  }
}

Result<std::vector<core::Summary>> RunStore::summaries(PassId pass, core::RuleSet rules) {
  CLUE_TRY(Statement s,
           impl_->db.prepare("SELECT summaries_json FROM summaries WHERE pass = ? AND rules = ?"));
  CLUE_TRY(bool found, s.bind(1, pass).bind(2, core::name(rules)).step());
  std::vector<core::Summary> out;
  if (!found) return out;
  const std::string place = (impl_->dir / "run.db").string() + ": summaries";
  CLUE_TRY(json list, parse_json(s.text(0), place));
  for (const json& item : list) {
    CLUE_TRY(core::Summary summary, at(core::from_json<core::Summary>(item), place));
    out.push_back(std::move(summary));
  }
  return out;
}

}  // namespace clue::store
