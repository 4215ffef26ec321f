#include "datagen/qa_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "base/test_paths.h"
#include "models/mock_model.h"

namespace clue::datagen {
namespace {

using core::RuleSet;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Quiet : public run::Progress {
 public:
  void begin(std::string_view, std::size_t, std::size_t) override {}
  void finished(const core::Generation&) override {}
  void end() override {}
};

QaSet scored(const std::vector<std::pair<double, std::optional<double>>>& scores) {
  QaSet set;
  for (const auto& [rouge, bert] : scores) {
    QaPair& pair = set.pairs.emplace_back();
    pair.rouge_l = rouge;
    pair.bertscore = bert;
  }
  return set;
}

std::vector<std::size_t> chosen(QaSet set, std::size_t top_k, RuleSet rules) {
  select_pairs(top_k, rules, set);
  std::vector<std::size_t> out;
  for (const Choice& c : set.chosen) out.push_back(c.pair);
  return out;
}

TEST(Select, InTurnFromBothOrders) {
  // ROUGE order 2 0 1 3 (equal ones in file order), BERTScore order 3 2 1 0.
  const QaSet set = scored({{0.2, 0.9}, {0.2, 0.7}, {0.1, 0.6}, {0.5, 0.5}});
  EXPECT_THAT(chosen(set, 4, RuleSet::clue_2024), ElementsAre(2, 2, 1, 0)) << "2 twice, as published";
  EXPECT_THAT(chosen(set, 4, RuleSet::corrected), ElementsAre(2, 3, 0, 1));
  EXPECT_THAT(chosen(set, 3, RuleSet::corrected), ElementsAre(2, 3, 0));
  EXPECT_THAT(chosen(set, 99, RuleSet::corrected), ElementsAre(2, 3, 0, 1));
}

TEST(Select, WithoutBertScoreAndUnusablePairs) {
  QaSet set = scored({{0.2, {}}, {0.1, {}}, {0.0, {}}});
  set.pairs[2].why = "repeated";
  EXPECT_THAT(chosen(set, 5, RuleSet::corrected), ElementsAre(1, 0));
  EXPECT_THAT(chosen(set, 5, RuleSet::clue_2024), ElementsAre(1, 0));
  EXPECT_THAT(chosen(QaSet{}, 5, RuleSet::corrected), IsEmpty());
}

TEST(Prefill, JoinedOnce) {
  EXPECT_EQ(with_prefill("Statements:\n-", " You fell."), "Statements:\n- You fell.");
  EXPECT_EQ(with_prefill("Statements:\n-", "You fell."), "Statements:\n- You fell.");
  EXPECT_EQ(with_prefill("Statements:\n-", "Statements:\n- You fell."), "Statements:\n- You fell.");
  EXPECT_EQ(with_prefill("Statements:\n-", "\n- You fell."), "\n- You fell.");
  EXPECT_EQ(with_prefill("Question: ", "Why?"), "Question: Why?");
  EXPECT_EQ(with_prefill("Question: ", "Question: Why?"), "Question: Why?");
  EXPECT_EQ(with_prefill("Question: ", ""), "Question: ");
}

TEST(Evidence, TheLineWithMostOfTheAnswer) {
  const std::string letter = "Diagnosis: fracture\nThe fracture was treated with a plate.\nFollow-up";
  EXPECT_EQ(evidence_line(letter, "Your fracture was treated with a metal plate."),
            "The fracture was treated with a plate.");
  EXPECT_EQ(evidence_line(letter, "Your potassium was replaced."), "");
}

/// A folder with letters, options for it, and a model that says what it is asked to.
struct Pipeline {
  TempDir tmp;
  QaOptions options;
  int asked = 0;
  std::unique_ptr<models::Model> model = models::make_mock([this](const models::Request& r) {
    ++asked;
    core::Generation g;
    const bool first = r.task == "generate-statements";
    const std::string& user = r.prompt->messages.back().content;
    last_prompt = user;
    if (user.find("silent") != std::string::npos) return g;
    g.text = first ? " It was the flu.\n- It was the flu.\n- It was the flu.\n- Dr. ___ came.\n"
                   : "What was it?\nAnswer: It was the flu.\nQuestion: What was it?\nAnswer: It was "
                     "the flu.\nQuestion: Who?\nAnswer: Nobody.\nQuestion: And then?\nAnswer: It was "
                     "the flu.";
    return g;
  });
  std::string last_prompt;

