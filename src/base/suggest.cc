#include "base/suggest.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace clue {
namespace {

/// Optimal string alignment distance over bytes.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t same = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + same});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string closest_name(std::string_view name, std::span<const std::string> candidates) {
  constexpr std::size_t kLongest = 200;  // a name, not a text
  if (name.empty() || name.size() > kLongest) return {};
  const std::string wanted = ascii_lower(name);
  std::size_t best = wanted.size() / 3 + 2;  // more edits than this is another word
  std::string found;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongest) continue;
    const std::string lower = ascii_lower(candidate);
    std::size_t cost = edits(wanted, lower);
    // An abbreviation ("longheal") or a longer form is near, however many letters differ.
    if (std::min(wanted.size(), lower.size()) >= 3 &&
        (lower.starts_with(wanted) || wanted.starts_with(lower))) {
      cost = std::min<std::size_t>(cost, 1);
    }
    if (cost < best && cost < std::max(wanted.size(), lower.size())) {
      best = cost;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  const std::string found = closest_name(name, candidates);
  return found.empty() ? "" : "; did you mean \"" + found + "\"?";
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  const std::vector<std::string> names(candidates.begin(), candidates.end());
  return did_you_mean(name, names);
}

}  // namespace clue
