#include "models/replay_model.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace clue::models {
namespace {

class Replay : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "clue-replay-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string write(const std::string& text) {
    const std::string path = (dir_ / "predictions.jsonl").string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  static core::Generation ask(Model& model, const std::string& sample, int repeat,
                              std::string_view task) {
    core::Prompt prompt;
    prompt.sample = sample;
    prompt.repeat = repeat;
    const Request request{.prompt = &prompt, .task = task};
    core::Generation answer;
    EXPECT_TRUE(model
                    .generate({&request, 1},
                              [&](std::size_t, core::Generation g) { answer = std::move(g); }, {})
                    .ok());
    return answer;
  }

  std::filesystem::path dir_;
};

TEST_F(Replay, FindsByTaskSampleAndRepeat) {
  const std::string path = write(
      "\xEF\xBB\xBF{\"task\":\"mednli\",\"sample\":\"3\",\"output\":\"neutral\"}\r\n"
      "\n{\"sample\":4,\"repeat\":1,\"text\":\"line\\u2028break \u2028 kept\"}\n");
  auto model = open_model("replay:" + path, {});
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_EQ(ask(**model, "3", 0, "mednli").text, "neutral");
  EXPECT_EQ(ask(**model, "4", 1, "meqsum").text, "line\u2028break \u2028 kept");
  const core::Generation missing = ask(**model, "3", 0, "meqsum");
  EXPECT_EQ(missing.stop, core::StopReason::error);
  EXPECT_NE(missing.error.find("sample 3"), std::string::npos);
  EXPECT_EQ((*model)->info().content_hash.size(), 64U);
}

TEST_F(Replay, ReasoningIsSetApart) {
  auto model = open_model(
      "replay:" + write("{\"sample\":\"1\",\"output\":\"<think>neutral?</think>\\nENTAILMENT\"}\n"
                        "{\"sample\":\"2\",\"output\":\"<think>neutral, or\"}\n"),
      {});
  ASSERT_TRUE(model.ok());
  const core::Generation whole = ask(**model, "1", 0, "");
  EXPECT_EQ(whole.text, "ENTAILMENT");
  EXPECT_EQ(whole.reasoning, "neutral?");
  const core::Generation cut = ask(**model, "2", 0, "");
  EXPECT_EQ(cut.text, "");
  EXPECT_EQ(cut.stop, core::StopReason::length);
}

TEST_F(Replay, ReadsAnArrayToo) {
  auto model = open_model("replay:" + write(R"([{"id":"a","prediction":"x"}])"), {});
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(ask(**model, "a", 0, "").text, "x");
}

TEST_F(Replay, ComplaintsNameTheLine) {
  const auto message = [&](const std::string& text) {
    auto model = open_model("replay:" + write(text), {});
    EXPECT_FALSE(model.ok());
    return model.ok() ? "" : model.error().message;
  };
  EXPECT_NE(message("{\"sample\":\"1\",\"output\":\"a\"}\n{broken\n").find(":2:"),
            std::string::npos);
  EXPECT_NE(message("{\"output\":\"a\"}\n").find("no 'sample'"), std::string::npos);
  EXPECT_NE(message("{\"sample\":\"1\"}\n").find("no text"), std::string::npos);
  EXPECT_NE(message("{\"sample\":\"1\",\"output\":\"a\"}\n{\"sample\":1,\"output\":\"b\"}\n")
                .find("twice"),
            std::string::npos);
  EXPECT_NE(message("").find("no predictions"), std::string::npos);
  EXPECT_EQ(open_model("replay:/nonexistent/x", {}).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace clue::models
