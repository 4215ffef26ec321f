#include "cli/prompt_sets.h"

#include <gtest/gtest.h>

#include "tasks/library.h"

namespace clue::cli {
namespace {

std::vector<tasks::Task> two_tasks() {
  return tasks::select_tasks("mednli,meqsum", tasks::load_library().value()).value();
}

TEST(PromptSets, AllIsEveryWording) {
  std::vector<tasks::Task> tasks = two_tasks();
  tasks::PromptSet own = tasks[1].file.prompts[0];
  own.name = "own";
  tasks[1].file.prompts.push_back(own);
  const auto all = prompt_choices("all", tasks);
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ((*all)[0].name, "default");
  EXPECT_EQ((*all)[0].tasks.size(), 2U);
  EXPECT_EQ((*all)[2].name, "own");
  ASSERT_EQ((*all)[2].tasks.size(), 1U);  // only the task that has it
  EXPECT_EQ((*all)[2].tasks[0].file.name, "meqsum");
  EXPECT_EQ(prompt_choices("brief, default", tasks)->size(), 2U);
  const auto wrong = prompt_choices("clue-2024", tasks);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().message,
            "--prompts clue-2024: task mednli has default, brief (clue prompts import adds the "
            "published wording)");
}

TEST(PromptSets, TableShowsTheRange) {
  const auto result = [](const char* set, double mean) {
    run::RunResults r;
    r.model.name = "m";
    run::TaskResults t;
    t.pass.facts.spec.task = "mednli";
    t.pass.facts.spec.prompt_set = set;
    core::Summary s;
    s.metric = "accuracy";
    s.mean = mean;
    s.headline = true;
    t.metrics = {s};
    r.tasks = {t};
    return r;
  };
  EXPECT_EQ(prompt_table({result("default", 0.5)}), "");
  EXPECT_EQ(prompt_table({result("default", 0.5), result("brief", 0.75)}),
            "the same under each wording:\n"
            "model  task    metric    default  brief  range\n"
            "-----  ------  --------  -------  -----  -----\n"
            "m      mednli  accuracy     50.0   75.0   25.0\n");
}

}  // namespace
}  // namespace clue::cli
