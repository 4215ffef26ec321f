#include "base/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/table_formats.h"
#include "base/test_archives.h"
#include "base/test_paths.h"

namespace clue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Table> json(const std::string& text, JsonLayout layout = JsonLayout::detect) {
  return table_from_json(text, "f.json", layout, {});
}

TEST(TableJson, ArrayObjectAndLines) {
  Table t = *json(R"([{"a":"x","b":null,"n":3},{"b":[1,"ä"],"c":true}])");
  EXPECT_THAT(t.columns, ElementsAre("a", "b", "n", "c"));
  EXPECT_THAT(t.rows[0], ElementsAre("x", "", "3", ""));
  EXPECT_THAT(t.rows[1], ElementsAre("", "[1,\"ä\"]", "", "true"));
  EXPECT_EQ(t.place(1), "f.json: record 2");

  t = *json("\xEF\xBB\xBF{\"z9\": {\"q\": 1},\n \"a\\u00e4\": {\"q\": 2}}");
  EXPECT_THAT(t.columns, ElementsAre("_key", "q"));
  EXPECT_THAT(t.rows[0], ElementsAre("z9", "1")) << "file order";
  EXPECT_THAT(t.rows[1], ElementsAre("aä", "2"));

  t = *json("{\"a\":\"1 { \\\" }\"}\n\n{\"a\":\"\u2028x\"}\n");
  EXPECT_EQ(t.rows.size(), 2U);
  EXPECT_EQ(t.rows[1][0], "\u2028x");
  EXPECT_EQ(t.place(1), "f.json:3");

  t = *json("{\"a\": \"only\", \"b\": 1}");
  EXPECT_EQ(t.rows.size(), 1U);
  EXPECT_EQ(json("[]")->rows.size(), 0U);
  EXPECT_EQ(json("[{\"a\":1,\"a\":2}]")->rows[0][0], "2");
}

