#include "report/ratings.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "store/review_store.h"

namespace clue::report {
namespace {
namespace fs = std::filesystem;

/// A pass of n answers with the score i / n.
PassInput pass_of(int n) {
  PassInput pass;
  pass.row.facts.spec.task = "medisumqa";
  pass.samples = [n](const std::function<bool(const store::SampleRow&)>& visit) -> Status {
    for (int i = 0; i < n; ++i) {
      store::SampleRow row;
      row.sample.id = std::to_string(i);
      row.generation.text = "answer " + std::to_string(i);
      core::Score score;
      score.metric = "rouge_l_f1";
      score.value = static_cast<double>(i) / n;
      row.scores = {score};
      if (!visit(row)) break;
    }
    return {};
  };
  return pass;
}

store::ReviewEntry rating(int sample, const std::string& answer, const std::string& who,
                          int correct) {
  store::ReviewEntry e;
  e.item = store::output_id("medisumqa", std::to_string(sample), 0, answer);
  e.reviewer = who;
  e.action = "rate";
  e.ratings = {{"correct", correct}, {"concise", 3}};
  e.at = "2026-01-01T00:00:00Z";
  return e;
}

TEST(Ratings, CorrelateWithEveryScore) {
  std::string name = (fs::temp_directory_path() / "clue-ratings-XXXXXX").string();
  const fs::path run = mkdtemp(name.data());
  EXPECT_TRUE(read_ratings(run)->by_answer.empty()) << "no file, no ratings";
  {
    auto store = store::ReviewStore::open(run / "ratings.db");
    ASSERT_TRUE(store);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(store->append(rating(i, "answer " + std::to_string(i), "A", 1 + i)));
      ASSERT_TRUE(
          store->append(rating(i, "answer " + std::to_string(i), "B", 2 + i > 5 ? 5 : 2 + i)));
    }
    ASSERT_TRUE(store->append(rating(4, "an answer that has changed since", "A", 1)));
  }
  const auto ratings = read_ratings(run);
  ASSERT_TRUE(ratings) << ratings.error().message;
  const auto rated = correlate(pass_of(5), *ratings);
  ASSERT_TRUE(rated);
  EXPECT_EQ(rated->answers, 4U);
  EXPECT_EQ(rated->reviewers, 2U);
  EXPECT_DOUBLE_EQ(rated->means.at("correct"), 3.0);
  ASSERT_EQ(rated->correlations.size(), 2U);
  EXPECT_EQ(rated->correlations[0].scale, "concise");
  EXPECT_FALSE(rated->correlations[0].spearman) << "a rating that never varies";
  EXPECT_EQ(rated->correlations[1].n, 4U);
  EXPECT_NEAR(*rated->correlations[1].spearman, 1, 1e-12);
  fs::remove_all(run);
}

}  // namespace
}  // namespace clue::report
