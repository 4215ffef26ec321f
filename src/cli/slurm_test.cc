#include "cli/slurm.h"

#include <gtest/gtest.h>

#include <map>

namespace clue::cli {
namespace {

using Vars = std::map<std::string, std::string>;

Result<std::optional<run::Shard>> part(const Vars& vars) {
  return slurm_shard([&](const char* name) {
    const auto it = vars.find(name);
    return it == vars.end() ? std::string() : it->second;
  });
}

std::string name(const Vars& vars) {
  const auto found = part(vars);
  if (!found.ok()) return found.error().message;
  return *found ? shard_folder_name(**found) : "all";
}

TEST(Slurm, TasksOfAStep) {
  EXPECT_EQ(name({}), "all");
  EXPECT_EQ(name({{"SLURM_PROCID", "3"}, {"SLURM_NTASKS", "8"}}), "shard-3-of-8");
  EXPECT_EQ(name({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}}), "all");
  const Vars step = {{"SLURM_JOB_ID", "17"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}};
  EXPECT_EQ(name(step), "all") << "the batch shell is no task";
  Vars task = step;
  task["SLURM_STEP_ID"] = "0";
  EXPECT_EQ(name(task), "shard-0-of-8");
}

TEST(Slurm, JobArrays) {
  EXPECT_EQ(name({{"SLURM_JOB_ID", "17"},
                  {"SLURM_ARRAY_TASK_ID", "5"},
                  {"SLURM_ARRAY_TASK_MIN", "1"},
                  {"SLURM_ARRAY_TASK_COUNT", "10"}}),
            "shard-4-of-10");
  EXPECT_EQ(name({{"SLURM_ARRAY_TASK_ID", "6"},
                  {"SLURM_ARRAY_TASK_MIN", "2"},
                  {"SLURM_ARRAY_TASK_STEP", "2"},
                  {"SLURM_ARRAY_TASK_COUNT", "4"}}),
            "shard-2-of-4");
  EXPECT_EQ(name({{"SLURM_JOB_ID", "17"},
                  {"SLURM_STEP_ID", "0"},
                  {"SLURM_ARRAY_TASK_ID", "1"},
                  {"SLURM_ARRAY_TASK_COUNT", "2"},
                  {"SLURM_PROCID", "3"},
                  {"SLURM_NTASKS", "4"}}),
            "shard-7-of-8")
      << "an array of steps";
}

TEST(Slurm, NonsenseIsAnError) {
  EXPECT_NE(name({{"SLURM_ARRAY_TASK_ID", "9"}, {"SLURM_ARRAY_TASK_COUNT", "3"}}).find("gaps"),
            std::string::npos);
  EXPECT_NE(name({{"SLURM_PROCID", "8"}, {"SLURM_NTASKS", "8"}}).find("--shard"),
            std::string::npos);
  EXPECT_NE(name({{"SLURM_PROCID", "x"}, {"SLURM_NTASKS", "8"}}).find("\"x\""), std::string::npos);
}

}  // namespace
}  // namespace clue::cli
