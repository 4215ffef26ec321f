#include "run/levels.h"

#include <array>

#include "base/check.h"

namespace clue::run {
namespace {

using Group = std::vector<std::string_view>;  ///< tasks whose headline values form one task score

const std::vector<Group>& groups(int level) {
  static const std::array<std::vector<Group>, 2> kLevels = {{
      {{"mednli"}, {"meqsum"}, {"problemsummary"}},
      {{"medisumcode"}, {"medisumqa"}, {"longhealth-1", "longhealth-2", "longhealth-3"}},
  }};
  CLUE_CHECK(level == 1 || level == 2);
  return kLevels[static_cast<std::size_t>(level - 1)];
}

}  // namespace

std::optional<double> task_score(const std::vector<std::optional<double>>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const std::optional<double>& v : values) {
    if (!v) return std::nullopt;
    sum += *v;
  }
  return sum / static_cast<double>(values.size());
}

std::optional<double> level_score(int level, const Headlines& headlines) {
  std::vector<std::optional<double>> tasks;
  for (const Group& group : groups(level)) {
    std::vector<std::optional<double>> values;
    for (const std::string_view task : group) {
      const auto it = headlines.find(task);
      if (it == headlines.end()) return std::nullopt;
      values.insert(values.end(), it->second.begin(), it->second.end());
    }
    tasks.push_back(task_score(values));
  }
  return task_score(tasks);
}

}  // namespace clue::run
