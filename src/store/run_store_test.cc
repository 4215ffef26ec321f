#include "store/run_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/test_paths.h"
#include "core/json.h"

namespace clue::store {
namespace {

namespace fs = std::filesystem;
constexpr auto kRules = core::RuleSet::corrected;

PassFacts facts_for(const std::string& task) {
  PassFacts f;
  f.spec.task = task;
  f.spec.model_hash = "m";
  f.model.name = "mock";
  f.planned = 3;
  f.extra["host"] = "here";
  return f;
}

core::Prompt prompt_for(int i) {
  core::Prompt p;
  p.sample = std::to_string(i);
  p.messages = {{core::Role::system, std::string(3000, 's')},
                {core::Role::user, "question\n" + std::to_string(i)}};
  p.max_tokens = 5;
  p.info["position"] = "0.5";
  return p;
}

core::Sample sample_for(int i) {
  return {std::to_string(i), "", {{"CHQ", std::string(200, 'q')}}, {"target \xff raw"}};
}

core::Generation generation(const std::string& text) {
  core::Generation g;
  g.text = text;
  g.output_tokens = 3;
  return g;
}

void put(RunStore& store, PassId pass, int i, const core::Generation& g) {
  const Status s = store.put_generation(pass, i, sample_for(i), prompt_for(i), g);
  ASSERT_TRUE(s.ok()) << s.error().message;
}

std::vector<SampleRow> rows_of(RunStore& store, PassId pass) {
  std::vector<SampleRow> rows;
  const Status s = store.samples(pass, kRules, [&](const SampleRow& r) {
    rows.push_back(r);
    return true;
  });
  EXPECT_TRUE(s.ok()) << (s.ok() ? "" : s.error().message);
  return rows;
}

TEST(RunStore, KeepsTheWholeTrace) {
  const TempDir tmp;
  {
    auto store = RunStore::create_or_open(tmp / "run", false);
    ASSERT_TRUE(store.ok()) << store.error().message;
    auto pass = store->begin_pass(facts_for("meqsum"));
    ASSERT_TRUE(pass.ok());
    put(*store, *pass, 1, generation(std::string("nul \0 and \xff", 11)));
    put(*store, *pass, 0, generation("first"));
    core::Answer answer;
    answer.value = "first";
    ASSERT_TRUE(store->put_scores(*pass, kRules, "0", 0, answer, {{"acc", 0.5, {}, ""}}).ok());
    core::Summary summary;
    summary.metric = "acc";
    summary.mean = 0.5;
    ASSERT_TRUE(store->put_summaries(*pass, kRules, {summary}).ok());
    ASSERT_TRUE(store->commit().ok());
  }
  auto store = RunStore::open_read(tmp / "run");
  ASSERT_TRUE(store.ok()) << store.error().message;
  auto passes = store->passes();
  ASSERT_TRUE(passes.ok());
  ASSERT_EQ(passes->size(), 1U);
  const PassRow& pass = passes->front();
  EXPECT_EQ(pass.key, core::run_key(facts_for("meqsum").spec));
  EXPECT_EQ(pass.facts.planned, 3U);
  EXPECT_EQ(pass.facts.extra.at("host"), "here");
  EXPECT_EQ(pass.done, 2U);
  const auto rows = rows_of(*store, pass.id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].sample.id, "0");
  EXPECT_EQ(rows[0].sample.targets, sample_for(0).targets) << "bytes that are not UTF-8 are kept";
  EXPECT_EQ(rows[0].sample.fields, sample_for(0).fields);
  EXPECT_EQ(core::prompt_hash(rows[0].prompt), core::prompt_hash(prompt_for(0)));
  EXPECT_EQ(rows[0].prompt.info, prompt_for(0).info);
  ASSERT_TRUE(rows[0].answer.has_value());
  EXPECT_EQ(rows[0].scores.at(0).value, 0.5);
  EXPECT_EQ(rows[1].generation.text, std::string("nul \0 and \xff", 11));
  EXPECT_FALSE(rows[1].answer.has_value());
  EXPECT_EQ(store->summaries(pass.id, kRules)->at(0).mean, 0.5);
  EXPECT_TRUE(store->summaries(pass.id, core::RuleSet::clue_2024)->empty());
}

TEST(RunStore, KnowsWhatIsDoneAndReplacesErrors) {
  const TempDir tmp;
  auto store = RunStore::create_or_open(tmp / "run", false);
  ASSERT_TRUE(store.ok());
  const PassId pass = *store->begin_pass(facts_for("meqsum"));
  const auto has = [&](int i) {
    return *store->has_generation(pass, std::to_string(i), 0, core::prompt_hash(prompt_for(i)));
  };
  EXPECT_FALSE(has(0));
  core::Generation failed = generation("");
  failed.error = "connection refused";
  put(*store, pass, 0, failed);
  EXPECT_FALSE(has(0)) << "an error is tried again";
  EXPECT_EQ(store->passes()->at(0).errors, 1U);
  put(*store, pass, 0, generation("ok"));
  EXPECT_TRUE(has(0));
  EXPECT_FALSE(*store->has_generation(pass, "0", 0, "another prompt"));
  EXPECT_FALSE(*store->has_generation(pass, "0", 1, core::prompt_hash(prompt_for(0))));
  EXPECT_EQ(rows_of(*store, pass).size(), 1U);
  // A replaced generation loses its scores.
  ASSERT_TRUE(store->put_scores(pass, kRules, "0", 0, {}, {}).ok());
  EXPECT_TRUE(rows_of(*store, pass)[0].answer.has_value());
  put(*store, pass, 0, generation("other"));
  EXPECT_FALSE(rows_of(*store, pass)[0].answer.has_value());
}

TEST(RunStore, ChangedSpecIsAnotherPass) {
  const TempDir tmp;
  auto store = RunStore::create_or_open(tmp / "run", false);
  PassFacts facts = facts_for("meqsum");
  const PassId first = *store->begin_pass(facts);
  facts.planned = 7;
  EXPECT_EQ(*store->begin_pass(facts), first) << "facts are refreshed, the pass is the same";
  EXPECT_EQ(store->passes()->at(0).facts.planned, 7U);
  facts.spec.decoding.seed = 2;
  EXPECT_NE(*store->begin_pass(facts), first);
}

TEST(RunStore, FactsCanBeAddedLater) {
  const TempDir tmp;
  auto store = RunStore::create_or_open(tmp / "run", false);
  const PassId pass = *store->begin_pass(facts_for("meqsum"));
  ASSERT_TRUE(store->set_fact(pass, "egress.reason", "a \"quoted\" reason").ok());
  EXPECT_EQ(store->passes()->at(0).facts.extra.at("egress.reason"), "a \"quoted\" reason");
}

TEST(RunStore, SharedTextsAreStoredOnce) {
  const TempDir tmp;
  std::uintmax_t size = 0;
  {
    auto store = RunStore::create_or_open(tmp / "run", false);
    const PassId pass = *store->begin_pass(facts_for("meqsum"));
    for (int i = 0; i < 1000; ++i) put(*store, pass, i, generation("x"));
    ASSERT_TRUE(store->commit().ok());
  }
  size = fs::file_size(tmp / "run" / "run.db");
  EXPECT_LT(size, 1'500'000U) << "1000 prompts of 3 kB share their system text";
}

TEST(RunStore, OneWriterManyReaders) {
  const TempDir tmp;
  auto writer = RunStore::create_or_open(tmp / "run", false);
  ASSERT_TRUE(writer.ok());
  auto second = RunStore::create_or_open(tmp / "run", false);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("process " + std::to_string(getpid())), std::string::npos)
      << second.error().message;
  const PassId pass = *writer->begin_pass(facts_for("meqsum"));
  auto reader = RunStore::open_read(tmp / "run");
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  put(*writer, pass, 0, generation("a"));
  EXPECT_EQ(rows_of(*reader, pass).size(), 0U) << "not yet committed";
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(rows_of(*reader, pass).size(), 1U);
}

