#include "metrics/icd.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "text/golden.h"

namespace clue::metrics {
namespace {

using core::RuleSet;

std::vector<std::string> codes(const std::vector<IcdMention>& found) {
  std::vector<std::string> out;
  for (const IcdMention& m : found) out.push_back(m.code);
  return out;
}

std::string dotless(std::string s) {
  std::erase(s, '.');
  return s;
}

TEST(Icd, PublishedPatternOnEdges) {
  const auto cases = text::golden_lines("icd_parse_edge.jsonl");
  ASSERT_GE(cases.size(), 31u);
  for (const auto& c : cases) {
    const std::string text = c["text"];
    for (const auto& [key, where] : {std::pair<const char*, std::string>{"parsed", text},
                                     {"parsed_in_context", "x " + text + " y"}}) {
      std::vector<std::string> want;
      for (const auto& w : c[key]) want.push_back(dotless(w));
      EXPECT_EQ(codes(parse_icd_2024(where)), want) << where;
    }
  }
}

TEST(Icd, PublishedMetrics) {
  const auto cases = text::golden_lines("icd_cases.jsonl");
  ASSERT_GE(cases.size(), 90u);
  const auto table = builtin_icd_table(icd_table_for(RuleSet::clue_2024));
  for (const auto& c : cases) {
    const core::Answer a =
        parse_icd_answer(c["output"].get<std::string>(), RuleSet::clue_2024, *table);
    EXPECT_EQ(nlohmann::json(a.codes), c["dotless"]) << c["id"];
    const auto gold = split_gold_codes(c["gold_text"].get<std::string>(), RuleSet::clue_2024);
    const IcdScores s = score_icd(a.codes, gold, RuleSet::clue_2024, *table);
    const auto& m = c["metrics"];
    EXPECT_NEAR(s.em.precision, m["ICD EM P"], 1e-12) << c["id"];
    EXPECT_NEAR(s.em.recall, m["ICD EM R"], 1e-12) << c["id"];
    EXPECT_NEAR(s.em.f1, m["ICD EM F1"], 1e-12) << c["id"];
    EXPECT_NEAR(s.ap.precision, m["ICD AP P"], 1e-12) << c["id"];
    EXPECT_NEAR(s.ap.recall, m["ICD AP R"], 1e-12) << c["id"];
    EXPECT_NEAR(s.ap.f1, m["ICD AP F1"], 1e-12) << c["id"];
    EXPECT_NEAR(s.valid_codes, m["VALID CODES"], 1e-12) << c["id"];
  }
}

TEST(Icd, CodeListParser) {
  const auto table = builtin_icd_table(IcdTableId::current);
  using List = std::vector<std::string>;
  const std::vector<std::pair<const char*, List>> cases = {
      {"E11.9, I10; Z79.4", {"E119", "I10", "Z794"}},
      {"E119 I10 Z794", {"E119", "I10", "Z794"}},
      {"1. E11.9 - Type 2 diabetes\n2. I10: Hypertension", {"E119", "I10"}},
      {"e11.9, i10, s72.001a", {"E119", "I10", "S72001A"}},
      {"COVID-19 (U07.1), sequelae U09.9", {"U071", "U099"}},
      {"Z3A.20, C7B.02, M1A.0611, O9A.212, C4A.0", {"Z3A20", "C7B02", "M1A0611", "O9A212", "C4A0"}},
      {"T36.0X5A and W18.30XA, S06.0x9d", {"T360X5A", "W1830XA", "S060X9D"}},
      {"I10-I15", {"I10", "I15"}},
      {"E08\xE2\x80\x93"
       "E13",
       {"E08", "E13"}},
      {"E11.0-.9", {"E110", "E119"}},
      {"E11.-", {"E11"}},
      {"E11.x", {"E11"}},
      {"**E11.65**, `N18.30`, _I50.9_", {"E1165", "N1830", "I509"}},
      {"The patient has heart failure (I50.9) and was coded as I10 for hypertension.",
       {"I509", "I10"}},
      {"Diagnosis: I10.The patient left.", {"I10"}},
      {"ICD-10 Codes: E11.9/E11.65", {"E119", "E1165"}},
      // invented codes in a clear place count (as wrong)
      {"E11.99, Z95.820", {"E1199", "Z95820"}},
      {"Z95820\nS72342M", {"Z95820", "S72342M"}},
      // prose that looks like codes
      {"vitamin B12 and vit D25, T12 vertebra, Q12H, D50W, D10W", {}},
      {"wears an N95 mask in room B20", {}},
      {"given 1 amp of D50 IV, K40 mEq", {}},
      {"T37.5 \xC2\xB0"
       "C, HbA1c 7.2, CO2, H1N1, T2DM, pH7.4, CA19-9",
       {}},
      {"T97.9 P92 R18 BP120/80 HR 70", {}},
      {"Temp T37.0 P92 R18 BP 120/80", {}},
      {"take q12 hours", {}},
      {"I10\xC3\xA9, xI10, \xE4\xB8\xAD"
       "I10",
       {}},
      {"version A12.3.4", {}},
      // bare categories need a place or a title that speaks for them
      {"the G20 summit, HLA B27 positive, P53 mutation, D50 given", {}},
      {"E11 Type 2 diabetes mellitus; I50 Heart failure", {"E11", "I50"}},
      {"Hypertension I10 was noted", {"I10"}},
      {"J40-J47 chronic lower respiratory", {"J40", "J47"}},
      {"<code>I10</code>", {"I10"}},
      {"P53 mutation", {}},
      {"{\"codes\": [\"I10\", \"E11.9\"]}", {"I10", "E119"}},
      {"Z3A.39 weeks of gestation", {"Z3A39"}},
      {"Temperature T38.5, later T37.5 degrees", {}},
      {"", {}},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(codes(parse_icd(text, *table)), want) << text;
}

/// A few lines in BfArM's form; titles invented.
std::filesystem::path german_files() {
  const auto dir =
      std::filesystem::temp_directory_path() / ("clue-icd-gm-" + std::to_string(::getpid()));
  std::filesystem::create_directory(dir);
  std::ofstream(dir / "icd10gm2031syst_kodes.txt")
      << "3;N;X;04;E10;E11.-;E11;E11;Zucker;Zucker;;;V;V\r\n"
         "4;N;S;04;E10;E11.9-;E11.9;E119;Zucker: ohne;Zucker;ohne;;V;V\r\n"
         "5;T;S;04;E10;E11.90;E11.90;E1190;Zucker: ohne: ruhig;Zucker;ohne;ruhig;P;P\r\n"
         "3;N;X;13;M15;M17.-;M17;M17;Knie;Knie;;;V;V\r\n"
         "4;T;X;13;M15;M17.1;M17.1;M171;Knie: einseitig;Knie;einseitig;;P;P\r\n"
         "3;N;X;06;G00;G01*;G01;G01;Haut des Hirns;Haut;;;O;O\r\n"
         "4;T;X;22;U60;U69.12!;U69.12;U6912;Zusatz;Zusatz;;;Z;Z\r\n";
  std::ofstream(dir / "icd10gm2031syst_gruppen.txt") << "E10;E14;04;Zuckergruppe\n";
  return dir / "icd10gm2031syst_kodes.txt";
}

TEST(Icd, GermanModificationWithItsMarks) {
  const auto path = german_files();
  const auto loaded = IcdTable::load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->system(), "ICD-10-GM");
  EXPECT_TRUE(loaded->name().starts_with("ICD-10-GM 2031 (icd10gm2031syst_kodes.txt, sha256 "))
      << loaded->name();
  EXPECT_EQ(loaded->block("E11.9")->title, "Zuckergruppe");
  EXPECT_EQ(loaded->block("M17")->chapter, "13");
  EXPECT_FALSE(loaded->find("E11.9")->billable);
  using List = std::vector<std::string>;
  const std::vector<std::pair<const char*, List>> cases = {
      {"E11.90 G, M17.1 RG", {"E1190", "M171"}},
      {"E11.90G; M17.1LG", {"E1190", "M171"}},
      {"G01*, E11.90\xE2\x80\xA0 und U69.12!", {"G01", "E1190", "U6912"}},
      {"e11.90 g", {"E1190"}},
      {"E11.90 Z\nM17.1 B V", {"E1190", "M171"}},
      {"E11.99 G", {"E1199"}},  // invented, kept as wrong
      {"Vitamin B12, LWK L4, Zimmer E11, HbA1c 7,9", {}},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(codes(parse_icd(text, *loaded)), want) << text;
  EXPECT_EQ(gold_codes("E11.90 G; M17.1 R G, U69.12!", *loaded), (List{"E1190", "M171", "U6912"}));
  EXPECT_EQ(plain_icd("G01*", *loaded), "G01");
  std::ofstream(path, std::ios::app) << "5;T;X;no code\n";
  const auto bad = IcdTable::load(path);
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message.find("syst_kodes.txt:8:"), std::string::npos)
      << bad.error().message;
  std::filesystem::remove_all(path.parent_path());
}

TEST(Icd, CorrectedUsesSets) {
  const auto table = builtin_icd_table(IcdTableId::current);
  const core::Answer a = parse_icd_answer("I10, I10, E11.9", RuleSet::corrected, *table);
  EXPECT_EQ(a.codes, (std::vector<std::string>{"I10", "E119"}));
  const IcdScores s = score_icd(a.codes, std::vector<std::string>{"I10", "E11.9", "J449"},
                                RuleSet::corrected, *table);
  EXPECT_DOUBLE_EQ(s.em.precision, 1.0);
  EXPECT_DOUBLE_EQ(s.em.recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(s.valid_codes, 1.0);
  EXPECT_EQ(parse_icd_answer("none", RuleSet::corrected, *table).status, core::AnswerStatus::none);
  EXPECT_EQ(score_icd({}, {}, RuleSet::corrected, *table).em.f1, 0.0);
}

TEST(Icd, HierarchyAndProfile) {
  const auto table = builtin_icd_table(IcdTableId::current);
  const std::vector<std::string> predicted = {"E11.65", "I10", "X99"},
                                 gold = {"E119", "I110", "J449"};
  const IcdHierarchy h = score_icd_hierarchy(predicted, gold, *table);
  EXPECT_DOUBLE_EQ(h.full.f1, 0.0);
  EXPECT_DOUBLE_EQ(h.category.precision, 1.0 / 3);
  EXPECT_DOUBLE_EQ(h.block.recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(h.chapter.recall, 2.0 / 3);
  const IcdProfile p = profile_icd(predicted, gold, *table);
  EXPECT_EQ(p.near, 1u);
  EXPECT_EQ(p.over, 2u);
  EXPECT_EQ(p.under, 2u);
  const std::vector<core::Tally> tallies = {{1, 1, 0}, {2, 0, 3}};
  EXPECT_DOUBLE_EQ(micro_prf(tallies).recall, 0.5);
  const std::vector<std::vector<std::string>> ps = {{"I10"}, {"I10"}}, gs = {{"I10"}, {"E119"}};
  EXPECT_DOUBLE_EQ(macro_prf_by_code(ps, gs).f1, (2.0 / 3 + 0) / 2);
}

}  // namespace
}  // namespace clue::metrics
