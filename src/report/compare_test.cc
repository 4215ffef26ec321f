// Paired comparisons, ties and rank ranges on invented runs in memory.
#include "report/compare.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/board.h"
#include "report/catalogue.h"
#include "report/table.h"

namespace clue::report {
namespace {

struct Item {
  std::string id, cluster;
  double score = 0;
  std::string text = "the same text";
  bool failed = false;
};

PassInput pass(const std::string& task, std::vector<Item> items) {
  PassInput out;
  out.row.facts.spec.task = task;
  out.row.facts.model.name = "invented";
  out.row.facts.planned = out.row.done = items.size();
  core::Summary s;
  s.metric = "accuracy";
  s.signature = "accuracy|rules:corrected";
  s.headline = true;
  s.n = items.size();
  double sum = 0;
  for (const Item& i : items) sum += i.score;
  s.mean = sum / static_cast<double>(items.size());
  out.summaries = {s};
  out.samples = [items](const std::function<bool(const store::SampleRow&)>& visit) -> Status {
    for (const Item& item : items) {
      store::SampleRow row;
      row.sample.id = item.id;
      row.sample.cluster = item.cluster;
      row.sample.fields = {{"text", item.text}};
      row.prompt.messages = {{core::Role::user, item.text}};
      if (item.failed) row.generation.error = "the server is gone";
      core::Score score;
      score.metric = "accuracy";
      if (!item.failed) score.value = item.score;
      row.scores = {score};
      if (!visit(row)) break;
    }
    return {};
  };
  return out;
}

std::vector<Item> items(std::size_t n, std::size_t right, std::size_t per_cluster = 0) {
  std::vector<Item> out;
  for (std::size_t i = 0; i < n; ++i) {
    Item item{std::to_string(i), "", i < right ? 1.0 : 0.0};
    if (per_cluster > 0) item.cluster = "patient " + std::to_string(i / per_cluster);
    out.push_back(item);
  }
  return out;
}

std::vector<RunInput> two(std::vector<Item> a, std::vector<Item> b) {
  return {{"runs/a", {pass("mednli", std::move(a))}}, {"runs/b", {pass("mednli", std::move(b))}}};
}

TEST(Compare, PairsOnlyWhatIsTheSameAndSaysWhatIsNot) {
  auto a = items(40, 30);
  auto b = items(40, 10);
  a[3].text = "another letter under the same id";
  b[4].failed = true;
  b.pop_back();  // 39 was never asked
  const auto all = compare_runs(two(a, b));
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 1U);
  const ComparisonInput& c = all->front();
  EXPECT_EQ(c.common, 37U);
  EXPECT_EQ(c.only_a, 2U);
  EXPECT_EQ(c.only_b, 0U);
  EXPECT_EQ(c.other_text, 1U);
  EXPECT_EQ(c.metrics.at(0).n, 37U);
  EXPECT_EQ(c.uncommon.size(), 3U);
  const std::string text = comparison_text(*all, two(a, b));
  for (const char* words :
       {"37 common samples; 2 only in A, 0 only in B", "1 with another text or reference",
        "the generation failed in B: 4", "B did not ask it: 39", "exact McNemar"}) {
    EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
  }
}

TEST(Compare, EveryFormHasTheSameNumbers) {
  const auto runs = two(items(200, 150), items(200, 100));
  const auto all = compare_runs(runs);
  ASSERT_TRUE(all.ok());
  for (const std::string& text : {comparison_text(*all, runs), comparison_markdown(*all, runs),
                                  comparison_latex(*all, runs)}) {
    for (const char* number : {"75.0", "50.0", "+25.0", "200"}) {
      EXPECT_NE(text.find(number), std::string::npos) << number << "\n" << text;
    }
  }
  const auto json = comparisons_json(*all, runs);
  EXPECT_DOUBLE_EQ(json[0]["metrics"][0]["diff"].get<double>(), 0.25);
  EXPECT_EQ(json[0]["metrics"][0]["family"], 1);
}

TEST(Compare, RefusesOtherRulesAndSignatures) {
  auto runs = two(items(20, 10), items(20, 5));
  runs[1].passes[0].rules = core::RuleSet::clue_2024;
  auto all = compare_runs(runs);
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 1U);
  EXPECT_NE(all->front().refused.find("different rules"), std::string::npos);
  runs = two(items(20, 10), items(20, 5));
  runs[1].passes[0].summaries[0].signature = "accuracy|another";
  all = compare_runs(runs);
  EXPECT_NE(all->front().refused.find("computed differently"), std::string::npos);
  // How many texts an encoder had to cut is a count, not another way of computing.
  runs[0].passes[0].summaries[0].signature = "bertscore|cut:1";
  runs[1].passes[0].summaries[0].signature = "bertscore|cut:7";
  all = compare_runs(runs);
  EXPECT_EQ(all->front().refused, "");
}

