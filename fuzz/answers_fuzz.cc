// The readers of model answers: codes, labels, letters. Spans must lie inside the text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "metrics/choice.h"
#include "metrics/icd.h"
#include "metrics/label.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clue;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto table = metrics::builtin_icd_table(metrics::IcdTableId::y2026);
  static const std::vector<std::string> labels = {"entailment", "neutral", "contradiction"};
  static const std::vector<std::string> options = {"Aspirin", "Heparin", "Warfarin"};
  for (const core::Answer& a :
       {metrics::parse_icd_answer(text, core::RuleSet::corrected, *table),
        metrics::parse_icd_answer(text, core::RuleSet::clue_2024, *table),
        metrics::parse_label(text, labels), metrics::parse_choice(text, options),
        metrics::parse_choice_strict(text)}) {
    CLUE_CHECK(a.begin <= a.end && a.end <= size);
  }
  (void)metrics::label_right_2024(text, "neutral");
  return 0;
}