TEST(RunStore, PrivateTextIsForTheOwnerOnly) {
  const TempDir tmp;
  auto store = RunStore::create_or_open(tmp / "run", true);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE(store->begin_pass(facts_for("meqsum")).ok());
  const auto mode = [](const fs::path& p) {
    struct stat st {};
    EXPECT_EQ(stat(p.c_str(), &st), 0) << p;
    return st.st_mode & 0777U;
  };
  EXPECT_EQ(mode(tmp / "run"), 0700U);
  for (const auto& entry : fs::directory_iterator(tmp / "run")) {
    EXPECT_EQ(mode(entry.path()), 0600U) << entry.path();
  }
}

TEST(RunStore, PurgeRemovesEveryText) {
  const TempDir tmp;
  {
    auto store = RunStore::create_or_open(tmp / "run", true);
    const PassId pass = *store->begin_pass(facts_for("meqsum"));
    core::Prompt prompt = prompt_for(0);
    prompt.messages[1].content = "MARKER short";
    prompt.messages.push_back({core::Role::user, "MARKER " + std::string(300, 'x')});
    core::Sample sample{"0", "", {{"f", "MARKER field"}}, {"MARKER target"}};
    ASSERT_TRUE(store->put_generation(pass, 0, sample, prompt, generation("MARKER out")).ok());
    core::Answer answer;
    answer.value = "MARKER answer";
    ASSERT_TRUE(
        store->put_scores(pass, kRules, "0", 0, answer, {{"m", 0.25, {}, "MARKER why"}}).ok());
    ASSERT_TRUE(store->commit().ok());
    const Status s = store->purge_text();
    ASSERT_TRUE(s.ok()) << s.error().message;
    const auto rows = rows_of(*store, pass);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].scores.at(0).value, 0.25);
    EXPECT_EQ(rows[0].generation.text, "");
  }
  for (const auto& entry : fs::directory_iterator(tmp / "run")) {
    EXPECT_EQ(read_file(entry.path())->find("MARKER"), std::string::npos) << entry.path();
  }
}

