#include "datagen/letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/test_paths.h"
#include "datagen/notes.h"

namespace clue::datagen {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

LetterProfile profile(const std::string& name) {
  const auto path = source_dir() / "profiles" / (name + ".yaml");
  Result<std::string> yaml = read_file(path);
  EXPECT_TRUE(yaml.ok());
  Result<LetterProfile> p = parse_profile(*yaml, path.string());
  EXPECT_TRUE(p.ok()) << p.error().message;
  return *p;
}

std::vector<json> golden(const std::string& name) {
  Result<std::string> text = read_file(source_dir() / "tests" / "golden" / name);
  EXPECT_TRUE(text.ok()) << text.error().message;
  std::vector<json> out;
  for (const std::string_view line : split_lines(*text)) out.push_back(json::parse(line));
  EXPECT_FALSE(out.empty());
  return out;
}

TEST(Letter, EqualsThePublishedScripts) {
  LetterProfile mimic = profile("mimic-iv");
  LetterProfile first_cut = mimic;
  first_cut.cut_at = {"Followup Instructions"};
  for (const json& row : golden("medisumqa_letters.jsonl")) {
    const std::string text = row["text"];
    SCOPED_TRACE(text);
    const Letter letter = take_apart(text, mimic);
    EXPECT_EQ(json(letter.parts), row["paragraphs"]);
    EXPECT_EQ(json(letter.instructions), row["instructions"]);
    EXPECT_EQ(letter.rest, row["without_instructions"].get<std::string>());
    EXPECT_EQ(letter.source, row["before_pleasure"].get<std::string>());
    EXPECT_EQ(take_apart(text, first_cut).source, row["processed"].get<std::string>());
    EXPECT_EQ(letter.admitted, row["admitted_filter"].get<bool>());
  }
}

TEST(Letter, ModelTextEqualsThePublishedScripts) {
  const LetterProfile mimic = profile("mimic-iv");
  const auto pairs = [](const std::vector<QuestionAnswer>& qas) {
    json out = json::array();
    for (const QuestionAnswer& qa : qas) out.push_back({qa.question, qa.answer});
    return out;
  };
  for (const json& row : golden("medisumqa_llm_text.jsonl")) {
    const std::string output = row["qa_output"];
    SCOPED_TRACE(output);
    const auto statements = parse_statements(row["llm_output"].get<std::string>(), mimic, core::RuleSet::clue_2024);
    EXPECT_EQ(json(statements), row["statements"]);
    EXPECT_EQ(pairs(parse_questions(output, row["given_statements"], core::RuleSet::clue_2024)),
              row["qas"]);
    EXPECT_EQ(pairs(parse_questions(output, statements, core::RuleSet::clue_2024)),
              row["qas_from_parsed"]);
  }
}

TEST(Letter, CorrectedKeepsTheLastPair) {
  const std::string text = "Question: Why?\nAnswer: You fell.";
  EXPECT_TRUE(parse_questions(text, {"You fell."}, core::RuleSet::clue_2024).empty());
  const auto kept = parse_questions(text, {"You fell."}, core::RuleSet::corrected);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].question, "Why?");
  EXPECT_TRUE(parse_questions("Question: \nAnswer: x\n", {"x"}, core::RuleSet::corrected).empty());
  EXPECT_TRUE(parse_questions("", {"x"}, core::RuleSet::corrected).empty());
}

TEST(Letter, HeadingLines) {
  const Letter l = take_apart(
      "Sehr geehrte Frau Kollegin,\nDiagnosen:\n1. Vorhofflimmern\n\nEpikrise:\nDie Aufnahme "
      "erfolgte "
      "bei Dyspnoe.\nLabor bei Aufnahme\nCRP 12\nVerlauf : gut\nProcedere\nKontrolle\n",
      profile("grascco"));
  EXPECT_EQ(l.source, "Die Aufnahme erfolgte bei Dyspnoe.\ngut");
  EXPECT_THAT(l.rest, HasSubstr("Diagnosen:\n1. Vorhofflimmern"));
  EXPECT_THAT(l.rest, HasSubstr("CRP 12\nProcedere\nKontrolle"));
}

TEST(Letter, CapitalsInRunningText) {
  const Letter l = take_apart(
      "ADMISSION DIAGNOSES:,1.  Syncope.,HOSPITAL COURSE: , The patient is 44.,DISCHARGE "
      "INSTRUCTIONS:,Rest. Call Dr. X: now.,PLAN:,None.",
      profile("mtsamples"));
  EXPECT_EQ(l.source, "The patient is 44.\nRest. Call Dr. X: now.");
  EXPECT_THAT(l.rest, HasSubstr("1.  Syncope."));
  EXPECT_THAT(l.rest, HasSubstr("PLAN:"));
}

TEST(Letter, OpenLettersHaveSourceText) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto with_source = [](const std::filesystem::path& path, const LetterProfile& p) {
    std::size_t n = 0;
    Result<NoteCounts> counts = for_each_note(path, p, [&](Note& note) {
      n += take_apart(note.text, p).source.empty() ? 0 : 1;
      return true;
    });
    EXPECT_TRUE(counts.ok()) << counts.error().message;
    return std::pair(n, counts.ok() ? counts->letters : 0);
  };
  const auto [german, german_all] = with_source(*shared / "data/grascco", profile("grascco"));
  EXPECT_EQ(german_all, 44U);
  EXPECT_GE(german, 15U);
  const auto [english, english_all] =
      with_source(*shared / "data/mtsamples/discharge_summaries_70pct.csv", profile("mtsamples"));
  EXPECT_EQ(english_all, 75U);
  EXPECT_GE(english, 55U);
}

TEST(Profile, ErrorsNameLineAndKey) {
  const auto message = [](std::string_view yaml) {
    Result<LetterProfile> p = parse_profile(yaml, "own.yaml");
    return p.ok() ? std::string("fine") : p.error().message;
  };
  EXPECT_EQ(message("name: x\ninstructions: [a]\n"), "fine");
  EXPECT_THAT(message("name: x\ninstrutions: [a]\n"), HasSubstr("own.yaml:2: unknown key"));
  EXPECT_THAT(message("name: x\ninstrutions: [a]\n"), HasSubstr("did you mean \"instructions\""));
  EXPECT_THAT(message("name: x\n"), HasSubstr("\"instructions\" is missing"));
  EXPECT_THAT(message("name: x\nsplit: words\ninstructions: a\n"), HasSubstr("own.yaml:2: split"));
  EXPECT_THAT(message("name: [x\n"), HasSubstr("own.yaml:"));
  EXPECT_THAT(message("- a\n"), HasSubstr("a map of keys"));
  EXPECT_THAT(message("name: x\nencoding: utf-7\ninstructions: a\n"), HasSubstr("latin-1"));
}

}  // namespace
}  // namespace clue::datagen
