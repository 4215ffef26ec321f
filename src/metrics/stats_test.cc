#include "metrics/stats.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "text/golden.h"

namespace clue::metrics {
namespace {

using Values = std::vector<double>;

const nlohmann::json& golden() {
  static const nlohmann::json j = text::golden_lines("stats.json").at(0);
  return j;
}

TEST(Stats, SharesEqualStatsmodels) {
  for (const auto& c : golden()["shares"]) {
    const auto w = wilson(c[0], c[1], c[2]);
    const auto e = clopper_pearson(c[0], c[1], c[2]);
    EXPECT_NEAR(w.first, c[3].get<double>(), 1e-12) << c;
    EXPECT_NEAR(w.second, c[4].get<double>(), 1e-12) << c;
    EXPECT_NEAR(e.first, c[5].get<double>(), 1e-10) << c;
    EXPECT_NEAR(e.second, c[6].get<double>(), 1e-10) << c;
  }
}

TEST(Stats, StudentsFactorEqualsTables) {  // scipy.stats.t.ppf
  EXPECT_NEAR(student_t_factor(1), 12.706204736174694, 1e-9);
  EXPECT_NEAR(student_t_factor(19), 2.093024054408263, 1e-10);
  EXPECT_NEAR(student_t_factor(10, 0.99), 3.169272672616834, 1e-10);
  EXPECT_NEAR(student_t_factor(1e6), 1.9599663867, 1e-6);
}

TEST(Stats, TestsEqualScipy) {
  for (const auto& c : golden()["mcnemar"])
    EXPECT_NEAR(mcnemar_exact(c[0], c[1]), c[2].get<double>(), 1e-12) << c;
  for (const auto& c : golden()["adjust"]) {
    const Values p = c["p"], h = holm(p), b = benjamini_hochberg(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_NEAR(h[i], c["holm"][i].get<double>(), 1e-14);
      EXPECT_NEAR(b[i], c["bh"][i].get<double>(), 1e-14);
    }
  }
  for (const auto& c : golden()["normal"])
    EXPECT_NEAR(normal_quantile(c[0]), c[1].get<double>(), 1e-9);
  for (const auto& c : golden()["sign_flip"]) {
    const auto t = compare_paired(Values(c["a"]), Values(c["b"]), {}, {.draws = 20000});
    ASSERT_TRUE(t.has_value());
    EXPECT_EQ(t->exact, c["exact"].get<bool>());
    EXPECT_NEAR(t->p_sign_flip, c["p"].get<double>(), t->exact ? 1e-12 : 0.012);
  }
}

TEST(Stats, AgreementEqualsReference) {
  for (const auto& c : golden()["correlation"]) {
    EXPECT_NEAR(*pearson(Values(c["x"]), Values(c["y"])), c["pearson"].get<double>(), 1e-12);
    EXPECT_NEAR(*spearman(Values(c["x"]), Values(c["y"])), c["spearman"].get<double>(), 1e-12);
  }
  for (const auto& c : golden()["kappa"]) {
    const std::vector<std::string> a = c["a"], b = c["b"];
    EXPECT_NEAR(*cohen_kappa(a, b), c["kappa"].get<double>(), 1e-12);
  }
  const std::vector<std::string> same = {"x", "x"};
  EXPECT_FALSE(cohen_kappa(same, same).has_value());
  EXPECT_FALSE(pearson(Values{1, 1}, Values{1, 2}).has_value());
}

TEST(Stats, BootstrapNearScipy) {
  for (const auto& c : golden()["bootstrap"]) {
    const auto ci = bootstrap_ci(Values(c["values"]), {}, {.draws = 20000});
    ASSERT_TRUE(ci.has_value());
    EXPECT_NEAR(ci->low, c["low"].get<double>(), 0.06 * c["se"].get<double>());
    EXPECT_NEAR(ci->high, c["high"].get<double>(), 0.06 * c["se"].get<double>());
  }
}

TEST(Stats, ClustersAreDrawnAndFlippedWhole) {
  ASSERT_EQ(golden()["clustered"].size(), 3u);
  for (const auto& c : golden()["clustered"]) {
    const std::vector<std::string> ids = c["ids"];
    const Values a = c["a"], b = c["b"];
    const auto ci = bootstrap_ci(a, ids, {.draws = 20000});
    const auto t = compare_paired(a, b, ids, {.draws = 20000});
    ASSERT_TRUE(ci && t);
    for (const auto& [got, want] : {std::pair{*ci, c["mean"]}, {t->difference, c["difference"]}}) {
      EXPECT_NEAR(got.low, want[0].get<double>(), 0.06 * want[2].get<double>());
      EXPECT_NEAR(got.high, want[1].get<double>(), 0.06 * want[2].get<double>());
    }
    EXPECT_EQ(t->clusters, std::set<std::string>(ids.begin(), ids.end()).size());
    EXPECT_EQ(t->exact, t->clusters <= 16);
    EXPECT_NEAR(t->p_sign_flip, c["p"].get<double>(), t->exact ? 1e-12 : 0.012);
  }
  for (const auto& c : golden()["detectable"]) {
    EXPECT_NEAR(*minimum_detectable_difference(c[0], c[1], c[2], c[3]), c[4].get<double>(), 1e-9);
  }
}

TEST(Stats, PairedTestDoesNotDependOnThreadsOrOrder) {
  Values a, b;
  for (int i = 0; i < 400; ++i) {
    a.push_back(static_cast<double>(i * 37 % 101) / 100.0);
    b.push_back(static_cast<double>(i * 53 % 97) / 100.0);
  }
  const auto one = compare_paired(a, b, {}, {.draws = 5000, .threads = 1});
  const auto many = compare_paired(a, b, {}, {.draws = 5000, .threads = 5});
  EXPECT_EQ(one->difference.low, many->difference.low);
  EXPECT_EQ(one->difference.high, many->difference.high);
  EXPECT_EQ(one->p_bootstrap, many->p_bootstrap);
  EXPECT_EQ(one->p_sign_flip, many->p_sign_flip);
  const auto swapped = compare_paired(b, a, {}, {.draws = 5000});
  EXPECT_DOUBLE_EQ(swapped->difference.mean, -one->difference.mean);
  EXPECT_EQ(swapped->p_sign_flip, one->p_sign_flip);
}

TEST(Stats, ThreadsAndSeeds) {
  Values v;
  std::vector<std::string> ids;
  for (int i = 0; i < 300; ++i) {
    v.push_back(static_cast<double>(i * 37 % 101) / 100.0);
    ids.push_back("p" + std::to_string(i / 15));
  }
  const auto one = bootstrap_ci(v, ids, {.seed = 4, .threads = 1});
  const auto many = bootstrap_ci(v, ids, {.seed = 4, .threads = 3});
  const auto other = bootstrap_ci(v, ids, {.seed = 5});
  EXPECT_EQ(one->low, many->low);
  EXPECT_EQ(one->high, many->high);
  EXPECT_NE(one->low, other->low);
  EXPECT_EQ(one->method, "bootstrap-percentile, 2000 draws, seed 4, 20 clusters");
  EXPECT_FALSE(bootstrap_ci({}, {}).has_value());
  EXPECT_EQ(bootstrap_ci(Values{0.5}, {})->high, 0.5);
}

TEST(Stats, BoardPlaces) {
  const Values means = {0.5, 0.9, 0.88, 0.6};
  std::vector<std::vector<double>> p(4, Values(4, 0.001));
  p[1][2] = p[2][1] = 0.4;
  p[0][3] = p[3][0] = 0.2;
  const auto places = place(means, p);
  EXPECT_EQ(places[1].rank, 1u);
  EXPECT_EQ(places[2].best, 1u);
  EXPECT_EQ(places[2].worst, 2u);
  EXPECT_EQ(places[2].tie_group, 1u);
  EXPECT_EQ(places[0].best, 3u);
  EXPECT_EQ(places[0].worst, 4u);
  EXPECT_EQ(places[3].tie_group, 2u);
  EXPECT_NEAR(*minimum_detectable_difference(0.3, 100), 0.0840, 1e-4);
}

}  // namespace
}  // namespace clue::metrics
