#include "cli/table.h"

#include <fmt/format.h>

#include "base/check.h"
#include "core/names.h"
#include "report/table.h"

namespace clue::cli {
namespace {

report::RunInput as_input(const run::RunResults& results, const std::string& folder) {
  report::RunInput out;
  out.folder = folder;
  for (const run::TaskResults& t : results.tasks) {
    report::PassInput pass;
    pass.row = t.pass;
    pass.rules = results.rules;
    pass.summaries = t.metrics;
    pass.statuses.emplace();
    for (const auto& [name, count] : t.statuses) {
      if (const auto status = core::from_name<core::AnswerStatus>(name)) {
        (*pass.statuses)[static_cast<std::size_t>(*status)] = count;
      }
    }
    out.passes.push_back(std::move(pass));
  }
  return out;
}

}  // namespace

std::string results_table(const std::vector<run::RunResults>& runs,
                          const std::vector<std::string>& folders) {
  std::vector<report::RunInput> inputs;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    inputs.push_back(as_input(runs[i], i < folders.size() ? folders[i] : ""));
  }
  const auto rows = report::table_rows(inputs, true);
  CLUE_CHECK(rows.ok());  // every status is known: no store is read
  std::string out = report::text_table(*rows);
  for (const run::RunResults& r : runs) {
    for (const auto& [name, value] : {std::pair{"level 1", r.level1}, {"level 2", r.level2}}) {
      if (value) out += fmt::format("{}: {} {}\n", r.model.name, name, report::percent(value));
    }
  }
  return out;
}

}  // namespace clue::cli
