// What the decisions of a review come to: each reviewer's own view (blind to the others), progress,
// agreement, what needs an adjudicator, the accepted set. Pure functions over a set and its log.
//
//   store::Decisions d = store::in_force(log);  // last word of each reviewer on each item
//   auto settled = settle(set, d);              // accepted, rejected, open, disputed
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "serve/review_set.h"
#include "store/review_store.h"

namespace clue::serve {

enum class Verdict { open, accepted, rejected, disputed };

struct Settled {
  Verdict verdict = Verdict::open;
  std::string question, answer;  ///< accepted: as edited
  bool edited = false;
  std::vector<std::string> reviewers;
};

/// An item is settled by the adjudicator's word, else by all who decided it agreeing (accept and
/// accept; edits with the same texts; reject and reject whatever the reason). Anything else is
/// disputed; no decision: open. Same order as set.items.
[[nodiscard]] std::vector<Settled> settle(const ReviewSet& set, const store::Decisions& decisions);

struct PairAgreement {
  std::string a, b;
  std::string scale;  ///< "decision" (accept, edit, reject), "kept" (accept or edit against
                      ///< reject), or a rating's scale
  std::size_t n = 0;  ///< items both decided
  double share = 0;   ///< of them, alike
  std::optional<double> kappa;  ///< Cohen's; nullopt where undefined
};
/// For every two reviewers (no adjudicator) with common items, each scale.
[[nodiscard]] std::vector<PairAgreement> agreement(const store::Decisions& decisions);

/// The accepted pairs as JSON, one array, a record a line: the records of the file with Question
/// and Answer as settled and "review": {"reviewers", "edited"} added. `clue run -t medisumqa` reads
/// it.
[[nodiscard]] Result<std::string> accepted_json(const ReviewSet& set,
                                                const std::vector<Settled>& settled);

}  // namespace clue::serve
