#include "concepts/linker.h"

#include <algorithm>

#include "concepts/trigrams.h"

namespace clue::concepts {
namespace {
/// Mentions remembered at most; then the memo starts anew. About 100 MB of short lists.
constexpr std::size_t kMemoLimit = 500'000;
}  // namespace

Linker::Linker(const Kb& kb, LinkOptions options) : kb_(&kb), options_(options), searcher_(kb) {}

std::vector<Candidate> Linker::judge(const std::vector<Neighbour>& neighbours) const {
  std::vector<Candidate> all;
  for (const Neighbour& n : neighbours) {
    const double score = 1.0 - static_cast<double>(n.distance);
    for (const std::uint32_t c : kb_->row_concepts(n.row)) {
      const auto known = std::find_if(
          all.begin(), all.end(), [&](const Candidate& x) { return x.link.concept_number == c; });
      if (known == all.end()) {
        all.push_back({{c, n.row, score}, Candidate::Verdict::linked});
      } else if (score > known->link.score) {
        known->link = {c, n.row, score};
      }
    }
  }
  const bool need = options_.need_definition.value_or(kb_->meta().need_definition);
  for (Candidate& c : all) {
    const auto definition = kb_->definition(c.link.concept_number);
    if (need && !definition && c.link.score < options_.undefined_threshold) {
      c.verdict = Candidate::Verdict::undefined;
    } else if (!(c.link.score > options_.search.threshold)) {
      c.verdict = Candidate::Verdict::below_threshold;
    }
  }
  // Concept numbers ascend with the ids, so this is the reference's stable sort over sorted ids.
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    if ((a.verdict == Candidate::Verdict::linked) != (b.verdict == Candidate::Verdict::linked)) {
      return a.verdict == Candidate::Verdict::linked;
    }
    if (a.link.score != b.link.score) return a.link.score > b.link.score;
    return a.link.concept_number < b.link.concept_number;
  });
  std::size_t linked = 0;
  for (Candidate& c : all) {
    if (c.verdict == Candidate::Verdict::linked && ++linked > options_.max_concepts) {
      c.verdict = Candidate::Verdict::surplus;
    }
  }
  return all;
}

std::vector<Candidate> Linker::explain(std::string_view mention) {
  return judge(searcher_.search(mention, options_.search));
}

const std::vector<Link>& Linker::link(std::string_view mention) {
  // Only case and blanks are normalised away, so equal keys have equal vectors.
  std::string key = normalise_blanks(mention);
  if (const auto it = memo_.find(key); it != memo_.end()) return it->second;
  if (memo_.size() >= kMemoLimit) memo_.clear();
  std::vector<Link> links;
  for (const Candidate& c : explain(mention)) {
    if (c.verdict == Candidate::Verdict::linked) links.push_back(c.link);
  }
  return memo_.emplace(std::move(key), std::move(links)).first->second;
}

}  // namespace clue::concepts
