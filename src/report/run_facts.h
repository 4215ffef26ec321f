// A run's head in the report: names, marks, what differs from the published setting, and whether
// texts may be inside. Used by build.cc and table.cc. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/input.h"

namespace clue::report {

/// A path, command line or model name as a share-safe report shows it: folders are left out.
[[nodiscard]] std::string without_folders(std::string_view text);

struct TextChoice {
  bool with = true;
  std::string reason;  ///< for the reader; "" when there is nothing to say
};
/// `asked` unset: texts only when every pass's data is open.
[[nodiscard]] TextChoice choose_text(const std::vector<RunInput>& runs, std::optional<bool> asked);

/// Display names, made different where two runs share one.
[[nodiscard]] std::vector<std::string> run_names(const std::vector<RunInput>& runs);

/// "EXAMPLES, SUBSET, INCOMPLETE 8/10": a pass's marks for tables.
[[nodiscard]] std::string pass_marks(const PassInput& pass);

/// (kind, text) pairs: subset, examples, engine-check, incomplete, floor, estimate.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> run_marks(const RunInput& run);

/// The run's JSON without its passes.
[[nodiscard]] nlohmann::ordered_json run_json(const RunInput& run, const std::string& id,
                                              const std::string& name, bool with_text);
/// Titles, kinds and metrics of every task that occurs.
[[nodiscard]] nlohmann::ordered_json tasks_json(const std::vector<RunInput>& runs);

}  // namespace clue::report
