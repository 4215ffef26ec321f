// RunStore: opening and writing. Reading is in run_store_read.cc.
#include "store/run_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/json.h"
#include "core/json.h"
#include "core/names.h"
#include "store/run_store_impl.h"

namespace clue::store::schema {
std::string_view embedded(std::string_view name);
}

namespace clue::store {

using nlohmann::json;
namespace fs = std::filesystem;

WriterLock::~WriterLock() {
  if (fd_ >= 0) close(fd_);
}

Status WriterLock::take(const fs::path& file, unsigned mode) {
  fd_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode);
  if (fd_ < 0) return file_error("write", file, errno);
  std::array<char, 32> text{};
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const ssize_t n = pread(fd_, text.data(), text.size() - 1, 0);
    const std::string owner(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    return Error{
        ErrorCode::io,
        fmt::format("{}: another program{} is writing to this run; wait for it to end, or "
                    "give another folder",
                    file.parent_path().string(), owner.empty() ? "" : " (process " + owner + ")")};
  }
  const std::string pid = std::to_string(getpid());
  // Only words for the message above: a full disk here is no reason to stop.
  [[maybe_unused]] const bool told =
      ftruncate(fd_, 0) == 0 && pwrite(fd_, pid.data(), pid.size(), 0) > 0;
  return {};
}

RunStore::RunStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;
RunStore::~RunStore() {
  // What was put is wanted; a caller that must know asks commit() itself.
  if (impl_ != nullptr) [[maybe_unused]]
    const Status last = commit();
}

const fs::path& RunStore::dir() const { return impl_->dir; }

Status RunStore::Impl::check_schema(bool create) {
  CLUE_TRY(const std::int64_t application, db.integer("PRAGMA application_id"));
  CLUE_TRY(const std::int64_t version, db.integer("PRAGMA user_version"));
  CLUE_TRY(const std::int64_t tables, db.integer("SELECT count(*) FROM sqlite_master"));
  const std::string path = (dir / "run.db").string();
  if (application == 0 && version == 0 && tables == 0 && create) {
    return db.exec(fmt::format(
        "BEGIN IMMEDIATE; PRAGMA application_id = {}; PRAGMA user_version = {};\n{}\nCOMMIT;",
        kApplicationId, kSchemaVersion, schema::embedded("schema.sql")));
  }
  if (application != kApplicationId) {
    return Error{ErrorCode::data,
                 path + ": is a database, but not one of `clue run`; name another folder"};
  }
  if (version > kSchemaVersion) {
    return Error{ErrorCode::data,
                 fmt::format("{}: was written by a newer clue (format {}, this one knows {}); use "
                             "the newer program",
                             path, version, kSchemaVersion)};
  }
  return {};
}

Status RunStore::Impl::prepare_writing() {
  CLUE_TRY(
      find_generation,
      db.prepare("SELECT 1 FROM generations g JOIN samples s ON s.id = g.sample WHERE s.pass "
                 "= ? AND s.sample = ? AND g.repeat = ? AND g.prompt_hash = ? AND error = ''"));
  CLUE_TRY(find_sample, db.prepare("SELECT id, body FROM samples WHERE pass = ? AND sample = ?"));
  CLUE_TRY(add_sample, db.prepare("INSERT INTO samples (pass, sample, body) VALUES (?, ?, ?) ON "
                                  "CONFLICT DO UPDATE SET body = excluded.body RETURNING id"));
  CLUE_TRY(put_generation,
           db.prepare("INSERT INTO generations (sample, repeat, pass, position, prompt_hash, "
                      "prompt, text, reasoning, error, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                      "ON CONFLICT DO UPDATE SET position = excluded.position, prompt_hash = "
                      "excluded.prompt_hash, prompt = excluded.prompt, text = excluded.text, "
                      "reasoning = excluded.reasoning, error = excluded.error, body = "
                      "excluded.body RETURNING id"));
  CLUE_TRY(drop_answers, db.prepare("DELETE FROM answers WHERE generation = ?"));
  CLUE_TRY(put_answer,
           db.prepare("INSERT OR REPLACE INTO answers (generation, rules, answer, scores) SELECT "
                      "g.id, ?, ?, ? FROM generations g JOIN samples s ON s.id = g.sample WHERE "
                      "s.pass = ? AND s.sample = ? AND g.repeat = ? RETURNING 1"));
  return {};
}

