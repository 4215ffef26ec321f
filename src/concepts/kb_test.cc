#include "concepts/kb.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/test_paths.h"
#include "base/text.h"
#include "concepts/kb_build.h"

namespace clue::concepts {
namespace {

using nlohmann::json;

KbSource small() {
  KbSource s;
  s.meta = {"csv", "Test", "1", "test.csv", "ours", "abcdef0123456789", false, {"a note"}};
  s.concepts = {{"B", "Beta", {"beta", "second name"}, {"T1", "T2"}, std::nullopt},
                {"A", "Alpha", {"Alpha", "second  Name"}, {"T2"}, "the first"},
                {"A", "Alpha new", {}, {}, std::nullopt}};
  return s;
}

TEST(Kb, RoundTripThroughAFile) {
  TempDir tmp;
  const auto path = tmp / "x.kbi";
  ASSERT_TRUE(write_kb(small(), path).ok());
  const auto kb = Kb::open(path);
  ASSERT_TRUE(kb.ok()) << kb.error().message;
  EXPECT_EQ(kb->concepts(), 2U);
  EXPECT_EQ(kb->concept_id(0), "A");
  EXPECT_EQ(kb->concept_name(0), "Alpha new");  // the last of equal ids
  EXPECT_FALSE(kb->definition(0));
  EXPECT_EQ(kb->types(1).size(), 2U);
  EXPECT_EQ(kb->rows(), 6U);
  EXPECT_EQ(kb->groups(), 4U);  // alpha, beta, second name, alpha new
  EXPECT_EQ(kb->meta().name, "Test");
  EXPECT_FALSE(kb->meta().need_definition);
  EXPECT_EQ(kb->signature(), "Test 1 (abcdef01)");
  EXPECT_EQ(kb->find_words("second name").size(), 2U);
  EXPECT_TRUE(kb->find_words("third").empty());
  EXPECT_EQ(kb->find_concept("B"), 1U);
  EXPECT_FALSE(kb->find_concept("C"));
}

TEST(Kb, ForeignCutAndNewerFilesAreNamed) {
  TempDir tmp;
  const auto path = tmp / "x.kbi";
  const auto check = [&](const std::string& bytes, const std::string& word) {
    ASSERT_TRUE(write_file_atomic(path, bytes).ok());
    const auto kb = Kb::open(path);
    ASSERT_FALSE(kb.ok());
    EXPECT_NE(kb.error().message.find(word), std::string::npos) << kb.error().message;
    EXPECT_NE(kb.error().message.find("x.kbi"), std::string::npos);
  };
  const std::string good = *build_kb(small());
  check(good.substr(0, good.size() - 64), "cut off");
  check(good.substr(0, 30), "too short");
  check(std::string("GGUF") + good, "not a .kbi");
  std::string newer = good;
  newer[8] = 9;
  check(newer, "format 9");
  std::string damaged = good;
  damaged[60] = static_cast<char>(damaged[60] ^ 1);
  check(damaged, "damaged");
  EXPECT_FALSE(Kb::open(tmp / "none.kbi").ok());
  EXPECT_FALSE(Kb::open(tmp.path()).ok());
}

TEST(KbRrf, GoldenExport) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto folder = *shared / "golden" / "umls" / "rrf";
  const auto source = read_rrf(folder / "META");
  ASSERT_TRUE(source.ok()) << source.error().message;
  const auto text = read_file(folder / "expected_default.jsonl");
  const auto lines = split_lines(*text);
  ASSERT_EQ(source->concepts.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const json want = json::parse(lines[i]);
    const SourceConcept& got = source->concepts[i];
    EXPECT_EQ(got.id, want["concept_id"].get<std::string>());
    EXPECT_EQ(got.types, want["types"].get<std::vector<std::string>>()) << got.id;
    std::set<std::string> aliases(got.aliases.begin(), got.aliases.end());
    const auto wanted = want["aliases"].get<std::vector<std::string>>();
    EXPECT_EQ(aliases, std::set<std::string>(wanted.begin(), wanted.end())) << got.id;
    if (want.contains("canonical_name")) {
      EXPECT_EQ(got.name, want["canonical_name"].get<std::string>());
    } else {
      const auto any = want["canonical_any_of"].get<std::vector<std::string>>();
      EXPECT_NE(std::find(any.begin(), any.end(), got.name), any.end()) << got.id;
    }
    EXPECT_EQ(got.definition.has_value(), want.contains("definition")) << got.id;
    if (got.definition && want.contains("definition")) {
      EXPECT_EQ(*got.definition, want["definition"].get<std::string>());
    }
  }
}

TEST(KbRrf, AMissingTableIsNamedAndAPartIsNotUmls) {
  TempDir tmp;
  const auto none = read_rrf(tmp.path());
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("MRFILES.RRF"), std::string::npos) << none.error().message;
  const std::string files =
      "MRCONSO.RRF|x|CUI,LAT,TS,STT,ISPREF,SAB,STR,SRL,SUPPRESS|9|1|1|\n"
      "MRSTY.RRF|x|CUI,TUI|2|1|1|\nMRDEF.RRF|x|CUI,SAB,DEF,SUPPRESS|4|1|1|\n";
  const auto put = [&](const char* name, const std::string& text) {
    ASSERT_TRUE(write_file_atomic(tmp / name, text).ok());
  };
  put("MRFILES.RRF", files);
  put("MRCONSO.RRF", "C1|ENG|P|PF|Y|SRC|Fever|0|N|\nC1|ENG|S|PF|Y|SRC|pyrexia|0|N|\n");
  put("MRSTY.RRF", "C1|T184|\n");
  EXPECT_NE(read_rrf(tmp.path()).error().message.find("MRDEF.RRF"), std::string::npos);
  put("MRDEF.RRF", "C1|NCI|Hot.|N|\n");
  put("release.dat", "umls.release.name=2099AA\n");
  const auto whole = read_rrf(tmp.path());
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  EXPECT_EQ(whole->meta.kind, "umls");
  EXPECT_EQ(whole->meta.version, "2099AA");
  EXPECT_EQ(whole->concepts.at(0).aliases, std::vector<std::string>{"pyrexia"});
  RrfOptions options;
  options.source = "SRC";
  EXPECT_EQ(read_rrf(tmp.path(), options)->meta.kind, "umls-part");
  put("MRCONSO.RRF", "C1|ENG|P|PF|Y|SRC|Fev");
  EXPECT_NE(read_rrf(tmp.path()).error().message.find("MRCONSO.RRF:1"), std::string::npos);
}

