// The functions behind baseline:KIND, one row for each kind and task that has its own.
#include <array>

#include "models/baseline.h"
#include "models/baseline_lexical.h"

namespace clue::models {
namespace {

constexpr std::array<BaselineRow, 14> kRows = {{
    {"lexical", "mednli", lexical_mednli},
    {"lexical", "meqsum", lexical_meqsum},
    {"lexical", "problemsummary", lexical_problems},
    {"lexical", "longhealth-1", lexical_choice},
    {"lexical", "longhealth-2", lexical_choice},
    {"lexical", "longhealth-3", lexical_choice},
    {"lexical", "medisumqa", lexical_question},
    {"lexical", "medisumqa-official", lexical_question},
    {"lexical", "medisumcode", lexical_codes},
    {"lexical", "", lexical_general},
    {"majority", "mednli", first_mednli},
    {"majority", "", first_choice},
    {"random", "mednli", random_mednli},
    {"random", "", random_choice},
}};

}  // namespace

std::span<const BaselineRow> baseline_rows() { return kRows; }

}  // namespace clue::models