Result<RunStore> RunStore::create_or_open(const fs::path& dir, bool private_text) {
  auto impl = std::make_unique<Impl>(dir);
  impl->writable = true;
  const unsigned mode = private_text ? kPrivateFile : 0666;
  CLUE_OK(make_dirs(dir));
  if (private_text && chmod(dir.c_str(), 0700) != 0) return file_error("protect", dir, errno);
  CLUE_OK(impl->lock.take(dir / "run.lock", mode));
  // Made here and not by SQLite, so that the file never stands open for a moment; SQLite gives its
  // side files the same permissions.
  const fs::path file = dir / "run.db";
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode);
  if (fd < 0) return file_error("write", file, errno);
  const bool is_protected = !private_text || fchmod(fd, kPrivateFile) == 0;
  const int reason = errno;
  close(fd);
  if (!is_protected) return file_error("protect", file, reason);

  CLUE_TRY(impl->db, Database::open(file, Database::Mode::write));
  CLUE_OK(
      impl->db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                    "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"));
  CLUE_OK(impl->check_schema(true));
  CLUE_OK(impl->prepare_writing());
  return RunStore(std::move(impl));
}

Status RunStore::Impl::begin() {
  CLUE_CHECK_MSG(writable, "a RunStore opened for reading is written to");
  return db.in_transaction() ? Status{} : db.exec("BEGIN IMMEDIATE");
}

Status RunStore::Impl::after(Status status) {
  if (!status && !db.in_transaction()) texts.forget();
  return status;
}

Result<PassId> RunStore::begin_pass(const PassFacts& facts) {
  CLUE_OK(impl_->begin());
  const std::string key = core::run_key(facts.spec);
  const std::string spec = core::canonical(core::to_json(facts.spec));
  const std::string model = dump_json(core::to_json(facts.model));
  const std::string rest = dump_json(json{{"dataset_path", facts.dataset_path},
                                          {"use", core::name(facts.use)},
                                          {"examples", facts.examples},
                                          {"planned", facts.planned},
                                          {"limit", facts.limit},
                                          {"command_line", facts.command_line},
                                          {"created", facts.created}});
  CLUE_TRY(Statement s,
           impl_->db.prepare("INSERT INTO passes (key, task, spec, model, facts) VALUES (?, ?, ?, "
                             "?, ?) ON CONFLICT DO UPDATE SET model = excluded.model, facts = "
                             "excluded.facts RETURNING id"));
  s.bind(1, key);
  s.bind(2, facts.spec.task);
  s.bind(3, spec);
  s.bind(4, model);
  s.bind(5, rest);
  CLUE_TRY(const bool row, s.step());
  CLUE_CHECK(row);
  const PassId pass = s.integer(0);
  s.reset();
  for (const auto& [name, value] : facts.extra) CLUE_OK(set_fact(pass, name, value));
  CLUE_OK(commit());
  return pass;
}

Result<bool> RunStore::has_generation(PassId pass, std::string_view sample, int repeat,
                                      std::string_view prompt_hash) {
  CLUE_CHECK(impl_->writable);
  Statement& s = impl_->find_generation;
  s.bind(1, pass);
  s.bind(2, sample);
  s.bind(3, std::int64_t{repeat});
  s.bind(4, prompt_hash);
  auto row = s.step();
  s.reset();
  return row;
}

Result<std::int64_t> RunStore::Impl::sample_id(PassId pass, const core::Sample& sample) {
  json fields = json::object();
  for (const auto& [name, value] : sample.fields) {
    CLUE_TRY(fields[name], texts.put(value));
  }
  json targets = json::array();
  for (const std::string& target : sample.targets) {
    CLUE_TRY(json reference, texts.put(target));
    targets.push_back(std::move(reference));
  }
  const std::string body =
      dump_json(json{{"cluster", sample.cluster}, {"fields", fields}, {"targets", targets}});
  find_sample.bind(1, pass);
  find_sample.bind(2, sample.id);
  CLUE_TRY(const bool known, find_sample.step());
  const std::int64_t id = known && find_sample.text(1) == body ? find_sample.integer(0) : -1;
  find_sample.reset();
  if (id >= 0) return id;
  add_sample.bind(1, pass);
  add_sample.bind(2, sample.id);
  add_sample.bind(3, body);
  CLUE_TRY(const bool row, add_sample.step());
  CLUE_CHECK(row);
  const std::int64_t added = add_sample.integer(0);
  add_sample.reset();
  return added;
}

