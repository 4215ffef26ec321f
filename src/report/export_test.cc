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
void put_task(store::RunStore& store, const std::string& task, core::DataUse use,
              std::size_t planned = 1) {
  store::PassFacts facts;
  facts.spec.task = task;
  facts.model.kind = "mock";
  facts.model.name = "org/tiny";
  facts.use = use;
  facts.planned = planned;
  facts.created = "2026-01-31T08:15:30Z";
  const store::PassId pass = *store.begin_pass(facts);
  core::Sample sample{"7", "", {}, {"yes", "no"}};
  sample.fields = {{"question", "Fever, \"high\"?"}, {"option_A", "no"}, {"option_B", "high"}};
  core::Prompt prompt;
  prompt.sample = "7";
  prompt.messages = {{core::Role::system, "be brief"}, {core::Role::user, "Fever?"}};
  prompt.max_tokens = 20;
  core::Generation generation;
  generation.text = "line one\n\"two\", <script> ä";
  core::Answer answer;
  answer.value = "two";
  ASSERT_TRUE(store.put_generation(pass, 0, sample, prompt, generation).ok());
  ASSERT_TRUE(store.put_scores(pass, kRules, "7", 0, answer, {{"rouge_l_f1", 0.25, {}, ""}}).ok());
  core::Summary summary;
  summary.metric = "rouge_l_f1";
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
  Result<Exported> run(const std::string& format, const fs::path& out, bool with_text = false) {
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
            "task,sample,repeat,status,output,answer,reference,rouge_l_f1\r\n"
            "meqsum,7,0,answered,\"line one\n\"\"two\"\", <script> ä\",two,\"yes, no\",0.25\r\n");
}

TEST_F(Export, PrivateTextIsWithheldUnlessAsked) {
  make("meqsum", core::DataUse::private_);
  ASSERT_TRUE(run("csv", tmp / "out.csv").ok());
  EXPECT_EQ(read_file(tmp / "out.csv")->find("two"), std::string::npos);
  ASSERT_TRUE(run("jsonl", tmp / "out.jsonl").ok());
  EXPECT_EQ(read_file(tmp / "out.jsonl")->find("two"), std::string::npos);
  EXPECT_EQ(fs::status(tmp / "out.csv").permissions(), fs::perms(0600));
  for (const char* format : {"clue-2024", "lm-eval", "inspect"}) {
    const fs::path dir = tmp / ("out " + std::string(format));
    ASSERT_TRUE(run(format, dir).ok()) << format;
    for (const auto& file : fs::recursive_directory_iterator(dir)) {
      if (!file.is_regular_file()) continue;
      EXPECT_EQ(file.status().permissions(), fs::perms(0600)) << file.path();
      const std::string bytes = *read_file(file.path());
      for (const char* text : {"two", "Fever", "be brief", "yes"}) {
        EXPECT_EQ(bytes.find(text), std::string::npos) << file.path() << ": " << text;
      }
    }
    ASSERT_TRUE(run(format, tmp / "with", true).ok()) << format;
  }
  EXPECT_TRUE(fs::exists(tmp / "with" / "MeQSum" / "tiny" / "predictions.json"));
}

TEST_F(Export, Clue2024Tree) {
  make("meqsum");
  make("longhealth-3");
  ASSERT_TRUE(run("clue-2024", tmp / "out").ok());
  const fs::path dir = tmp / "out" / "MeQSum" / "tiny";  // the last part of the model's name
  EXPECT_EQ(*read_file(dir / "predictions.json"),
            "{\"Model Answer\": \"line one\\n\\\"two\\\", <script> \\u00e4\", \"Ground Truth "
            "Answer\": \"yes, no\", \"ROUGE_L\": \"0.25\"}\n");
  EXPECT_EQ(*read_file(dir / "results.json"), "{\"ROUGE_L\": \"0.25\"}");
  const fs::path longhealth = tmp / "out" / "LongHealth" / "tiny";
  EXPECT_EQ(*read_file(longhealth / "predictions_task3.json"),
            "{\"Question\": \"Fever, \\\"high\\\"?\", \"Options\": \"A: no\\nB: high\", \"Model "
            "Answer\": \"\", \"Ground Truth Answer\": \"F\", \"Correct\": false}\n");
  EXPECT_EQ(*read_file(longhealth / "results.json"), "{\"Task3_Accuracy\": 0.0}");
}

TEST_F(Export, Clue2024WantsWholeTasks) {
  auto store = store::RunStore::create_or_open(tmp / "run", false);
  ASSERT_TRUE(store.ok());
  put_task(*store, "meqsum", core::DataUse::open, 2);
  const auto refused = run("clue-2024", tmp / "out");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("incomplete (1 of 2"), std::string::npos);
  EXPECT_FALSE(fs::exists(tmp / "out"));
  EXPECT_TRUE(run("lm-eval", tmp / "out").ok());
}

TEST_F(Export, LmEval) {
  make("meqsum");
  const auto files = run("lm-eval", tmp / "out");
  ASSERT_TRUE(files.ok()) << files.error().message;
  const fs::path dir = tmp / "out" / "org__tiny";
  const auto root = *read_json(dir / "results_2026-01-31T08-15-30.json");
  EXPECT_DOUBLE_EQ(root["results"]["meqsum"]["rouge_l_f1,none"], 0.25);
  const auto line =
      *parse_json(*read_file(dir / "samples_meqsum_2026-01-31T08-15-30.jsonl"), "samples");
  EXPECT_EQ(line["resps"][0][0], "line one\n\"two\", <script> ä");
  EXPECT_EQ(line["arguments"]["gen_args_0"]["arg_1"]["max_gen_toks"], 20);
}

TEST_F(Export, Inspect) {
  make("meqsum");
  const auto files = run("inspect", tmp / "out");
  ASSERT_TRUE(files.ok()) << files.error().message;
  const std::string name = files->files.at(0).filename().string();
  EXPECT_TRUE(name.starts_with("2026-01-31T08-15-30-00-00_meqsum_")) << name;
  const auto log = *read_json(files->files.at(0));
  EXPECT_EQ(log["version"], 2);
  EXPECT_EQ(read_file(files->files.at(0))->find("\"version\""), 3U) << "read before all else";
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
