#include "cli/prompt_sets.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "cli/table.h"
#include "report/format.h"

namespace clue::cli {
namespace {

std::vector<std::string> all_names(const std::vector<tasks::Task>& tasks) {
  std::vector<std::string> names;
  for (const tasks::Task& task : tasks) {
    for (const tasks::PromptSet& set : task.file.prompts) {
      if (std::find(names.begin(), names.end(), set.name) == names.end()) {
        names.push_back(set.name);
      }
    }
  }
  return names;
}

Error no_such_set(const std::string& name, const tasks::Task& task) {
  std::vector<std::string> names;
  for (const tasks::PromptSet& set : task.file.prompts) names.push_back(set.name);
  return {ErrorCode::invalid_argument, "--prompts " + name + ": task " + task.file.name + " has " +
                                           join(names, ", ") +
                                           " (clue prompts import adds the published wording)"};
}

}  // namespace

Result<std::vector<PromptChoice>> prompt_choices(const std::string& flag,
                                                 const std::vector<tasks::Task>& tasks) {
  std::vector<std::string> names;
  if (flag == "all") {
    names = all_names(tasks);
  } else {
    for (const std::string_view part : split(flag, ',')) names.emplace_back(trim(part));
  }
  std::vector<PromptChoice> out;
  for (const std::string& name : names) {
    PromptChoice choice{name, {}};
    for (const tasks::Task& task : tasks) {
      if (task.file.prompt_set(name) != nullptr) choice.tasks.push_back(task);
      if (flag != "all" && task.file.prompt_set(name) == nullptr) return no_such_set(name, task);
    }
    out.push_back(std::move(choice));
  }
  return out;
}

std::string prompt_table(const std::vector<run::RunResults>& runs) {
  using Key = std::tuple<std::string, std::string, std::string>;  // model, task, metric
  std::vector<Key> order;
  std::map<Key, std::map<std::string, std::optional<double>>> cells;
  std::vector<std::string> sets;
  for (const run::RunResults& r : runs) {
    for (const run::TaskResults& t : r.tasks) {
      const std::string& set = t.pass.facts.spec.prompt_set;
      if (std::find(sets.begin(), sets.end(), set) == sets.end()) sets.push_back(set);
      for (const core::Summary& s : t.metrics) {
        if (!s.headline) continue;
        const Key key{r.model.name, t.pass.facts.spec.task, s.metric};
        if (!cells.contains(key)) order.push_back(key);
        cells[key][set] = s.mean;
      }
    }
  }
  if (sets.size() < 2) return "";
  std::vector<std::string> header = {"model", "task", "metric"};
  header.insert(header.end(), sets.begin(), sets.end());
  header.emplace_back("range");
  std::vector<std::vector<std::string>> rows;
  for (const Key& key : order) {
    std::vector<std::string> row = {std::get<0>(key), std::get<1>(key), std::get<2>(key)};
    std::optional<double> low, high;
    for (const std::string& set : sets) {
      const auto cell = cells[key].find(set);
      const std::optional<double> value = cell == cells[key].end() ? std::nullopt : cell->second;
      row.push_back(report::percent(value));
      if (!value) continue;
      low = std::min(low.value_or(*value), *value);
      high = std::max(high.value_or(*value), *value);
    }
    row.push_back(low ? report::percent(*high - *low) : "-");
    rows.push_back(std::move(row));
  }
  std::vector<bool> right(header.size(), true);
  right[0] = right[1] = right[2] = false;
  return "the same under each wording:\n" + format_table(header, rows, right);
}

}  // namespace clue::cli
