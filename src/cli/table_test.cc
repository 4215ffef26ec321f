#include "cli/table.h"

#include <gtest/gtest.h>

namespace clue::cli {
namespace {

TEST(Table, AlignsByCodePoints) {
  EXPECT_EQ(format_table({"a", "n"}, {{"Größe", "1"}, {"x", "100"}}, {false, true}),
            "a        n\n"
            "-----  ---\n"
            "Größe    1\n"
            "x      100\n");
}

TEST(Table, ResultsSayWhatIsMissingAndMarked) {
  run::RunResults r;
  r.model.name = "m";
  run::TaskResults t;
  t.pass.facts.spec.task = "meqsum";
  t.pass.facts.planned = 10;
  t.pass.facts.limit = 10;
  t.pass.facts.examples = true;
  t.pass.done = 10;
  t.pass.errors = 2;
  t.statuses = {{"answered", 7}, {"cut", 1}, {"error", 2}};
  core::Summary s;
  s.metric = "rouge_l_f1";
  s.mean = 0.45678;
  s.ci_low = 0.4;
  s.ci_high = 0.5;
  s.n = 8;
  s.headline = true;
  core::Summary none;
  none.metric = "bertscore_f1";
  none.why = "no encoder";
  t.metrics = {s, none};
  r.tasks = {t};
  const std::string text = results_table({r});
  for (const char* words : {"45.7", "40.0 to 50.0", "EXAMPLES, SUBSET, INCOMPLETE 8/10",
                            "bertscore_f1: no encoder"}) {
    EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
  }
}

}  // namespace
}  // namespace clue::cli
