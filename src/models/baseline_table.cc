// The functions behind baseline:KIND, one row for each kind and task that has its own.
#include <array>

#include "models/baseline.h"

namespace clue::models {
namespace {

constexpr std::array<BaselineRow, 2> kRows = {{
    {"majority", "", majority_of_shots},
    {"random", "", random_of_shots},
}};

}  // namespace

std::span<const BaselineRow> baseline_rows() { return kRows; }

}  // namespace clue::models