Status RunStore::Impl::store_generation(PassId pass, std::int64_t position,
                                        const core::Sample& sample, const core::Prompt& prompt,
                                        const core::Generation& generation) {
  CLUE_OK(begin());
  CLUE_TRY(const std::int64_t sample_row, sample_id(pass, sample));
  core::Prompt frame = prompt;
  for (core::Message& m : frame.messages) m.content.clear();
  json prompt_json = core::to_json(frame);
  for (std::size_t i = 0; i < prompt.messages.size(); ++i) {
    CLUE_TRY(prompt_json["messages"][i]["content"], texts.put(prompt.messages[i].content));
  }
  core::Generation rest = generation;
  rest.text.clear();
  rest.reasoning.clear();
  rest.error.clear();
  const std::string hash = core::prompt_hash(prompt);
  const std::string prompt_text = dump_json(prompt_json);
  const std::string body = dump_json(core::to_json(rest));
  Statement& s = put_generation;
  s.bind(1, sample_row);
  s.bind(2, std::int64_t{prompt.repeat});
  s.bind(3, pass);
  s.bind(4, position);
  s.bind(5, hash);
  s.bind(6, prompt_text);
  s.bind(7, generation.text);
  s.bind(8, generation.reasoning);
  s.bind(9, generation.error);
  s.bind(10, body);
  CLUE_TRY(const bool row, s.step());
  CLUE_CHECK(row);
  const std::int64_t id = s.integer(0);
  s.reset();
  drop_answers.bind(1, id);
  return drop_answers.run();
}

Status RunStore::put_generation(PassId pass, std::int64_t position, const core::Sample& sample,
                                const core::Prompt& prompt, const core::Generation& generation) {
  return impl_->after(impl_->store_generation(pass, position, sample, prompt, generation));
}

Status RunStore::put_scores(PassId pass, core::RuleSet rules, std::string_view sample, int repeat,
                            const core::Answer& answer, const std::vector<core::Score>& scores) {
  CLUE_OK(impl_->begin());
  json list = json::array();
  for (const core::Score& score : scores) list.push_back(core::to_json(score));
  const std::string answer_text = dump_json(core::to_json(answer));
  const std::string scores_text = dump_json(list);
  Statement& s = impl_->put_answer;
  s.bind(1, core::name(rules));
  s.bind(2, answer_text);
  s.bind(3, scores_text);
  s.bind(4, pass);
  s.bind(5, sample);
  s.bind(6, std::int64_t{repeat});
  auto row = s.step();
  s.reset();
  if (!row) return impl_->after(row.error());
  CLUE_CHECK_MSG(*row, "scores for a generation that is not stored");
  return {};
}

Status RunStore::put_summaries(PassId pass, core::RuleSet rules,
                               const std::vector<core::Summary>& summaries) {
  CLUE_OK(impl_->begin());
  CLUE_TRY(Statement drop, impl_->db.prepare("DELETE FROM summaries WHERE pass = ? AND rules = ?"));
  drop.bind(1, pass);
  drop.bind(2, core::name(rules));
  CLUE_OK(impl_->after(drop.run()));
  CLUE_TRY(Statement add, impl_->db.prepare("INSERT INTO summaries VALUES (?, ?, ?, ?)"));
  std::int64_t position = 0;
  for (const core::Summary& summary : summaries) {
    const std::string body = dump_json(core::to_json(summary));
    add.bind(1, pass);
    add.bind(2, core::name(rules));
    add.bind(3, position++);
    add.bind(4, body);
    CLUE_OK(impl_->after(add.run()));
  }
  return {};
}

Status RunStore::set_fact(PassId pass, std::string_view name, std::string_view value) {
  CLUE_OK(impl_->begin());
  CLUE_TRY(Statement s, impl_->db.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)"));
  s.bind(1, pass);
  s.bind(2, name);
  s.bind(3, value);
  return impl_->after(s.run());
}

Status RunStore::commit() {
  if (!impl_->db.in_transaction()) return {};
  Status status = impl_->db.exec("COMMIT");
  if (!status && impl_->db.in_transaction()) {
    // The first error is what matters; a rollback can only fail when nothing is left to undo.
    [[maybe_unused]] const Status undone = impl_->db.exec("ROLLBACK");
  }
  return impl_->after(std::move(status));
}

Status RunStore::purge_text() {
  CLUE_OK(impl_->begin());
  // Nothing refers to a piece of text any more: fields, targets and messages go with it.
  CLUE_OK(impl_->after(impl_->db.exec(
      "DELETE FROM texts;"
      "UPDATE generations SET text = '', reasoning = '', error = iif(error = '', '', 'failed (words "
      "removed)'), prompt = json_set(prompt, '$.target', '', "
      "'$.messages', json('[]'), '$.info', json('{}')), body = json_set(body, '$.extra', "
      "json('{}'));"
      "UPDATE samples SET body = json_set(body, '$.fields', json('{}'), '$.targets', json('[]'));"
      "UPDATE answers SET answer = json_set(answer, '$.value', '', '$.note', '', '$.codes', "
      "json('[]'), '$.begin', 0, '$.end', 0), scores = (SELECT json_group_array(json_set(value, "
      "'$.why', '')) FROM json_each(scores));"
      "INSERT OR REPLACE INTO facts SELECT id, 'text_purged', 'yes' FROM passes;")));
  CLUE_OK(commit());
  impl_->texts.forget();
  return impl_->db.exec(
      "PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
}

}  // namespace clue::store
