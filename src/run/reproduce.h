// Did a run come out the same again? Compares a stored pass with another of the same task: what
// pins it, then prompts, outputs and scores of the samples that both have. Used by `clue
// reproduce`, which asks a part of a run again into a folder of its own. Reads both stores, writes
// nothing.
//
//   CLUE_TRY(Reproduction r, compare_passes({&old_store, &old_pass}, {&new_store, &new_pass},
//   rules)); if (!r.same()) tell(r.checks, r.samples);
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/run_store.h"

namespace clue::run {

struct Check {
  std::string what;  ///< "data file (sha256)"
  std::string stored, found;
  [[nodiscard]] bool ok() const { return stored == found; }
};

/// A sample that came out differently.
struct SampleDifference {
  std::string sample;
  int repeat = 0;
  std::string what;           ///< "prompt", "output", or the metric
  std::string stored, found;  ///< outputs and scores; empty for prompts
  std::size_t at = 0;         ///< outputs: first differing byte
};

struct Reproduction {
  std::vector<Check> checks;
  std::size_t asked = 0;   ///< samples that both have
  std::size_t equal = 0;   ///< of these, the same in everything
  std::size_t purged = 0;  ///< of these, without their old text: only scores are compared
  std::vector<SampleDifference> samples;

  [[nodiscard]] bool same() const;
};

struct StoredPass {
  store::RunStore* store = nullptr;
  const store::PassRow* pass = nullptr;
};

/// Scores are those of `rules`; a score that only one side has does not count as a difference.
[[nodiscard]] Result<Reproduction> compare_passes(const StoredPass& old_run,
                                                  const StoredPass& new_run, core::RuleSet rules);

}  // namespace clue::run
