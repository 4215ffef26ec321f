// The board: published models and the user's runs in one table, and base/tuned pairs. Used by
// build.cc (JSON) and table.cc. Pure functions over data embedded from reference/.
#pragma once

#include <map>
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
};

struct BoardPair {
  std::string base, tuned;  ///< BoardRow::id
  std::string domain;
  std::string source;  ///< published | card | run
};

struct Board {
  std::string about;
  std::vector<BoardRow> rows;
  std::vector<BoardPair> pairs;
};

/// The published rows and pairs. A malformed embedded file is a bug and aborts.
[[nodiscard]] Board published_board();

/// One run's row. `tallies` are parallel to run.passes; passes of rules other than the run's first
/// pass's are left out. Level scores need every task of the level, whole, on real data.
[[nodiscard]] BoardRow run_row(const RunInput& run, const std::vector<PassTally>& tallies,
                               const std::string& id, const std::string& name);

/// Adds user rows, their pairs (model detail "base_model" names a row) and rank ranges among them.
void add_runs(Board& board, std::vector<BoardRow> rows, const std::vector<RunInput>& runs);

/// Mean over tasks of the mean over headline metrics; nullopt while any is missing.
[[nodiscard]] std::optional<double> level_score(
    int level, const std::map<std::string, std::map<std::string, double>>& metrics_by_task);

}  // namespace clue::report
