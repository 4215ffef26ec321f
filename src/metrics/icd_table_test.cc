#include "metrics/icd_table.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "text/golden.h"

namespace clue::metrics {
namespace {

TEST(IcdTable, ReferenceFindsWhatThePackageFinds) {
  const auto table = builtin_icd_table(IcdTableId::reference);
  EXPECT_EQ(table->codes().size(), 95622u);
  EXPECT_EQ(std::count_if(table->codes().begin(), table->codes().end(),
                          [](const IcdCode& c) { return c.billable; }),
            73110);
  const auto cases = text::shared_lines("golden/metrics/icd_find_edge.jsonl");
  if (cases.empty()) GTEST_SKIP() << "no reference folder beside the checkout (CLUE_SHARED)";
  for (const auto& c : cases) {
    const IcdCode* code =
        table->find(c["code"].is_string() ? c["code"].get<std::string>() : std::string());
    ASSERT_EQ(code != nullptr, c["found"].get<bool>()) << c;
    if (!code) continue;
    EXPECT_EQ(code->code, c["normalised"]) << c;
    EXPECT_EQ(code->billable, c["billable"].get<bool>()) << c;
    EXPECT_EQ(code->title, c["description"]) << c;
  }
}

TEST(IcdTable, CurrentYearHasNewCodesAndPlaces) {
  const auto table = builtin_icd_table(IcdTableId::y2026);
  ASSERT_TRUE(table->contains("U07.1"));
  EXPECT_EQ(table->find("E08.3211")->title,
            "Diabetes mellitus due to underlying condition with mild nonproliferative diabetic "
            "retinopathy "
            "with macular edema, right eye");
  EXPECT_FALSE(table->find("E08.321")->billable);
  EXPECT_FALSE(table->find("A00.0")->inclusion_terms.empty());
  EXPECT_EQ(table->block("E11.9")->id, "E08-E13");
  EXPECT_EQ(table->block("E11.9")->chapter, "4");
  EXPECT_EQ(table->block("C7A.1")->id, "C7A");
  EXPECT_EQ(table->block("C79.5")->id, "C76-C80");
  EXPECT_EQ(table->block("U07.1")->chapter, "22");
  EXPECT_EQ(table->block("X"), nullptr);
  EXPECT_GT(builtin_icd_table(IcdTableId::current)->codes().size(), table->codes().size());
}

TEST(IcdTable, ReadsCmsOrderFile) {
  const auto dir =
      std::filesystem::temp_directory_path() / ("clue-icd-" + std::to_string(::getpid()));
  std::filesystem::create_directory(dir);
  const auto path = dir / "icd10cm-order-2031.txt";
  std::string short_title = "Cholera, unspecified";
  short_title.resize(60, ' ');
  std::ofstream(path) << "00001 A00     0 " << short_title << " Cholera\n00005 A009    1 "
                      << short_title << " Cholera, unspecified type\r\n";
  auto t = IcdTable::load(path);
  ASSERT_TRUE(t.ok()) << t.error().message;
  EXPECT_TRUE(t->name().starts_with("ICD-10-CM 2031 (icd10cm-order-2031.txt, sha256 "))
      << t->name();
  EXPECT_EQ(t->system(), "ICD-10-CM");
  EXPECT_EQ(t->find("A00.9")->title, "Cholera, unspecified type");
  EXPECT_EQ(t->block("A00")->id, "A00-A09");
  std::ofstream(path) << "00001 A00     0 Cholera\nnonsense\n";
  auto bad = IcdTable::load(path);
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message.find(":2:"), std::string::npos) << bad.error().message;
  EXPECT_FALSE(IcdTable::load(dir / "absent").ok());
  std::filesystem::remove_all(dir);
}

TEST(IcdTable, ReadsTheRealOrderFile) {
  const auto shared = text::shared_path("data/icd/icd10cm-order-Jan-2021.txt.gz");
  if (!std::filesystem::exists(shared))
    GTEST_SKIP() << "no reference folder beside the checkout (CLUE_SHARED)";
  const auto t = IcdTable::load(shared);
  ASSERT_TRUE(t.ok()) << t.error().message;
  EXPECT_EQ(t->codes().size(), 95358U);
  EXPECT_TRUE(t->name().starts_with("ICD-10-CM 2021 (")) << t->name();
  EXPECT_TRUE(t->contains("U07.1"));
  EXPECT_EQ(builtin_icd_table(IcdTableId::reference)->name().find("20"), std::string::npos);
}

TEST(IcdTable, MapsIcd9AsTheReference) {
  EXPECT_EQ(icd9_to_icd10_all("942.52"), (std::vector<std::string>{"T2131XA", "T2171XA"}));
  EXPECT_EQ(icd9_to_icd10("V58.67"), "Z794");
  EXPECT_EQ(icd9_to_icd10(" 4019"), std::nullopt);
  const auto cases = text::shared_lines("golden/metrics/icd9_to_icd10.jsonl");
  if (cases.empty()) GTEST_SKIP() << "no reference folder beside the checkout (CLUE_SHARED)";
  for (const auto& c : cases) {
    if (!c["icd9"].is_string()) continue;
    const auto got = icd9_to_icd10(c["icd9"].get<std::string>());
    EXPECT_EQ(got.value_or(""), c["icd10"].is_null() ? "" : c["icd10"].get<std::string>()) << c;
    EXPECT_EQ(nlohmann::json(icd9_to_icd10_all(c["icd9"].get<std::string>())), c["gem_rows"]) << c;
  }
}

}  // namespace
}  // namespace clue::metrics
