#include "metrics/pipe.h"

#include <gtest/gtest.h>

#include <sstream>

#include "metrics/squad.h"
#include "text/golden.h"

namespace clue::metrics {
namespace {

std::vector<nlohmann::json> run(const MetricPipe& pipe, const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out;
  const auto n = run_metric(pipe, in, out);
  EXPECT_TRUE(n.ok());
  std::vector<nlohmann::json> rows;
  std::istringstream lines(out.str());
  for (std::string l; std::getline(lines, l);) rows.push_back(nlohmann::json::parse(l));
  return rows;
}

TEST(Pipe, KeysOfEveryMetric) {
  const auto rouge = run({.name = "rouge"}, R"({"prediction":"a b","reference":"a c"})"
                                            "\n");
  ASSERT_EQ(rouge.size(), 1u);
  EXPECT_EQ(rouge[0]["rouge_1_f1"], 0.5);
  EXPECT_EQ(rouge[0].size(), 9u);
  const auto icd = run({.name = "icd"}, R"({"prediction":"I10, I10","reference":["I10","E11.9"]})");
  EXPECT_EQ(icd[0]["em_p"], 1.0);
  EXPECT_EQ(icd[0]["em_r"], 0.5);
  EXPECT_EQ(icd[0]["codes"], nlohmann::json({"I10"}));
  const MetricPipe published{.name = "icd", .rules = core::RuleSet::clue_2024};
  EXPECT_EQ(
      run(published, R"({"prediction":"I10, I10","reference":"I10, E119"})")[0]["codes"].size(),
      2u);
  EXPECT_EQ(run({.name = "label"}, "{\"prediction\":\"Neutral.\",\"reference\":\"neutral\"}")[0],
            nlohmann::json({{"accuracy", 1.0}}));
  EXPECT_EQ(run({.name = "choice"}, R"x({"prediction":"Answer: (b)","reference":"B"})x")[0],
            nlohmann::json({{"accuracy", 1.0}, {"choice", "B"}}));
}

TEST(Pipe, KeepsOrderAndNamesBadLines) {
  const auto rows = run({.name = "label"},
                        "{\"prediction\":\"neutral\",\"reference\":\"neutral\"}\n"
                        "nonsense\n\n"
                        "{\"prediction\":3,\"reference\":\"neutral\"}\r\n"
                        "{\"prediction\":\"\xFF\",\"reference\":\"neutral\"}\n"
                        "{\"prediction\":\"a\xE2\x80\xA8 neutral\",\"reference\":\"neutral\"}");
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0]["accuracy"], 1.0);
  EXPECT_TRUE(rows[1]["error"].get<std::string>().starts_with("line 2: not JSON")) << rows[1];
  EXPECT_EQ(rows[2]["error"], "line 4: \"prediction\" must be a string, found 3");
  EXPECT_TRUE(rows[3].contains("error"));
  EXPECT_EQ(rows[4]["accuracy"], 1.0);
  EXPECT_FALSE(metric_scorer({.name = "bleu"}).ok());
}

TEST(Pipe, SeveralReferencesAndNone) {
  const auto rouge = run({.name = "rouge"},
                         R"({"prediction":"a b c","reference":["x","a b","a b c d"]})"
                         "\n"
                         R"({"prediction":"a","reference":[]})");
  EXPECT_DOUBLE_EQ(rouge[0]["rouge_1_f1"].get<double>(), 6.0 / 7);
  EXPECT_TRUE(rouge[1]["rouge_l_f1"].is_null());
  EXPECT_EQ(rouge[1]["why"], "the list of references is empty");
  const auto squad = run({.name = "squad"}, R"({"prediction":"a","reference":[]})");
  EXPECT_TRUE(squad[0]["exact_match"].is_null());
  const auto choice = run({.name = "choice"}, R"({"prediction":"A","reference":["A","B"]})");
  EXPECT_TRUE(choice[0]["error"].get<std::string>().starts_with("line 1: ")) << choice[0];
}

TEST(Pipe, OptionsOfRougeStandInTheSignature) {
  const MetricPipe german{.name = "rouge", .rouge_unicode = true};
  const auto row = run(german, "{\"prediction\":\"\u00dcbel\",\"reference\":\"\u00fcbel\"}")[0];
  EXPECT_EQ(row["rouge_1_f1"], 1.0);
  EXPECT_EQ(row["signature"], "rouge|rouge_score 0.1.2|stemmer:no|letters:unicode");
}

TEST(Pipe, LongAndOddTexts) {
  std::string text;
  for (int i = 0; i < 10000; ++i) text += "word" + std::to_string(i % 700) + " ";
  const nlohmann::json pair = {{"prediction", text}, {"reference", text + "end"}};
  const nlohmann::json odd = {{"prediction", std::string("a\0b", 3)}, {"reference", "a b"}};
  for (const char* name : {"rouge", "squad", "icd", "label", "choice"}) {
    const auto rows = run({.name = name}, pair.dump() + "\n" + odd.dump() + "\n");
    ASSERT_EQ(rows.size(), 2u) << name;
    EXPECT_FALSE(rows[0].contains("error") || rows[1].contains("error")) << name;
  }
  const auto rouge = run({.name = "rouge"}, pair.dump() + "\n" + odd.dump())[0];
  EXPECT_DOUBLE_EQ(rouge["rouge_l_f1"].get<double>(), 2 * 10000.0 / 20001);
}

TEST(Pipe, PublishedLabelRule) {
  const MetricPipe pipe{.name = "label", .rules = core::RuleSet::clue_2024};
  EXPECT_EQ(run(pipe, R"({"prediction":"NONENTAILMENT","reference":"entailment"})")[0]["accuracy"],
            1.0);
}

TEST(Squad, EqualsPublishedRule) {
  const auto cases = text::golden_lines("squad.jsonl");
  ASSERT_EQ(cases.size(), 200u);
  for (const auto& c : cases) {
    EXPECT_EQ(normalize_squad(c["prediction"].get<std::string>()), c["normal"]) << c;
    const SquadScores s = score_squad(c["prediction"].get<std::string>(),
                                      c["references"].get<std::vector<std::string>>());
    EXPECT_EQ(s.exact_match, c["em"].get<double>()) << c;
    EXPECT_NEAR(s.token.f1, c["f1"].get<double>(), 1e-12) << c;
  }
}

}  // namespace
}  // namespace clue::metrics
