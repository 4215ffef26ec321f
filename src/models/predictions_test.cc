#include "models/predictions.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/test_paths.h"

namespace clue::models {
namespace {

class Predictions : public ::testing::Test {
 protected:
  Result<PredictionFile> read(const std::string& name, const std::string& bytes) {
    EXPECT_TRUE(write_file_atomic(tmp / name, bytes).ok());
    return read_predictions((tmp / name).string());
  }
  TempDir tmp;
};

TEST_F(Predictions, PublishedLines) {
  const auto file = read("predictions.json",
                         "{\"ACCURACY\": 1, \"Model Answer\": \"Neutral \\u00e4\", \"Ground Truth "
                         "Answer\": \"neutral\"}\n{\"ACCURACY\": 0, \"Model Answer\": null, "
                         "\"Ground Truth Answer\": \"entailment\"}\n");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->form, PredictionForm::published);
  ASSERT_EQ(file->rows.size(), 2U);
  EXPECT_EQ(*file->rows[0].text, "Neutral ä");
  EXPECT_EQ(*file->rows[0].reference, "neutral");
  EXPECT_FALSE(file->rows[1].text.has_value());
  EXPECT_EQ(file->place(file->rows[1]), (tmp / "predictions.json").string() + ":2");
}

TEST_F(Predictions, PublishedLetters) {
  const auto file = read("predictions_task1.json",
                         R"({"Question": "Which?", "Options": "A: x\nB: y", "Model Answer": "",)"
                         R"( "Ground Truth Answer": null, "Correct": false})");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->form, PredictionForm::published_choice);
  EXPECT_EQ(*file->rows[0].text, "");
  EXPECT_EQ(file->rows[0].question, "Which?");
  EXPECT_FALSE(file->rows[0].reference.has_value());
}

TEST_F(Predictions, LmEvalRepeatsAndFilters) {
  const auto file =
      read("samples_x.jsonl",
           R"({"doc_id":0,"doc":{"q":"a","n":3},"target":"yes","arguments":{"gen_args_0":{"arg_0":)"
           R"("[{\"role\": \"user\", \"content\": \"hi\"}]","arg_1":{}}},"resps":[["one","two"]],)"
           R"("filtered_resps":["one"],"filter":"none"})"
           "\n"
           R"({"doc_id":0,"doc":{"q":"a","n":3},"target":"yes","arguments":[["hi",{}]],)"
           R"("resps":[["one","two"]],"filtered_resps":["1"],"filter":"strict"})");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->form, PredictionForm::lm_eval);
  ASSERT_EQ(file->rows.size(), 2U) << "a record for each filter holds the same answers";
  EXPECT_EQ(*file->rows[1].text, "two");
  EXPECT_EQ(file->rows[1].repeat, 1);
  EXPECT_EQ(file->rows[0].doc.at("n"), "3");
  EXPECT_EQ(file->rows[0].messages.at(0).content, "hi");
  const auto plain =
      read("old.jsonl", R"({"doc":{"q":"a"},"arguments":[["just text",{}]],"resps":[["x"]]})");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->rows[0].messages.at(0).content, "just text");
}

TEST_F(Predictions, CsvAndPlainTexts) {
  const auto csv = read("p.csv", "sample,repeat,output\r\n7,1,\"a, \"\"b\"\"\nc\"\r\n8,,d\r\n");
  ASSERT_TRUE(csv.ok()) << csv.error().message;
  EXPECT_EQ(csv->form, PredictionForm::by_id);
  EXPECT_EQ(*csv->rows[0].text, "a, \"b\"\nc");
  EXPECT_EQ(csv->rows[0].repeat, 1);
  EXPECT_EQ(csv->rows[1].sample, "8");
  const auto plain = read("p.jsonl", "{\"output\":\"a\"}\n\n{\"output\":\"b\"}\n");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->form, PredictionForm::plain);
  EXPECT_EQ(plain->rows[1].line, 3U);
}

TEST_F(Predictions, ComplaintsNameThePlace) {
  const auto message = [&](const std::string& name, const std::string& bytes) {
    const auto file = read(name, bytes);
    EXPECT_FALSE(file.ok()) << bytes;
    return file.ok() ? std::string() : file.error().message;
  };
  EXPECT_NE(message("a.jsonl", "{\"answer\":1}").find(":1: no text"), std::string::npos);
  EXPECT_NE(message("a.jsonl", "{\"sample\":\"1\",\"output\":7}").find("not a string"),
            std::string::npos);
  EXPECT_NE(message("a.jsonl", "{\"sample\":\"1\",\"status\":\"answered\",\"output\":null}")
                .find("--with-text"),
            std::string::npos);
  EXPECT_NE(message("a.csv", "sample,status,output\n1,answered,\n").find("--with-text"),
            std::string::npos);
  EXPECT_NE(message("a.csv", "sample,repeat,output\n1,x,y\n").find("repeat"), std::string::npos);
  EXPECT_NE(message("a.jsonl", "[1]").find("JSON object"), std::string::npos);
}

}  // namespace
}  // namespace clue::models