TEST(Compare, NotesThatOptionsWereRankedDifferently) {
  auto runs = two(items(20, 10), items(20, 5));
  for (RunInput& run : runs) run.passes[0].row.facts.spec.extra["answer"] = "logprob";
  auto all = compare_runs(runs);
  ASSERT_TRUE(all.ok());
  EXPECT_TRUE(all->front().notes.empty());
  runs[1].passes[0].row.facts.model.details["logprobs"] = "first token, top 20";
  all = compare_runs(runs);
  ASSERT_EQ(all->front().notes.size(), 1U);
  EXPECT_EQ(all->front().notes[0],
            "Options were ranked differently: by whole likelihood and by first token, top 20.");
  EXPECT_EQ(all->front().refused, "");
}

TEST(Compare, HolmRunsOverHeadlineMetricsOfAllTasks) {
  std::vector<RunInput> runs = two(items(60, 40), items(60, 31));
  runs[0].passes.push_back(pass("longhealth-1", items(60, 41)));
  runs[1].passes.push_back(pass("longhealth-1", items(60, 30)));
  const auto all = compare_runs(runs);
  ASSERT_EQ(all->size(), 2U);
  for (const ComparisonInput& c : *all) {
    EXPECT_EQ(c.metrics[0].family, 2U);
    EXPECT_GE(*c.metrics[0].p_holm, *c.metrics[0].p);
  }
}

TEST(Board, SharedPatientsWidenTheIntervalOverTasks) {
  // The same ten patients in both parts, answered alike: twice the samples tell nothing new.
  std::vector<Scored> one, alone;
  for (int i = 0; i < 100; ++i) {
    const double value = i % 10 < 5 ? 1.0 : 0.0;
    one.push_back({std::to_string(i), 0, "patient " + std::to_string(i % 10), value});
    alone.push_back({std::to_string(i), 0, "other " + std::to_string(i % 10), value});
  }
  const Estimate single = clustered_mean(one);
  const Estimate shared = clustered_mean({{&one, 0.5}, {&one, 0.5}});
  const Estimate apart = clustered_mean({{&one, 0.5}, {&alone, 0.5}});
  EXPECT_NEAR(*shared.error, *single.error, 1e-12);
  EXPECT_LT(*apart.error, 0.75 * *single.error);
}

TEST(Titles, ConceptScoresNameTheirDictionary) {
  EXPECT_EQ(metric_title("concept_f1", "Concept F1, ICD-10-CM 2025 (1a2b3c4d), dictionary matcher"),
            "Concept F1 (ICD-10-CM 2025, dictionary)");
  EXPECT_EQ(
      metric_title("concept_r", "UMLS F1, UMLS 2020AA (1a2b3c4d), en_core_sci_sm, query idf on"),
      "Concept recall (UMLS 2020AA, en_core_sci_sm)");
  EXPECT_EQ(metric_title("concept_f1", "UMLS F1, UMLS 2020AA (1a2b3c4d), en_core_sci_sm"),
            "UMLS F1 (UMLS 2020AA, en_core_sci_sm)");
  EXPECT_EQ(metric_title("concept_f1"), "Concept F1");
}

TEST(Paper, BoldOnlyOutsideTheTieGroup) {
  const auto clear = latex_paper(two(items(200, 180), items(200, 100)));
  ASSERT_TRUE(clear.ok());
  EXPECT_NE(clear->find("\\textbf{90.0}"), std::string::npos) << *clear;
  const auto tied = latex_paper(two(items(200, 101), items(200, 100)));
  ASSERT_TRUE(tied.ok());
  EXPECT_EQ(tied->find("\\textbf"), std::string::npos);
  EXPECT_EQ(tied->find("bootstrap"), std::string::npos) << "no interval was made, none is claimed";
  EXPECT_EQ(tied->find("rouge"), std::string::npos);
}

}  // namespace
}  // namespace clue::report