TEST(TableJson, ErrorsNameThePlace) {
  EXPECT_THAT(json("[\n{\"a\":1},\n{\"a\":tru}]").error().message, HasSubstr("f.json:3:"));
  EXPECT_THAT(json("[{\"a\":1}").error().message, HasSubstr("f.json:1:"));
  EXPECT_THAT(json("{\"a\":1}\n{\"a\":\n{\"a\":2}\n").error().message, HasSubstr("f.json:2:"));
  EXPECT_THAT(json("{\"a\":1}\n[3]\n", JsonLayout::lines).error().message,
              HasSubstr("f.json:2: an object {...} is needed"));
  EXPECT_THAT(json("[1]").error().message, HasSubstr("record 1: an object"));
  EXPECT_THAT(json("\"x\"").error().message, HasSubstr("a list of objects"));
  EXPECT_THAT(json(" ").error().message, HasSubstr("empty"));
  EXPECT_THAT(json("[{\"a\":NaN}]").error().message, HasSubstr("NaN is not a JSON number"));
  EXPECT_THAT(json("[{\"a\":\"Gr\xF6\"}]").error().message, HasSubstr("offset 9"));
  EXPECT_FALSE(json("[" + std::string(100'000, '[')).ok());
  EXPECT_FALSE(json("[{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}]").ok());
}

TEST(Table, MissingColumnListsAndSuggests) {
  Table t = *json(R"([{"CHQ":"x","Summary":"y"}])");
  EXPECT_EQ(*t.column("Summary"), 1U);
  const std::string message = t.column("Sumary").error().message;
  EXPECT_THAT(message, HasSubstr("no column \"Sumary\"; the file has: CHQ, Summary"));
  EXPECT_THAT(message, HasSubstr("did you mean \"Summary\""));
}

TEST(Table, BadPaths) {
  TempDir tmp;
  EXPECT_EQ(read_table(tmp / "no.csv").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_table(tmp / "no.txt").error().code, ErrorCode::not_found);
  ASSERT_TRUE(write_file_atomic(tmp / "x.txt", "a").ok());
  EXPECT_THAT(read_table(tmp / "x.txt").error().message, HasSubstr("must end in .csv"));
  for (const char* name : {"e.csv", "e.json", "e.jsonl", "e.xlsx", "e.csv.gz", "e.tsv"}) {
    ASSERT_TRUE(write_file_atomic(tmp / name, "").ok());
    EXPECT_THAT(read_table(tmp / name).error().message, HasSubstr("empty")) << name;
  }
  ASSERT_TRUE(make_dirs(tmp / "folder.csv").ok());
  EXPECT_THAT(read_table(tmp / "folder.csv").error().message, HasSubstr("it is a folder"));
  ASSERT_TRUE(write_file_atomic(tmp / "bad.jsonl", "{\"a\":1}\n{\"a\":1}\n{\"a\" 1}\n").ok());
  EXPECT_THAT(read_table(tmp / "bad.jsonl").error().message, HasSubstr("bad.jsonl:3:"));
  const std::string packed = gz("{\"a\":1}\n");
  ASSERT_TRUE(write_file_atomic(tmp / "c.jsonl.gz", packed.substr(0, 20)).ok());
  EXPECT_THAT(read_table(tmp / "c.jsonl.gz").error().message, HasSubstr("truncated gz at byte 20"));
  ASSERT_TRUE(write_file_atomic(tmp / "g.jsonl.gz", packed).ok());
  EXPECT_EQ(read_table(tmp / "g.jsonl.gz")->rows.size(), 1U);
  ASSERT_TRUE(write_file_atomic(tmp / "t.tsv", "a\tb\n1\t2\n").ok());
  EXPECT_EQ(read_table(tmp / "t.tsv")->columns.size(), 2U);
}

class SharedTables : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto shared = shared_dir();
    if (!shared) GTEST_SKIP() << kNoShared;
    data_ = *shared / "data";
  }
  Table table(const std::string& name, const TableOptions& options = {}) {
    Result<Table> t = read_table(data_ / name, options);
    EXPECT_TRUE(t.ok()) << t.error().message;
    return t.ok() ? *std::move(t) : Table{};
  }
  std::filesystem::path data_;
};

TEST_F(SharedTables, MeqsumWorkbook) {
  const Table t = table("meqsum/MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx");
  EXPECT_THAT(t.columns, ElementsAre("File", "CHQ", "Summary"));
  ASSERT_EQ(t.rows.size(), 1000U);
  std::size_t size = 0;
  for (const auto& row : t.rows) {
    EXPECT_FALSE(row[1].empty() || row[2].empty());
    size += row[1].size();
  }
  EXPECT_NEAR(static_cast<double>(size) / 1000, 341, 5);
  EXPECT_EQ(t.place(0).substr(t.place(0).size() - 11), "sheet row 2");
}

TEST_F(SharedTables, CsvWithCrlfAndEmptyTail) {
  EXPECT_EQ(table("medec_ms/MEDEC-MS-TestSet-with-GroundTruth-and-ErrorType_70pct.csv").rows.size(),
            417U);
  EXPECT_EQ(table("medec_ms/MEDEC-MS-TestSet-with-GroundTruth-and-ErrorType_70pct.csv",
                  {.skip_empty_rows = false})
                .rows.size(),
            417U + 328U);
  EXPECT_EQ(
      table("medec_ms/MEDEC-MS-ValidationSet-with-GroundTruth-and-ErrorType_70pct.csv").rows.size(),
      409U);
}

TEST_F(SharedTables, TheOthers) {
  EXPECT_EQ(table("mimic_iv_demo/hosp/diagnoses_icd.csv.gz").rows.size(), 4506U);
  EXPECT_EQ(table("mimic_iv_demo/hosp/d_icd_diagnoses.csv.gz").rows.size(), 109775U);
  EXPECT_EQ(table("codiesp/codiesp_D_en_train_70pct.jsonl").rows.size(), 350U);
  EXPECT_EQ(table("kb/drugbank_vocabulary.csv").rows.size(), 15235U);
  EXPECT_EQ(table("icd/icd9toicd10cmgem.csv").rows.size(), 23912U);
  EXPECT_EQ(table("mtsamples/discharge_summaries_70pct.csv").rows.size(), 75U);
  EXPECT_EQ(table("aci_bench/train_70pct.csv").rows.size(), 47U);
  std::size_t pubmed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data_ / "pubmedqa")) {
    if (entry.path().filename().string().starts_with("ori_pqal")) {
      const Table t = table("pubmedqa/" + entry.path().filename().string());
      pubmed = t.rows.size();
      EXPECT_EQ(t.columns[0], "_key");
      EXPECT_TRUE(t.column("QUESTION").ok());
    }
  }
  EXPECT_EQ(pubmed, 700U);
}

}  // namespace
}  // namespace clue
