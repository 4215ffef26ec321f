#include "store/run_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>

#include "base/test_paths.h"
#include "core/json.h"

namespace clue::store {
namespace {

PassFacts facts(const std::string& task = "meqsum") {
  PassFacts f;
  f.spec.task = task;
  f.model.name = "mock";
  f.planned = 3;
  return f;
}

core::Sample sample(const std::string& id) {
  core::Sample s;
  s.id = id;
  s.fields["letter"] = std::string(1000, 'x');
  s.targets = {"reference"};
  return s;
}

core::Prompt prompt(const std::string& id, const std::string& text = "q") {
  core::Prompt p;
  p.sample = id;
  p.messages = {{core::Role::system, std::string(1000, 'x')}, {core::Role::user, text}};
  return p;
}

core::Generation generation(const std::string& text, const std::string& error = "") {
  core::Generation g;
  g.text = text;
  g.error = error;
  return g;
}

TEST(RunStore, KeepsWhatWasPutInEvaluationOrder) {
  TempDir dir;
  {
    auto store = RunStore::create_or_open(dir.path() / "run", false);
    ASSERT_TRUE(store.ok()) << store.error().message;
    auto pass = store->begin_pass(facts());
    ASSERT_TRUE(pass.ok()) << pass.error().message;
    ASSERT_TRUE(store->put_generation(*pass, 1, sample("b"), prompt("b"), generation("B")).ok());
    ASSERT_TRUE(store->put_generation(*pass, 0, sample("a"), prompt("a"), generation("A")).ok());
    core::Answer answer;
    answer.value = "A";
    ASSERT_TRUE(store
                    ->put_scores(*pass, core::RuleSet::corrected, "a", 0, answer,
                                 {{"accuracy", 1.0, std::nullopt, ""}})
                    .ok());
    ASSERT_TRUE(store->commit().ok());
  }
  auto store = RunStore::open_read(dir.path() / "run");
  ASSERT_TRUE(store.ok()) << store.error().message;
  auto passes = store->passes();
  ASSERT_TRUE(passes.ok()) << passes.error().message;
  ASSERT_EQ(passes->size(), 1U);
  EXPECT_EQ((*passes)[0].done, 2U);
  EXPECT_EQ((*passes)[0].facts.model.name, "mock");
  std::vector<std::string> texts;
  ASSERT_TRUE(store
                  ->samples((*passes)[0].id, core::RuleSet::corrected,
                            [&](const SampleRow& row) {
                              texts.push_back(row.generation.text);
                              EXPECT_EQ(row.prompt.messages[0].content, std::string(1000, 'x'));
                              EXPECT_EQ(row.answer.has_value(), row.sample.id == "a");
                              return true;
                            })
                  .ok());
  EXPECT_EQ(texts, (std::vector<std::string>{"A", "B"}));
}

TEST(RunStore, FailedGenerationsAreAskedAgainOthersNot) {
  TempDir dir;
  auto store = RunStore::create_or_open(dir.path(), false);
  ASSERT_TRUE(store.ok());
  auto pass = store->begin_pass(facts());
  ASSERT_TRUE(pass.ok());
  ASSERT_TRUE(
      store->put_generation(*pass, 0, sample("a"), prompt("a"), generation("", "reset")).ok());
  const auto has = [&](const core::Prompt& p) {
    return *store->has_generation(*pass, p.sample, p.repeat, core::prompt_hash(p));
  };
  EXPECT_FALSE(has(prompt("a")));
  ASSERT_TRUE(store->put_generation(*pass, 0, sample("a"), prompt("a"), generation("A")).ok());
  EXPECT_TRUE(has(prompt("a")));
  EXPECT_FALSE(has(prompt("a", "another wording")));
  auto passes = store->passes();
  ASSERT_TRUE(passes.ok());
  EXPECT_EQ((*passes)[0].done, 1U);
  EXPECT_EQ((*passes)[0].errors, 0U);
}

TEST(RunStore, AnotherSpecIsAnotherPass) {
  TempDir dir;
  auto store = RunStore::create_or_open(dir.path(), false);
  ASSERT_TRUE(store.ok());
  PassFacts changed = facts();
  changed.spec.decoding.seed = 9;
  EXPECT_EQ(*store->begin_pass(facts()), *store->begin_pass(facts()));
  EXPECT_NE(*store->begin_pass(facts()), *store->begin_pass(changed));
}

TEST(RunStore, SecondWriterIsRefusedReaderIsNot) {
  TempDir dir;
  auto first = RunStore::create_or_open(dir.path(), false);
  ASSERT_TRUE(first.ok());
  auto second = RunStore::create_or_open(dir.path(), false);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("another clue"), std::string::npos);
  EXPECT_TRUE(RunStore::open_read(dir.path()).ok());
}

TEST(RunStore, SaysWhatIsWrongWithTheFolder) {
  TempDir dir;
  EXPECT_EQ(RunStore::open_read(dir.path()).error().code, ErrorCode::not_found);
  std::ofstream(dir.path() / "run.db") << std::string(5000, 'n');
  auto damaged = RunStore::create_or_open(dir.path(), false);
  ASSERT_FALSE(damaged.ok());
  EXPECT_NE(damaged.error().message.find("not a run, or it is damaged"), std::string::npos);
}

TEST(RunStore, NewerSchemaIsRefused) {
  TempDir dir;
  { ASSERT_TRUE(RunStore::create_or_open(dir.path(), false).ok()); }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((dir.path() / "run.db").c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  auto newer = RunStore::create_or_open(dir.path(), false);
  ASSERT_FALSE(newer.ok());
  EXPECT_NE(newer.error().message.find("newer clue"), std::string::npos);
}

TEST(RunStore, PrivateTextIsForTheOwnerOnly) {
  TempDir dir;
  ASSERT_TRUE(RunStore::create_or_open(dir.path() / "r", true).ok());
  struct stat st {};
  ASSERT_EQ(stat((dir.path() / "r" / "run.db").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 077, 0U);
}

TEST(RunStore, FactsCanBeAddedLater) {
  TempDir dir;
  auto store = RunStore::create_or_open(dir.path(), false);
  ASSERT_TRUE(store.ok());
  auto pass = store->begin_pass(facts());
  ASSERT_TRUE(store->set_fact(*pass, "egress.reason", "a \"quoted\" reason").ok());
  ASSERT_TRUE(store->commit().ok());
  EXPECT_EQ((*store->passes())[0].facts.extra.at("egress.reason"), "a \"quoted\" reason");
}

}  // namespace
}  // namespace clue::store
