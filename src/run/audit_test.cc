#include "run/audit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "base/test_paths.h"
#include "run/derive.h"
#include "run/passes.h"

namespace clue::run {
namespace {

namespace fs = std::filesystem;
using core::RuleSet;

class AuditTest : public ::testing::Test {
 protected:
  void SetUp() override {
    run = dir / "run";
    auto store = store::RunStore::create_or_open(run, true);
    ASSERT_TRUE(store);
    store::PassFacts facts;
    facts.spec.task = "mednli";
    facts.use = core::DataUse::private_;
    facts.planned = 1;
    facts.dataset_path = dir / "letters.jsonl";
    facts.extra["allow_remote"] = "contract 7";
    const auto pass = store->begin_pass(facts);
    ASSERT_TRUE(pass);
    core::Sample sample{"0", "", {{"letter", "MARKER"}}, {"MARKER"}};
    core::Prompt prompt;
    prompt.sample = "0";
    prompt.messages = {{core::Role::user, "MARKER" + std::string(200, 'x')}};
    core::Generation g;
    g.text = "MARKER";
    ASSERT_TRUE(store->put_generation(*pass, 0, sample, prompt, g));
    ASSERT_TRUE(store->put_scores(*pass, RuleSet::corrected, "0", 0, {}, {{"accuracy", 0.5, {}, ""}}));
    core::Summary mean;
    mean.metric = "accuracy";
    mean.mean = 0.5;
    ASSERT_TRUE(store->put_summaries(*pass, RuleSet::corrected, {mean}));
    EgressLedger ledger;
    ASSERT_TRUE(ledger.record({{"h:1", "127.0.0.1", 2, 10, 20}}, facts.use, *store, *pass));
    const auto results = collect_results(*store, RuleSet::corrected);
    ASSERT_TRUE(results);
    ASSERT_TRUE(write_results(run, *results));
    ASSERT_TRUE(write_samples(run, *store, *results, true));
    ASSERT_TRUE(write_file_atomic(run / "page.html", "MARKER"));
    ASSERT_TRUE(write_file_atomic(dir / "elsewhere.csv", "MARKER"));
    ASSERT_TRUE(write_file_atomic(dir / "letters.jsonl", "MARKER"));
    note_copy({run.string()}, run / "page.html");
    note_copy({run.string()}, dir / "elsewhere.csv");
    note_copy({run.string()}, dir / "elsewhere.csv");
  }

  static std::string state(const std::vector<TextCopy>& copies, const std::string& file) {
    const auto found = std::ranges::find_if(
        copies, [&](const TextCopy& c) { return c.path.filename() == file; });
    return found == copies.end() ? "not listed" : std::string(name(found->state));
  }

  TempDir dir;
  fs::path run;
};

TEST_F(AuditTest, SaysWhereTextIsAndWent) {
  const auto audit = audit_run(run);
  ASSERT_TRUE(audit) << audit.error().message;
  ASSERT_EQ(audit->tasks.size(), 1U);
  EXPECT_EQ(audit->tasks[0].allow_remote, "contract 7");
  ASSERT_EQ(audit->tasks[0].sent.size(), 1U);
  EXPECT_EQ(audit->tasks[0].sent[0].traffic.requests, 2U);
  EXPECT_EQ(state(audit->copies, "run.db"), "text");
  EXPECT_EQ(state(audit->copies, "samples_mednli.jsonl"), "text");
  EXPECT_EQ(state(audit->copies, "results.json"), "no text");
  EXPECT_EQ(state(audit->copies, "page.html"), "text");
  EXPECT_EQ(state(audit->copies, "elsewhere.csv"), "text");
  EXPECT_EQ(state(audit->copies, "letters.jsonl"), "text");
}

TEST_F(AuditTest, PurgeLeavesScoresAndNoText) {
  const auto gone = purge_run(run);
  ASSERT_TRUE(gone) << gone.error().message;
  EXPECT_EQ(gone->removed.size(), 2U);
  EXPECT_EQ(state(gone->left, "elsewhere.csv"), "text");
  EXPECT_EQ(state(gone->left, "letters.jsonl"), "text");
  EXPECT_EQ(gone->left.size(), 2U);
  for (const auto& entry : fs::directory_iterator(run)) {
    EXPECT_EQ(read_file(entry.path())->find("MARKER"), std::string::npos) << entry.path();
  }
  auto store = store::RunStore::create_or_open(run, true);
  ASSERT_TRUE(store);
  const auto passes = store->passes();
  ASSERT_TRUE(passes);
  const auto summaries = store->summaries(passes->at(0).id, RuleSet::corrected);
  ASSERT_TRUE(summaries);
  EXPECT_EQ(summaries->at(0).mean, 0.5);
  EXPECT_FALSE(needs_text(*store));
  EXPECT_FALSE(score_pass(*store, passes->at(0).id, {}, {}, RuleSet::corrected));
  const auto audit = audit_run(run);
  ASSERT_TRUE(audit);
  EXPECT_TRUE(audit->tasks[0].purged);
  EXPECT_EQ(state(audit->copies, "run.db"), "no text");
}

TEST_F(AuditTest, OnlyRunFoldersArePurged) {
  EXPECT_FALSE(purge_run(dir / "nothing"));
  EXPECT_FALSE(fs::exists(dir / "nothing"));
}

}  // namespace
}  // namespace clue::run
