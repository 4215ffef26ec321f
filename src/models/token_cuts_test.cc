// Cutting documents by tokens against Hugging Face's tokenizers (tools/golden/token_cuts.py), with
// the vocabularies that llama.cpp's sources bring (CLUE_VOCABULARIES, set by ctest).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/test_paths.h"
#include "base/text.h"
#include "models/token_counters.h"

namespace clue::models {
namespace {

/// The texts of the golden file, made in the same way as there.
std::vector<std::string> texts() {
  std::vector<std::string> out = {
      "",
      " ",
      "Fever .",
      "It 's \u201cfine\u201d , isn 't it ?",
      "  two  spaces\n\n\tand a tab",
      "Gr\u00f6\u00dfe 12,5 \u00b5g/dl \u2014 \u4e2d\u6587 \U0001F600\U0001F468\u200d\u2695\ufe0f",
      "1234567890 mg/kg\r\nI don't know; he 'd said : \" ok \" !",
      "caf\u00e9 cafe\u0301 \u00bd \u212b"};
  const auto data =
      read_ordered_json(source_dir() / "examples/LongHealth/benchmark_v5.json").value();
  for (const auto& [id, patient] : data.items()) {
    if (!patient.is_object()) continue;
    for (const auto& [name, text] : patient["texts"].items()) out.push_back(text);
  }
  return out;
}

TEST(TokenCuts, EqualTheReferenceTokenizers) {
  const char* const folder = std::getenv("CLUE_VOCABULARIES");
  if (folder == nullptr) GTEST_SKIP() << "CLUE_VOCABULARIES names no folder of ggml-vocab-*.gguf";
  const std::vector<std::string> all = texts();
  std::map<std::string, std::unique_ptr<TokenCounter>> counters;
  std::size_t rows = 0;
  const std::string golden = read_file(source_dir() / "tests/golden/token_cuts.jsonl").value();
  for (const std::string_view line : split_lines(golden)) {
    const auto row = nlohmann::json::parse(line);
    const std::string name = row["vocab"];
    auto& counter = counters[name];
    if (counter == nullptr) {
      auto opened = open_token_counter(std::string(folder) + "/ggml-vocab-" + name + ".gguf");
      ASSERT_TRUE(opened.ok()) << opened.error().message;
      counter = std::move(opened).value();
      EXPECT_TRUE(counter->exact());
      EXPECT_TRUE(counter->cuts_tested()) << name;
    }
    const std::string& text = all.at(row["text"]);
    EXPECT_EQ(*counter->count(text), row["count"]) << name << ": " << text.substr(0, 60);
    const std::string head = *counter->first(text, row["n"]);
    EXPECT_EQ(sha256_hex(head), row["sha256"])
        << name << ", " << row["n"] << " tokens: " << head.substr(0, 80);
    ++rows;
  }
  EXPECT_EQ(rows, 468U);
}

TEST(TokenCuts, OtherTokenizersMakeNoClaim) {
  const char* const folder = std::getenv("CLUE_VOCABULARIES");
  if (folder == nullptr) GTEST_SKIP() << "CLUE_VOCABULARIES names no folder of ggml-vocab-*.gguf";
  const auto other = open_token_counter(std::string(folder) + "/ggml-vocab-qwen2.gguf");
  ASSERT_TRUE(other.ok()) << other.error().message;
  EXPECT_TRUE((*other)->exact());
  EXPECT_FALSE((*other)->cuts_tested());
}

}  // namespace
}  // namespace clue::models
