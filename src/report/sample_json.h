// One sample as the page reads it, and the columns of the sample list. Used by build.cc.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/texts.h"
#include "store/run_store.h"

namespace clue::report {

/// `texts` null: share-safe, every letter, prompt, output, reference and free remark left out.
[[nodiscard]] nlohmann::ordered_json sample_json(const store::SampleRow& row, TextTable* texts);

/// The sample list in columns; small, loaded as a whole.
class SampleColumns {
 public:
  void add(const store::SampleRow& row, bool with_text);
  [[nodiscard]] nlohmann::ordered_json to_json() const;

 private:
  std::vector<std::string> ids_, previews_;
  std::vector<int> repeats_, prompt_tokens_, output_tokens_;
  std::vector<int> status_;
  std::map<std::string, std::vector<std::optional<double>>> scores_;
};

}  // namespace clue::report