TEST(KbRrf, RestrictionLevelsDropDefinitionsOfExcludedSourcesToo) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  RrfOptions options;
  options.levels = {"0", "1", "2", "9"};
  const auto all = read_rrf(*shared / "golden" / "umls" / "rrf");
  const auto some = read_rrf(*shared / "golden" / "umls" / "rrf", options);
  ASSERT_TRUE(all.ok() && some.ok());
  EXPECT_LT(some->concepts.size(), all->concepts.size());
  EXPECT_GT(some->concepts.size(), 0U);
}

TEST(KbObo, DiseaseAndSymptomOntology) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto doid = read_obo(*shared / "data" / "kb" / "doid-subsets-2026-07-31.obo");
  ASSERT_TRUE(doid.ok()) << doid.error().message;
  EXPECT_EQ(doid->concepts.size(), 7916U - 360U);
  EXPECT_EQ(doid->meta.name, "Disease Ontology");
  EXPECT_EQ(doid->meta.version, "2026-07-31");
  const auto symp = read_obo(*shared / "data" / "kb" / "symp.obo");
  ASSERT_TRUE(symp.ok()) << symp.error().message;
  EXPECT_GT(symp->concepts.size(), 800U);
}

TEST(KbObo, EscapesModifiersAndObsoleteTerms) {
  const auto s = parse_obo(
      "format-version: 1.2\nontology: demo\ndefault-namespace: ns\n\n[Term]\nid: D:1 ! x\n"
      "name: fever\\, high {a=\"b\"}\ndef: \"A \\\"hot\\\" state.\\nBad.\" [url:x\\:y]\n"
      "synonym: \"pyrexia\" EXACT []\r\n\n[Typedef]\nid: part_of\nname: part of\n\n"
      "[Term]\nid: D:2\nname: gone\nis_obsolete: true\n",
      "demo.obo");
  ASSERT_TRUE(s.ok()) << s.error().message;
  ASSERT_EQ(s->concepts.size(), 1U);
  EXPECT_EQ(s->concepts[0].id, "D:1");
  EXPECT_EQ(s->concepts[0].name, "fever, high");
  EXPECT_EQ(*s->concepts[0].definition, "A \"hot\" state.\nBad.");
  EXPECT_EQ(s->concepts[0].types, std::vector<std::string>{"ns"});
  EXPECT_FALSE(parse_obo("[Term]\nid: A\ndef: broken\n", "x.obo").ok());
  EXPECT_FALSE(parse_obo("<?xml ?>\n", "x.obo").ok());
}

