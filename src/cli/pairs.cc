#include "cli/pairs.h"

#include <filesystem>
#include <map>

namespace clue::cli {

Result<PairedRuns> read_paired_runs(const std::vector<std::string>& folders,
                                    const std::vector<std::string>& pairs,
                                    std::optional<core::RuleSet> rules) {
  PairedRuns out;
  std::map<std::string, std::size_t> known;
  const auto add = [&](const std::string& folder) -> Result<std::size_t> {
    // "runs/a" and "runs/a/" are one folder.
    std::string key = std::filesystem::path(folder).lexically_normal().string();
    while (key.size() > 1 && key.ends_with('/')) key.pop_back();
    if (const auto found = known.find(key); found != known.end()) return found->second;
    CLUE_TRY(report::RunInput run, report::read_run(folder, rules));
    out.runs.push_back(std::move(run));
    known[key] = out.runs.size() - 1;
    return out.runs.size() - 1;
  };
  for (const std::string& folder : folders) {
    CLUE_TRY(const std::size_t index, add(folder));
    (void)index;
  }
  for (const std::string& pair : pairs) {
    const std::size_t mark = pair.find('=');
    if (mark == std::string::npos || mark == 0 || mark + 1 == pair.size()) {
      return Error{ErrorCode::invalid_argument,
                   "--pairs " + pair + ": use BASE=TUNED, two run folders"};
    }
    CLUE_TRY(const std::size_t base, add(pair.substr(0, mark)));
    CLUE_TRY(const std::size_t tuned, add(pair.substr(mark + 1)));
    if (base == tuned) {
      return Error{ErrorCode::invalid_argument, "--pairs " + pair + ": base and tuned are one run"};
    }
    out.pairs.emplace_back(base, tuned);
  }
  return out;
}

}  // namespace clue::cli
