#include "report/ratings.h"

#include <algorithm>

#include "metrics/stats.h"
#include "store/review_store.h"

namespace clue::report {

Result<Ratings> read_ratings(const std::filesystem::path& run) {
  CLUE_TRY(const auto log, store::ReviewStore::read(run / "ratings.db"));
  Ratings out;
  for (const auto& [item, by] : store::in_force(log)) {
    std::map<std::string, std::vector<double>> values;
    std::size_t people = 0;
    for (const auto& [who, entry] : by) {
      if (entry.action != "rate") continue;
      ++people;
      for (const auto& [scale, value] : entry.ratings) values[scale].push_back(value);
    }
    if (people == 0) continue;
    out.reviewers[item] = people;
    for (const auto& [scale, all] : values) out.by_answer[item][scale] = metrics::mean(all);
  }
  return out;
}

Result<RatedPass> correlate(const PassInput& pass, const Ratings& ratings) {
  RatedPass out;
  if (ratings.by_answer.empty()) return out;
  using Pairs = std::pair<std::vector<double>, std::vector<double>>;  // rating, score
  std::map<std::pair<std::string, std::string>, Pairs> by_scale_and_metric;
  std::map<std::string, std::vector<double>> means;
  CLUE_OK(pass.samples([&](const store::SampleRow& row) {
    const std::string id = store::output_id(pass.row.facts.spec.task, row.sample.id,
                                            row.prompt.repeat, row.generation.text);
    const auto rated = ratings.by_answer.find(id);
    if (rated == ratings.by_answer.end()) return true;
    ++out.answers;
    out.reviewers = std::max(out.reviewers, ratings.reviewers.at(id));
    for (const auto& [scale, value] : rated->second) {
      means[scale].push_back(value);
      for (const core::Score& score : row.scores) {
        if (!score.value) continue;
        Pairs& pairs = by_scale_and_metric[{scale, score.metric}];
        pairs.first.push_back(value);
        pairs.second.push_back(*score.value);
      }
    }
    return true;
  }));
  for (const auto& [scale, values] : means) out.means[scale] = metrics::mean(values);
  for (const auto& [key, pairs] : by_scale_and_metric) {
    out.correlations.push_back(
        {key.first, key.second, pairs.first.size(), metrics::spearman(pairs.first, pairs.second)});
  }
  return out;
}

}  // namespace clue::report