TEST(KbIcd, OrderFileAndJson) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto order = read_icd10cm(*shared / "data" / "icd" / "icd10cm-order-Jan-2021.txt.gz");
  ASSERT_TRUE(order.ok()) << order.error().message;
  EXPECT_EQ(order->concepts.size(), 95358U);
  EXPECT_EQ(order->meta.version, "2021");
  EXPECT_EQ(order->concepts[1].id, "A00.0");
  const auto table = read_icd10cm(*shared / "data" / "icd" / "icd10.json.gz");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->concepts.size(), 95622U);
}

TEST(KbIcd, TabularListWithInclusionTermsAndPlainNames) {
  TempDir tmp;
  const auto path = tmp / "tabular.xml";
  const std::string xml =
      "<?xml version=\"1.0\"?><ICD10CM.tabular><version>2099</version><chapter><section id=\"I\">"
      "<diag><name>I50</name><desc>Heart failure</desc><diag><name>I50.9</name>"
      "<desc>Heart failure, unspecified</desc><inclusionTerm><note>Congestive heart failure NOS"
      "</note><note>Systolic (congestive)  heart failure</note></inclusionTerm></diag></diag>"
      "</section></chapter></ICD10CM.tabular>";
  ASSERT_TRUE(write_file_atomic(path, xml).ok());
  const auto source = read_icd10cm(path);
  ASSERT_TRUE(source.ok()) << source.error().message;
  EXPECT_EQ(source->meta.version, "2099");
  EXPECT_FALSE(source->meta.need_definition);
  ASSERT_EQ(source->concepts.size(), 2U);
  EXPECT_EQ(source->concepts[0].types, std::vector<std::string>{"heading"});
  const auto& aliases = source->concepts[1].aliases;
  for (const char* name : {"Congestive heart failure NOS", "Congestive heart failure",
                           "Systolic heart failure", "Heart failure"}) {
    EXPECT_NE(std::find(aliases.begin(), aliases.end(), name), aliases.end()) << name;
  }
  ASSERT_TRUE(write_file_atomic(path, xml.substr(0, 200)).ok());
  EXPECT_NE(read_icd10cm(path).error().message.find("tabular"), std::string::npos);
  ASSERT_TRUE(write_file_atomic(path, "<html/>").ok());
  EXPECT_NE(read_icd10cm(path).error().message.find("icd10cm-tabular"), std::string::npos);
}

TEST(KbScispacy, ErrorsNameTheLine) {
  const auto bad = parse_scispacy_jsonl(
      "{\"concept_id\":\"C1\",\"canonical_name\":\"x\",\"aliases\":[],\"types\":[]}\n{\"concept_"
      "id\":",
      "kb.jsonl");
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message.find("kb.jsonl:2"), std::string::npos) << bad.error().message;
  EXPECT_FALSE(parse_scispacy_jsonl("{\"concept_id\":\"C1\"}\n", "kb.jsonl").ok());
}

}  // namespace
}  // namespace clue::concepts
