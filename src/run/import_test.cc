#include "run/import.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/test_paths.h"
#include "run/test_task.h"

namespace clue::run {
namespace {

using models::Prediction;
using models::PredictionFile;
using models::PredictionForm;
using testing::EchoTask;

/// The echo task: sample N asks "question N" and wants it back.
class Import : public ::testing::Test {
 protected:
  Import() : echo(5) {
    echo.data.shots.push_back({.id = "99", .cluster = "", .fields = {}, .targets = {"shot"}});
    echo.task.file.fields["q"] = {.columns = {"Question"}, .join = {}};
    file.path = "predictions.json";
    file.form = PredictionForm::published;
    for (int i = 0; i < 5; ++i) {
      Prediction row;
      row.line = static_cast<std::size_t>(i) + 1;
      row.text = "answer " + std::to_string(i);
      row.reference = "question " + std::to_string(i);
      file.rows.push_back(row);
    }
  }

  Result<ImportResult> run(const std::string& folder = "run") {
    CLUE_TRY(auto store, store::RunStore::create_or_open(tmp / folder, false));
    ImportRequest request{&echo.task, &echo.data, {}, echo.request.facts};
    request.prompts.limit = limit;
    return import_pass(request, file, store);
  }
  std::string refusal() {
    const auto result = run();
    EXPECT_FALSE(result.ok());
    return result.ok() ? "" : result.error().message;
  }
  std::vector<std::string> texts(const std::string& folder = "run") {
    std::vector<std::string> out;
    auto store = store::RunStore::open_read(tmp / folder);
    EXPECT_TRUE(store
                    ->samples(1, core::RuleSet::corrected,
                              [&](const store::SampleRow& row) {
                                out.push_back(row.generation.error.empty() ? row.generation.text
                                                                           : "-");
                                EXPECT_TRUE(row.prompt.messages.empty() || row.sample.id == "1");
                                return true;
                              })
                    .ok());
    return out;
  }

  EchoTask echo;
  PredictionFile file;
  int limit = 0;
  TempDir tmp;
};

TEST_F(Import, ByOrder) {
  const auto result = run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_TRUE(result->complete());
  EXPECT_EQ(texts(),
            (std::vector<std::string>{"answer 0", "answer 1", "answer 2", "answer 3", "answer 4"}));
  ASSERT_TRUE(run().ok()) << "the same file once more";
  EXPECT_EQ(texts().size(), 5U);
}

TEST_F(Import, FewerRowsAreMissingSamplesOrASubset) {
  file.rows.resize(3);
  file.rows[1].text.reset();
  auto result = run();
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->complete());
  EXPECT_EQ(result->done, 2U);
  EXPECT_EQ(texts(), (std::vector<std::string>{"answer 0", "-", "answer 2", "-", "-"}));
  file.rows[1].text = "back";
  limit = 3;
  result = run("subset");
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->complete());
}

TEST_F(Import, WhatDoesNotFitIsRefusedByPlace) {
  file.rows[2].reference = "question 3";
  const std::string other = refusal();
  EXPECT_NE(other.find("predictions.json:3: its ground truth is not that of sample 2"),
            std::string::npos)
      << other;
  EXPECT_NE(other.find("\"question 3\" against \"question 2\""), std::string::npos) << other;
  EXPECT_NE(other.find("--shots"), std::string::npos);
  echo.data.use = core::DataUse::credentialed;
  EXPECT_EQ(refusal().find("question 3"), std::string::npos) << "guarded text in a message";
  echo.data.use = core::DataUse::open;
  file.rows[2].reference = "question  2\n";  // white space does not count
  file.rows.push_back(file.rows[0]);
  const std::string many = refusal();
  EXPECT_NE(many.find("6 predictions"), std::string::npos);
  EXPECT_NE(many.find("with --shots 0 there would be as many"), std::string::npos) << many;
}

TEST_F(Import, ById) {
  file.form = PredictionForm::by_id;
  std::swap(file.rows[0], file.rows[4]);
  const std::vector<std::string> ids = {"4", "1", "2", "3", "0"};
  for (std::size_t i = 0; i < 5; ++i) file.rows[i].sample = ids[i];
  file.rows[1].messages = {{core::Role::user, "as asked"}};
  Prediction foreign;
  foreign.task = "other";
  foreign.sample = "77";
  file.rows.push_back(foreign);
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(texts().front(), "answer 0");
  file.rows[0].sample = "99";
  EXPECT_NE(refusal().find("one of the examples"), std::string::npos);
  file.rows[0].sample = "1";
  file.rows[0].reference = "question 1";
  EXPECT_NE(refusal().find("there twice"), std::string::npos);
}

TEST_F(Import, LmEvalRecordsByWhatTheyAskAbout) {
  file.form = PredictionForm::lm_eval;
  for (std::size_t i = 0; i < 5; ++i) {
    file.rows[i].doc = {{"Question", "question " + std::to_string(i)}, {"extra", "x"}};
  }
  std::swap(file.rows[1], file.rows[3]);
  Prediction example;  // the harness asks about every record, examples included
  example.doc = {{"Question", "question of the example"}};
  example.text = "x";
  file.rows.push_back(example);
  echo.data.shots[0].fields["q"] = "question of the example";
  const auto result = run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  ASSERT_EQ(result->warnings.size(), 1U);
  EXPECT_NE(result->warnings[0].find("1 records are about the examples"), std::string::npos);
  EXPECT_EQ(texts().at(1), "answer 1");
  file.rows.pop_back();
  file.rows[2].doc["Question"] = "unheard of";
  EXPECT_NE(refusal().find("1 of 5 records"), std::string::npos);
  for (Prediction& row : file.rows) row.doc = {{"something", "else"}};
  std::swap(file.rows[1], file.rows[3]);
  const auto by_order = run("order");
  ASSERT_TRUE(by_order.ok()) << by_order.error().message;
  EXPECT_EQ(texts("order").at(1), "answer 1");
}

}  // namespace
}  // namespace clue::run
