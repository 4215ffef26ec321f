#include <algorithm>
#include <map>

#include "report/input.h"

namespace clue::report {

Result<RunInput> read_run(const std::filesystem::path& folder, std::optional<core::RuleSet> rules) {
  CLUE_TRY(store::RunStore opened, store::RunStore::open_read(folder));
  const auto store = std::make_shared<store::RunStore>(std::move(opened));
  CLUE_TRY(std::vector<store::PassRow> rows, store->passes());
  // The newest pass of each task, in order of first sight: the choice results.json makes.
  std::vector<store::PassRow> newest;
  for (store::PassRow& row : rows) {
    const auto found = std::ranges::find_if(newest, [&](const store::PassRow& other) {
      return other.facts.spec.task == row.facts.spec.task;
    });
    if (found == newest.end()) {
      newest.push_back(std::move(row));
    } else if (found->id < row.id) {
      *found = std::move(row);
    }
  }
  RunInput out;
  out.folder = folder.string();
  for (const store::PassRow& row : newest) {
    std::vector<core::RuleSet> sets;
    if (rules) {
      sets = {*rules};
    } else {
      for (const core::RuleSet set : {core::RuleSet::corrected, core::RuleSet::clue_2024}) {
        CLUE_TRY(std::vector<core::Summary> found, store->summaries(row.id, set));
        if (!found.empty()) sets.push_back(set);
      }
      if (sets.empty()) sets = {core::RuleSet::corrected};  // not scored yet
    }
    for (const core::RuleSet set : sets) {
      PassInput pass;
      pass.row = row;
      pass.rules = set;
      CLUE_TRY(pass.summaries, store->summaries(row.id, set));
      pass.samples = [store, id = row.id,
                      set](const std::function<bool(const store::SampleRow&)>& visit) {
        return store->samples(id, set, visit);
      };
      out.passes.push_back(std::move(pass));
    }
  }
  return out;
}

}  // namespace clue::report
