// From a mention to concepts, by scispaCy's EntityLinker rules. Used by the concept metric and
// `kb link`. A Linker remembers mentions it has seen and keeps scratch space: one per thread.
//
//   Linker linker(kb, {});
//   for (const Link& l : linker.link("heart failure")) use(kb.concept_name(l.concept_number));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "concepts/kb.h"
#include "concepts/kb_search.h"

namespace clue::concepts {

struct LinkOptions {
  SearchOptions search;
  double undefined_threshold = 0.95;    ///< concepts without definition below this are dropped
  std::optional<bool> need_definition;  ///< unset: as the dictionary says
  std::size_t max_concepts = 5;
};

struct Link {
  std::uint32_t concept_number = 0;
  std::uint32_t row = 0;  ///< the alias with the best score
  double score = 0;       ///< 1 - distance
};

/// A concept among the nearest aliases, and what the rules said about it.
struct Candidate {
  enum class Verdict { linked, undefined, below_threshold, surplus };
  Link link;
  Verdict verdict = Verdict::linked;
};

class Linker {
 public:
  explicit Linker(const Kb& kb, LinkOptions options = {});

  [[nodiscard]] const Kb& kb() const { return *kb_; }
  [[nodiscard]] const LinkOptions& options() const { return options_; }

  /// Best first; equal scores by ascending concept id. At most max_concepts.
  [[nodiscard]] const std::vector<Link>& link(std::string_view mention);
  /// Every concept of the nearest aliases with its verdict: linked ones first, then by score.
  [[nodiscard]] std::vector<Candidate> explain(std::string_view mention);
  /// The rules applied to given neighbours (nearest first).
  [[nodiscard]] std::vector<Candidate> judge(const std::vector<Neighbour>& neighbours) const;

  [[nodiscard]] std::size_t remembered() const { return memo_.size(); }

 private:
  const Kb* kb_;
  LinkOptions options_;
  Searcher searcher_;
  std::unordered_map<std::string, std::vector<Link>> memo_;
};

}  // namespace clue::concepts
