#include "cli/results_json.h"

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace clue::cli {

std::string results_json(const std::vector<run::RunResults>& runs) {
  nlohmann::json all = nlohmann::json::array();
  for (const run::RunResults& r : runs) all.push_back(run::results_document(r));
  return dump_json(all, 1) + "\n";
}

}  // namespace clue::cli
