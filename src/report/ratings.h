// Do the metrics agree with people? Clinicians' ratings of a run's answers (RUN/ratings.db, made by
// `clue review --run`) against every per-sample score: rank correlations for the task view. Pure
// but for reading the file.
//
//   CLUE_TRY(auto ratings, read_ratings("runs/a"));
//   CLUE_TRY(RatedPass rated, correlate(pass, ratings));
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/input.h"

namespace clue::report {

/// answer id (store::output_id) -> scale -> mean over the reviewers.
struct Ratings {
  std::map<std::string, std::map<std::string, double>> by_answer;
  std::map<std::string, std::size_t> reviewers;  ///< answer id -> how many rated it
};

struct RatingCorrelation {
  std::string scale;               ///< correct, complete, concise
  std::string metric;              ///< a per-sample score of the pass
  std::size_t n = 0;               ///< answers with both
  std::optional<double> spearman;  ///< nullopt: fewer than two, or one of the two never varies
};

struct RatedPass {
  std::size_t answers = 0;    ///< of this pass that were rated
  std::size_t reviewers = 0;  ///< the most that rated one answer
  std::map<std::string, double> means;
  std::vector<RatingCorrelation> correlations;
};

/// No file: empty. Error: the file cannot be read.
[[nodiscard]] Result<Ratings> read_ratings(const std::filesystem::path& run);
/// An answer that changed since it was rated no longer counts.
[[nodiscard]] Result<RatedPass> correlate(const PassInput& pass, const Ratings& ratings);

}  // namespace clue::report
