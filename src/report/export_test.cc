#include "report/export.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "base/test_paths.h"

namespace clue::report {
namespace {

namespace fs = std::filesystem;
constexpr auto kRules = core::RuleSet::corrected;

/// One invented sample of a task, answered, scored and summarised.
void put_task(store::RunStore& store, const std::string& task, core::DataUse use) {
  store::PassFacts facts;
  facts.spec.task = task;
  facts.model.kind = "mock";
  facts.model.name = "org/tiny";
  facts.use = use;
  facts.planned = 1;
  facts.created = "2026-01-31T08:15:30Z";
  const store::PassId pass = *store.begin_pass(facts);
  core::Sample sample{"7", "", {{"question", "Fever, \"high\"?"}}, {"yes", "no"}};
  core::Prompt prompt;
  prompt.sample = "7";
  prompt.messages = {{core::Role::system, "be brief"}, {core::Role::user, "Fever?"}};
  prompt.max_tokens = 20;
  core::Generation generation;
  generation.text = "line one\n\"two\", <script>";
  core::Answer answer;
  answer.value = "two";
  ASSERT_TRUE(store.put_generation(pass, 0, sample, prompt, generation).ok());
  ASSERT_TRUE(store.put_scores(pass, kRules, "7", 0, answer, {{"accuracy", 0.25, {}, ""}}).ok());
  core::Summary summary;
  summary.metric = "accuracy";
  summary.mean = 0.25;
  summary.ci_low = 0.1;
  summary.ci_high = 0.4;
  summary.n = 1;
  summary.headline = true;
  ASSERT_TRUE(store.put_summaries(pass, kRules, {summary}).ok());
  ASSERT_TRUE(store.commit().ok());
}

class Export : public ::testing::Test {
 protected:
  Result<std::vector<fs::path>> run(const std::string& format, const fs::path& out,
                                    bool with_text = false) {
    auto store = store::RunStore::open_read(tmp / "run");
    return export_run(*store, format, out, {.rules = kRules, .with_text = with_text});
  }
  void make(const std::string& task, core::DataUse use = core::DataUse::open) {
    auto store = store::RunStore::create_or_open(tmp / "run", false);
    ASSERT_TRUE(store.ok());
    put_task(*store, task, use);
  }
  TempDir tmp;
};

TEST_F(Export, Csv) {
  make("meqsum");
  ASSERT_TRUE(run("csv", tmp / "out.csv").ok());
  EXPECT_EQ(*read_file(tmp / "out.csv"),
            "task,sample,repeat,status,output,answer,reference,accuracy\r\n"
            "meqsum,7,0,answered,\"line one\n\"\"two\"\", <script>\",two,\"yes, no\",0.25\r\n");
}

TEST_F(Export, PrivateTextIsWithheldUnlessAsked) {
  make("meqsum", core::DataUse::private_);
  ASSERT_TRUE(run("csv", tmp / "out.csv").ok());
  EXPECT_EQ(read_file(tmp / "out.csv")->find("two"), std::string::npos);
  ASSERT_TRUE(run("jsonl", tmp / "out.jsonl").ok());
  EXPECT_EQ(read_file(tmp / "out.jsonl")->find("two"), std::string::npos);
  EXPECT_EQ(fs::status(tmp / "out.csv").permissions(), fs::perms(0600));
  for (const char* format : {"clue-2024", "lm-eval", "inspect"}) {
    const auto refused = run(format, tmp / "out");
    ASSERT_FALSE(refused.ok()) << format;
    EXPECT_NE(refused.error().message.find("--with-text"), std::string::npos);
    EXPECT_TRUE(run(format, tmp / "out", true).ok()) << format;
  }
}

TEST_F(Export, Clue2024Tree) {
  make("meqsum");
  make("longhealth-3");
  ASSERT_TRUE(run("clue-2024", tmp / "out").ok());
  const fs::path dir = tmp / "out" / "MeQSum" / "org_tiny";
  const auto line = parse_json(*read_file(dir / "predictions.json"), "predictions");
  ASSERT_TRUE(line.ok());
  EXPECT_EQ((*line)["Model Answer"], "line one\n\"two\", <script>");
  EXPECT_EQ((*line)["Ground Truth Answer"], "yes, no");
  const fs::path longhealth = tmp / "out" / "LongHealth" / "org_tiny";
  EXPECT_TRUE(fs::exists(longhealth / "predictions_task3.json"));
  EXPECT_DOUBLE_EQ((*read_json(longhealth / "results.json"))["task3_accuracy"], 25.0);
}

TEST_F(Export, LmEval) {
  make("meqsum");
  const auto files = run("lm-eval", tmp / "out");
  ASSERT_TRUE(files.ok()) << files.error().message;
  const fs::path dir = tmp / "out" / "org_tiny";
  const auto root = *read_json(dir / "results_2026-01-31T08-15-30Z.json");
  EXPECT_DOUBLE_EQ(root["results"]["meqsum"]["accuracy,none"], 0.25);
  const auto line =
      *parse_json(*read_file(dir / "samples_meqsum_2026-01-31T08-15-30Z.jsonl"), "samples");
  EXPECT_EQ(line["resps"][0][0], "line one\n\"two\", <script>");
  EXPECT_EQ(line["arguments"]["gen_args_0"]["arg_1"]["max_gen_toks"], 20);
}

TEST_F(Export, Inspect) {
  make("meqsum");
  const auto files = run("inspect", tmp / "out");
  ASSERT_TRUE(files.ok()) << files.error().message;
  const auto log = *read_json(files->at(0));
  EXPECT_EQ(log["version"], 2);
  EXPECT_EQ(log["samples"][0]["output"]["choices"][0]["message"]["role"], "assistant");
  EXPECT_EQ(log["samples"][0]["messages"].size(), 3U);
  EXPECT_EQ(log["plan"]["steps"][0]["solver"], "generate");
}

TEST_F(Export, UnknownFormatNamesTheKnownOnes) {
  make("meqsum");
  EXPECT_NE(run("xml", tmp / "o").error().message.find("jsonl, csv, clue-2024"), std::string::npos);
}

}  // namespace
}  // namespace clue::report
