#include "concepts/concept_f1.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/test_paths.h"
#include "base/text.h"
#include "concepts/kb_build.h"

namespace clue::concepts {
namespace {

using nlohmann::json;

Kb build(const KbSource& source) {
  auto bytes = build_kb(source);
  CLUE_CHECK(bytes.ok());
  auto kb = Kb::from_bytes(std::move(*bytes), "test");
  CLUE_CHECK(kb.ok());
  return std::move(*kb);
}

TEST(ConceptF1, GoldenPairsEndToEnd) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto folder = *shared / "golden" / "umls";
  auto source = read_scispacy_jsonl(folder / "linker" / "kb.jsonl.gz");
  ASSERT_TRUE(source.ok());
  ConceptOptions options;
  options.spacy = folder / "spacy_tiny" / "model";
  auto x = ConceptExtractor::with(build(*source), options);
  ASSERT_TRUE(x.ok()) << x.error().message;
  EXPECT_TRUE(x->name().starts_with("Concept F1 (kb")) << x->name();
  const auto text = read_file(folder / "e2e" / "expected.jsonl");
  for (const auto line : split_lines(*text)) {
    const json c = json::parse(line);
    const auto prediction = x->extract(c["pred"].get<std::string>(), true);
    const auto label = x->extract(c["label"].get<std::string>(), true);
    ASSERT_TRUE(prediction.ok() && label.ok());
    const json& want = c["exact"];
    EXPECT_EQ(json(prediction->names), want["pred_entities"]) << c["id"];
    EXPECT_EQ(json(label->names), want["label_entities"]) << c["id"];
    const ConceptScore s = compare(*prediction, *label);
    EXPECT_DOUBLE_EQ(s.precision, want["P"].get<double>()) << c["id"];
    EXPECT_DOUBLE_EQ(s.recall, want["R"].get<double>()) << c["id"];
    EXPECT_DOUBLE_EQ(s.f1, want["F"].get<double>()) << c["id"];
  }
}

KbSource tiny() {
  KbSource s;
  s.meta.kind = "icd10cm";
  s.meta.name = "ICD-10-CM";
  s.meta.version = "2025";
  s.meta.hash = "0123456789abcdef";
  s.concepts = {{"I50", "Heart failure", {"cardiac failure"}, {"T047"}, {}},
                {"I50.2", "Systolic (congestive) heart failure", {}, {"T047"}, {}},
                {"R50", "Fever", {"pyrexia"}, {"T184"}, {}},
                {"C91", "Leukemia", {"ALL"}, {"T191"}, {}}};
  return s;
}

TEST(ConceptF1, DictionaryMatcherTakesTheLongestEntry) {
  auto x = ConceptExtractor::with(build(tiny()), {});
  ASSERT_TRUE(x.ok());
  EXPECT_EQ(x->name(), "Concept F1 (ICD-10-CM 2025, dictionary)");
  const std::string text =
      "All had systolic congestive heart\nfailure; PYREXIA and ALL. Heart. Failure";
  const auto got = x->extract(text, true);
  ASSERT_TRUE(got.ok());
  ASSERT_EQ(got->mentions.size(), 3U);
  EXPECT_EQ(x->kb().concept_id(got->mentions[0].concept_number), "I50.2");
  EXPECT_EQ(text.substr(got->mentions[1].begin, got->mentions[1].end - got->mentions[1].begin),
            "PYREXIA");
  EXPECT_EQ(x->kb().concept_id(got->mentions[2].concept_number), "C91");
}

TEST(ConceptF1, AbbreviationsAreResolvedOnlyWhenAsked) {
  const std::string text = "Heart failure (HF) since 2019. HF is stable.";
  auto plain = ConceptExtractor::with(build(tiny()), {});
  EXPECT_EQ(plain->extract(text, true)->mentions.size(), 1U);
  ConceptOptions options;
  options.abbreviations = true;
  auto resolving = ConceptExtractor::with(build(tiny()), options);
  const auto got = resolving->extract(text, true);
  ASSERT_EQ(got->mentions.size(), 3U);
  EXPECT_EQ(got->mentions[2].long_form, "Heart failure");
  EXPECT_EQ(text.substr(got->mentions[2].begin, 2), "HF");
  EXPECT_NE(resolving->signature(true).find("abbreviations resolved"), std::string::npos);
}

TEST(ConceptF1, OnlyAUmlsDictionaryBehindAPipelineIsCalledUmls) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  KbSource source = tiny();
  source.meta.kind = "umls";
  source.meta.name = "UMLS";
  source.meta.version = "2022_ab";
  auto matcher = ConceptExtractor::with(build(source), {});
  EXPECT_EQ(matcher->name(), "Concept F1 (UMLS 2022_ab, dictionary)");
  EXPECT_EQ(matcher->signature(true), "Concept F1, UMLS 2022_ab (01234567), dictionary matcher");
  ConceptOptions options;
  options.spacy = *shared / "golden" / "umls" / "spacy_tiny" / "model";
  auto both = ConceptExtractor::with(build(source), options);
  ASSERT_TRUE(both.ok());
  EXPECT_TRUE(both->name().starts_with("UMLS F1 (UMLS 2022_ab, en_")) << both->name();
  EXPECT_TRUE(both->signature(false).ends_with("query idf off")) << both->signature(false);
  options.link.search.threshold = 0.8;
  options.link.need_definition = false;
  options.types = {"T047"};
  auto strict = ConceptExtractor::with(build(source), options);
  EXPECT_TRUE(strict->signature(true).ends_with(
      "query idf on, threshold 0.8, definition filter off, types T047"))
      << strict->signature(true);
}

TEST(ConceptF1, CompareCountsNamesIdsAndMissedTypes) {
  auto x = ConceptExtractor::with(build(tiny()), {});
  const auto a = x->extract("fever, heart failure", true);
  const auto b = x->extract("cardiac failure and leukemia", true);
  const auto none = x->extract("nothing here", true);
  const ConceptScore s = compare(*a, *b);
  EXPECT_DOUBLE_EQ(s.precision, 0.5);
  EXPECT_DOUBLE_EQ(s.recall, 0.5);
  EXPECT_DOUBLE_EQ(s.f1, 0.5);
  EXPECT_EQ(s.missed, std::vector<std::string>{"Leukemia"});
  EXPECT_EQ(s.missed_types.at("T191"), 1U);
  const ConceptScore empty = compare(*none, *none);
  EXPECT_EQ(empty.f1, 0.0);
  EXPECT_TRUE(empty.both_empty);
  ConceptOptions filtered;
  filtered.types = {"T184"};
  auto y = ConceptExtractor::with(build(tiny()), filtered);
  EXPECT_EQ(y->extract("fever, heart failure", true)->names.size(), 1U);
}

}  // namespace
}  // namespace clue::concepts
