// The scores of one pass in memory, read from the store once however many pairs it stands in. Used
// by compare.cc and ties.cc. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "report/input.h"

namespace clue::report {

using SampleKey = std::pair<std::string, int>;  ///< sample id, repeat

struct SampleScores {
  std::string cluster;
  std::size_t content = 0;                    ///< hash of text and reference; 0: purged
  std::size_t prompt = 0;                     ///< hash of the messages; 0: purged
  std::vector<std::optional<double>> values;  ///< as PassScores::metrics
};

struct PassScores {
  std::vector<std::string> metrics;
  std::map<SampleKey, SampleScores> samples;
  std::set<SampleKey> failed;  ///< infrastructure errors: missing, not wrong
};

/// Reads passes when they are first asked for and keeps them.
class ScoreCache {
 public:
  explicit ScoreCache(const std::vector<RunInput>& runs) : runs_(&runs) {}
  [[nodiscard]] Result<const PassScores*> get(std::size_t run, std::size_t pass);

 private:
  const std::vector<RunInput>* runs_;
  std::map<std::pair<std::size_t, std::size_t>, std::unique_ptr<PassScores>> kept_;
};

/// One metric over the samples that two passes share, aligned. Clusters are empty when each sample
/// is its own.
struct PairedColumn {
  std::vector<double> a, b;
  std::vector<std::string> clusters;
};
[[nodiscard]] PairedColumn paired_column(const PassScores& a, const PassScores& b,
                                         const std::string& metric);

}  // namespace clue::report