std::string open_error(const fs::path& dir, bool write) {
  auto store = write ? RunStore::create_or_open(dir, false) : RunStore::open_read(dir);
  return store.ok() ? "" : store.error().message;
}

TEST(RunStore, SaysWhatIsWrongWithAFolder) {
  const TempDir tmp;
  EXPECT_NE(open_error(tmp / "absent", false).find("not a run folder"), std::string::npos);
  ASSERT_TRUE(write_file_atomic(tmp / "file", "x").ok());
  EXPECT_NE(open_error(tmp / "file", true), "");

  fs::create_directory(tmp / "garbage");
  ASSERT_TRUE(write_file_atomic(tmp / "garbage" / "run.db", std::string(5000, 'g')).ok());
  EXPECT_NE(open_error(tmp / "garbage", true).find("not a run database"), std::string::npos);
  EXPECT_NE(open_error(tmp / "garbage", false).find("not a run database"), std::string::npos);

  { ASSERT_TRUE(RunStore::create_or_open(tmp / "newer", false).ok()); }
  {
    std::fstream f(tmp / "newer" / "run.db", std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(60);  // user_version in the header, big endian
    f.write("\0\0\0\x63", 4);
  }
  EXPECT_NE(open_error(tmp / "newer", true).find("newer clue (format 99"), std::string::npos);
}

TEST(RunStore, ReadsAFolderNobodyCanWrite) {
  const TempDir tmp;
  {
    auto store = RunStore::create_or_open(tmp / "run", false);
    const PassId pass = *store->begin_pass(facts_for("meqsum"));
    put(*store, pass, 0, generation("a"));
    ASSERT_TRUE(store->commit().ok());
  }
  fs::permissions(tmp / "run" / "run.db", fs::perms(0400));
  fs::permissions(tmp / "run", fs::perms(0500));
  EXPECT_EQ(open_error(tmp / "run", false), "");
  if (geteuid() != 0) {
    EXPECT_NE(open_error(tmp / "run", true).find("ermission"), std::string::npos);
  }
  fs::permissions(tmp / "run", fs::perms(0700));
}

}  // namespace
}  // namespace clue::store