  explicit Pipeline(RuleSet rules = RuleSet::corrected) {
    const std::string head = "You were admitted to the hospital.\n\n\n\nDischarge Instructions:\nDear,\n";
    std::string rows = "note_id,text\n";
    for (const char* id : {"a", "b", "c"}) {
      rows += std::string(id) + ",\"" + head + (*id == 'c' ? "silent" : "You had the flu.") + "\"\n";
    }
    EXPECT_TRUE(write_file_atomic(tmp / "n.csv", rows).ok());
    options.notes = tmp / "n.csv";
    options.out = tmp / "out";
    options.rules = rules;
    options.profile = *load_profile("mimic-iv");
    options.wording = *load_wording("en", options.profile.reader);
  }
  QaSet make() {
    Result<QaSet> set = choose_letters(options);
    EXPECT_TRUE(set.ok()) << set.error().message;
    Quiet quiet;
    EXPECT_TRUE(ask(options, *model, quiet, {}, *set).ok());
    EXPECT_TRUE(score_pairs({}, options.rules, *set).ok());
    select_pairs(options.top_k, options.rules, *set);
    EXPECT_TRUE(write_set(options, *set).ok());
    return *std::move(set);
  }
};

std::size_t count_of(const QaSet& set, const std::string& name) {
  for (const auto& [key, n] : count_set(set)) {
    if (key == name) return n;
  }
  return 0;
}

TEST(Pipeline, EveryStepIsCountedAndKept) {
  Pipeline p;
  const QaSet set = p.make();
  EXPECT_EQ(p.asked, 5) << "three letters, two with statements";
  EXPECT_EQ(count_of(set, "letters: empty answer"), 1U);
  EXPECT_EQ(count_of(set, "lines dropped: repeated"), 4U);
  EXPECT_EQ(count_of(set, "lines dropped: anonymised"), 2U);
  EXPECT_EQ(count_of(set, "usable pairs"), 4U) << "the last pair has no line end";
  EXPECT_EQ(count_of(set, "pairs dropped: repeated"), 2U);
  EXPECT_EQ(count_of(set, "pairs dropped: the answer is none of the statements"), 2U);
  EXPECT_THAT(p.last_prompt, HasSubstr("- It was the flu."));
  p.make();
  EXPECT_EQ(p.asked, 5) << "nothing is asked twice";

  const Result<json> written = read_json(p.options.out / "MeDiSumQA.json");
  ASSERT_TRUE(written.ok());
  ASSERT_EQ(written->size(), 4U);
  EXPECT_EQ((*written)[0]["generator"], "mock");
  EXPECT_EQ((*written)[0]["discharge_summary"], "You were admitted to the hospital.");
}

TEST(Pipeline, PublishedRulesKeepRepeatsAndLoseTheLastPair) {
  Pipeline p(RuleSet::clue_2024);
  const QaSet set = p.make();
  EXPECT_EQ(count_of(set, "statements"), 6U);
  EXPECT_EQ(count_of(set, "usable pairs"), 4U);
  EXPECT_EQ(set.pairs[0].question, set.pairs[1].question);
}

TEST(Pipeline, TheUsersOwnExampleLetter) {
  Pipeline p;
  p.options.example_note = "a";
  p.options.example_statements = "- One.\nTwo.\n";
  const QaSet set = p.make();
  EXPECT_EQ(set.letters.size(), 2U) << "the example is not asked about";
  EXPECT_THAT(p.options.wording.statements.example_field, HasSubstr("You had the flu."));
  EXPECT_EQ(p.options.wording.statements.example_answer, "Statements:\n- One.\n- Two.");
  p.options.example_note = "z";
  EXPECT_THAT(choose_letters(p.options).error().message, HasSubstr("--example-note z"));
}

TEST(Wording, ErrorsNameFileAndKey) {
  const std::string yaml = *read_file(source_dir() / "profiles/prompts/de.yaml");
  const auto complaint = [&](const std::string& from, const std::string& to) {
    return parse_wording(replace_all(yaml, from, to), "w.yaml", "x").error().message;
  };
  EXPECT_TRUE(parse_wording(yaml, "w.yaml", "x").ok());
  EXPECT_THAT(complaint("{letter}", "{brief}"), HasSubstr("w.yaml: statements: user: {brief}"));
  EXPECT_THAT(complaint("      - Wie entwickelten sich die Schwellungen?\n", ""),
              HasSubstr("6 statements and 5 questions"));
  EXPECT_THAT(complaint("prefill: \"Frage: \"", ""), HasSubstr("\"prefill\" is missing"));
  EXPECT_THAT(load_wording("en", "my aunt")->questions.prompts.system, HasSubstr("my aunt"));
}

}  // namespace
}  // namespace clue::datagen
