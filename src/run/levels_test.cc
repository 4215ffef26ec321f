#include "run/levels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/test_paths.h"

namespace clue::run {
namespace {

using nlohmann::json;

void add(Headlines& headlines, const json& tasks, const char* published, const char* task,
         std::initializer_list<const char*> metrics) {
  if (!tasks.contains(published)) return;
  std::vector<std::optional<double>> values;
  for (const char* m : metrics) {
    const json& t = tasks[published];
    values.push_back(t.contains(m) && t[m].is_number() ? std::optional(t[m].get<double>())
                                                       : std::nullopt);
  }
  headlines[task] = values;
}

TEST(Levels, ReproduceEveryPublishedLevelScore) {
  const auto file = read_json(source_dir() / "reference" / "published_results.json");
  ASSERT_TRUE(file.ok()) << file.error().message;
  int checked = 0;
  for (const auto& [model, levels] : (*file)["levels"].items()) {
    ASSERT_TRUE((*file)["results"].contains(model)) << model;
    const json& tasks = (*file)["results"][model];
    Headlines h;
    add(h, tasks, "MedNLI", "mednli", {"accuracy"});
    add(h, tasks, "MeQSum", "meqsum", {"rouge_l", "rouge_1", "rouge_2", "bertscore_f1"});
    add(h, tasks, "ProblemSummary", "problemsummary",
        {"rouge_l", "rouge_1", "rouge_2", "bertscore_f1", "umls_f1"});
    add(h, tasks, "MeDiSumCode", "medisumcode", {"em_f1", "ap_f1", "valid_codes"});
    add(h, tasks, "MeDiSumQA", "medisumqa",
        {"rouge_l", "rouge_1", "rouge_2", "bertscore_f1", "umls_f1"});
    add(h, tasks, "LongHealth", "longhealth-1", {"task1_accuracy"});
    add(h, tasks, "LongHealth", "longhealth-2", {"task2_accuracy"});
    add(h, tasks, "LongHealth", "longhealth-3", {"task3_accuracy"});
    for (const int level : {1, 2}) {
      const std::string key = "level" + std::to_string(level);
      const std::optional<double> ours = level_score(level, h);
      if (!levels.contains(key)) {
        EXPECT_FALSE(ours.has_value()) << model << " has a gap at " << key;
        continue;
      }
      ASSERT_TRUE(ours.has_value()) << model << ' ' << key;
      EXPECT_NEAR(*ours, levels[key].get<double>(), 0.0051) << model << ' ' << key;
      ++checked;
    }
  }
  EXPECT_EQ(checked, 25 + 18);
}

TEST(Levels, AGapIsNeverFilledByTheRest) {
  Headlines h = {{"mednli", {80.0}}, {"meqsum", {20.0, std::nullopt}}, {"problemsummary", {10.0}}};
  EXPECT_FALSE(level_score(1, h).has_value());
  h["meqsum"] = {20.0, 40.0};
  EXPECT_DOUBLE_EQ(*level_score(1, h), 40.0);
  EXPECT_FALSE(level_score(2, h).has_value());
}

}  // namespace
}  // namespace clue::run
