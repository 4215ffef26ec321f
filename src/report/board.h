// The board: published models and the user's runs in one table, and base/tuned pairs. Used by
// build.cc (JSON) and table.cc. Pure functions over data embedded from reference/.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "report/input.h"
#include "report/tally.h"

namespace clue::report {

struct Figure {
  Estimate at;
  std::string method;
  std::string why;
};

struct BoardRow {
  std::string id;
  bool mine = false;
  std::string run;  ///< "r0"
  std::string name;
  std::string family;
  std::optional<double> size_b;
  std::string domain;
  bool on_board = true;
  Figure level1, level2;
  std::optional<std::pair<std::size_t, std::size_t>> rank1, rank2;
  std::map<std::string, Figure> scores;   ///< by published task key, "MeQSum"
  std::map<std::string, Figure> metrics;  ///< "MeQSum/rouge_l"
  std::optional<std::size_t> tie1, tie2;  ///< tie group among the user's runs, 1: the best
  core::RuleSet rules = core::RuleSet::corrected;
  std::map<std::string, std::string> signatures;     ///< by key of `metrics`
  std::map<std::string, std::vector<Part>> samples;  ///< by key of `scores`; into the tallies
};

/// A tuned model's score against its base's on one task.
struct PairScore {
  std::optional<double> base, tuned, diff;
  std::optional<double> low, high;  ///< only where both have samples: paired, clustered
};

struct BoardPair {
  std::string base, tuned;  ///< BoardRow::id
  std::string domain;
  std::string source;                            ///< published | card | run
  std::map<std::string, PairScore> scores = {};  ///< by key of BoardRow::scores
};

struct Board {
  std::string about;
  std::vector<BoardRow> rows;
  std::vector<BoardPair> pairs;
};

/// The published rows and pairs. A malformed embedded file is a bug and aborts.
[[nodiscard]] Board published_board();

/// One run's row. `tallies` are parallel to run.passes; passes of rules other than the run's first
/// pass's are left out. Level scores need every task of the level, whole, on real data. The row
/// points into `tallies`.
[[nodiscard]] BoardRow run_row(const RunInput& run, const std::vector<PassTally>& tallies,
                               const std::string& id, const std::string& name);

/// Adds user rows and their pairs (model detail "base_model" names a row, or `pairs` does: indices
/// of base and tuned run), fills every pair's scores, and ranks the user's rows: paired differences
/// of the level scores, Holm-corrected over all pairs of runs, decide ties and rank ranges.
void add_runs(Board& board, std::vector<BoardRow> rows, const std::vector<RunInput>& runs,
              const std::vector<std::pair<std::size_t, std::size_t>>& pairs = {});

[[nodiscard]] nlohmann::ordered_json board_json(const Board& board);

}  // namespace clue::report
