#include "datagen/codes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/json.h"
#include "base/table.h"
#include "base/test_paths.h"
#include "metrics/icd_table.h"

namespace clue::datagen {
namespace {

using core::RuleSet;
using nlohmann::json;
using ::testing::HasSubstr;

TEST(Codes, EqualsThePublishedScript) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  Result<json> cases = read_json(*shared / "golden/metrics/e2e_generate_codes.json");
  ASSERT_TRUE(cases.ok()) << cases.error().message;
  for (const json& c : *cases) {
    SCOPED_TRACE(c["variant"].get<std::string>());
    TempDir tmp;
    ASSERT_TRUE(write_file_atomic(tmp / "n.csv", c["discharge_csv"].get<std::string>()).ok());
    ASSERT_TRUE(write_file_atomic(tmp / "d.csv", c["diagnoses_csv"].get<std::string>()).ok());
    Result<CodeData> data = generate_codes({.notes = tmp / "n.csv",
                                            .diagnoses = tmp / "d.csv",
                                            .profile = {},
                                            .max_examples = c["max_examples"],
                                            .rules = RuleSet::clue_2024});
    ASSERT_TRUE(data.ok()) << data.error().message;
    const json rows = json::parse(codes_json(*data, RuleSet::clue_2024));
    ASSERT_EQ(rows.size(), c["output_lines"].size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i], json::parse(c["output_lines"][i].get<std::string>()));
    }
    Result<CodeData> corrected = generate_codes(
        {.notes = tmp / "n.csv", .diagnoses = tmp / "d.csv", .profile = {}, .max_examples = 15});
    ASSERT_TRUE(corrected.ok());
    EXPECT_FALSE(corrected->letters.empty()) << "numbers are codes too";
    for (const CodedLetter& l : corrected->letters) EXPECT_FALSE(l.codes.empty());
    const json named = json::parse(codes_json(*corrected, RuleSet::corrected));
    EXPECT_EQ(named[0]["note_id"], corrected->letters[0].note.id);
  }
}

TEST(Codes, MappingEqualsTheReference) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  Result<std::string> text = read_file(*shared / "golden/metrics/icd9_to_icd10.jsonl");
  ASSERT_TRUE(text.ok());
  for (const std::string_view line : split_lines(*text)) {
    const json row = json::parse(line);
    if (row["kind"] != "code") continue;
    SCOPED_TRACE(std::string(line));
    CodeCounts counts;
    const auto codes =
        letter_codes({{row["icd9"], 9}, {row["icd9_dotted"], 9}}, RuleSet::clue_2024, counts);
    if (!row["icd10_known"].get<bool>()) {
      EXPECT_TRUE(codes.empty());
      continue;
    }
    ASSERT_EQ(codes.size(), 2U) << "repeats are kept";
    EXPECT_EQ(codes[0].code, row["icd10"].get<std::string>());
    EXPECT_EQ(codes[1].code, codes[0].code);
    EXPECT_EQ(codes[0].description, row["description"].get<std::string>());
  }
}

TEST(Codes, DemoTablesKeepWhatTheReferenceKeeps) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  Result<Diagnoses> d = read_diagnoses(*shared / "data/mimic_iv_demo/hosp/diagnoses_icd.csv.gz");
  ASSERT_TRUE(d.ok()) << d.error().message;
  EXPECT_EQ(d->admissions(), 275U);
  CodeCounts published;
  CodeCounts corrected;
  std::size_t kept = 0;
  std::size_t kept_corrected = 0;
  Result<Table> table =
      read_table(*shared / "data/mimic_iv_demo/hosp/diagnoses_icd.csv.gz", {.delimiter = ','});
  ASSERT_TRUE(table.ok());
  std::set<std::string> admissions;
  for (const auto& row : table->rows) admissions.insert(row[1]);
  EXPECT_EQ(admissions.size(), 275U);
  for (const std::string& admission : admissions) {
    const std::vector<Diagnosis> rows = d->of(admission);
    kept += letter_codes(rows, RuleSet::clue_2024, published).size();
    kept_corrected += letter_codes(rows, RuleSet::corrected, corrected).size();
  }
  EXPECT_EQ(published.rows, 4506U);
  EXPECT_EQ(kept, 4464U);
  EXPECT_GT(kept_corrected + corrected.repeated, kept);
}

TEST(Codes, CorrectedPrefersWhatIcd9SaysAndDropsRepeats) {
  CodeCounts counts;
  const auto codes =
      letter_codes({{"428.0", 9}, {"I509", 10}, {"I50.9", 10}, {"QQQ", 10}, {"1", 9}},
                   RuleSet::corrected, counts);
  ASSERT_EQ(codes.size(), 1U);
  EXPECT_EQ(codes[0].code, "I509");
  EXPECT_EQ(codes[0].icd9, "4280");
  EXPECT_EQ(counts.repeated, 2U);
  EXPECT_EQ(counts.unknown["QQQ"], 1U);
  EXPECT_EQ(counts.unmapped["1"], 1U);
}

TEST(Codes, BadDiagnosesAreCountedAndNameTheLine) {
  TempDir tmp;
  const std::string rows =
      "hadm_id,icd_code,icd_version\n1,I10,10\n2,E119,10\n1,I10,11\n1,too,few,many\n1,4280,9\n";
  ASSERT_TRUE(write_file_atomic(tmp / "d.csv", rows).ok());
  const Result<Diagnoses> d = read_diagnoses(tmp / "d.csv");
  ASSERT_TRUE(d.ok()) << d.error().message;
  EXPECT_EQ(d->rows(), 3U);
  EXPECT_EQ(d->bad_rows, 2U);
  EXPECT_THAT(d->problems[0], HasSubstr("d.csv:4: icd_version \"11\" is neither 9 nor 10"));
  EXPECT_THAT(d->problems[1], HasSubstr("d.csv:5: 4 cells, the header has 3"));
  const std::vector<Diagnosis> one = d->of("1");
  ASSERT_EQ(one.size(), 2U);
  EXPECT_EQ(one[0].code, "I10");
  EXPECT_EQ(one[1].code, "4280");
  EXPECT_EQ(one[1].version, 9);
  EXPECT_EQ(d->of("2").size(), 1U);
  EXPECT_TRUE(d->of("3").empty());
  ASSERT_TRUE(write_file_atomic(tmp / "n.csv", "hadm_id,icd_code,icd_version\n1,I10,x\n").ok());
  EXPECT_THAT(read_diagnoses(tmp / "n.csv").error().message, HasSubstr("no row of this table"));
}

}  // namespace
}  // namespace clue::datagen
