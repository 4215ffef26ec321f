// Tasks of a user's own: YAML files over the same answer kinds, and MedHELM's form.
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/test_paths.h"
#include "tasks/dataset.h"
#include "tasks/library.h"
#include "tasks/render.h"

namespace clue::tasks {
namespace {

Task own(const std::string& name) {
  const auto tasks = read_task_file(source_dir() / "examples/own-tasks" / name);
  EXPECT_TRUE(tasks.ok()) << (tasks.ok() ? "" : tasks.error().message);
  return tasks->front();
}

std::vector<std::string> rendered(const Task& task, const std::string& path) {
  std::vector<std::string> lines;
  const auto data = load_dataset(task, {.path = path});
  EXPECT_TRUE(data.ok()) << (data.ok() ? "" : data.error().message);
  if (!data.ok()) return lines;
  const Status s = build_prompts(task, *data, {}, nullptr, [&](const core::Prompt& p) -> Status {
    lines.push_back(prompt_json("t", p));
    return {};
  });
  EXPECT_TRUE(s.ok()) << (s.ok() ? "" : s.error().message);
  return lines;
}

TEST(OwnTasks, MeqsumAsAFileIsTheBuiltInTask) {
  const Task mine = own("meqsum.yaml");
  const auto place = find_data(mine, {});
  ASSERT_TRUE(place.ok()) << place.error().message;
  const Task built_in = find_task("meqsum", load_library().value()).value();
  const auto a = rendered(mine, place->path);
  EXPECT_EQ(a, rendered(built_in, place->path));
  EXPECT_EQ(a.size(), 24U);
  EXPECT_EQ(mine.file.metrics, built_in.file.metrics);
}

TEST(OwnTasks, PubMedQaAndCodiEspRun) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto qa =
      rendered(own("pubmedqa.yaml"), (*shared / "data/pubmedqa/ori_pqal_70pct.json").string());
  EXPECT_EQ(qa.size(), 697U);
  EXPECT_EQ(qa[0].find("[\\\""), std::string::npos);  // the list of contexts is joined
  const Task codes = own("codiesp.yaml");
  const auto data = load_dataset(
      codes, {.path = (*shared / "data/codiesp/codiesp_D_en_dev_70pct.jsonl").string()});
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_EQ(data->samples.size(), 174U);
  for (const std::string& code : data->shots[0].targets) {
    EXPECT_EQ(code.find_first_of(".abcdefghijklmnopqrstuvwxyz"), std::string::npos) << code;
  }
}

TEST(OwnTasks, MedHelmFormIsReadAsItIs) {
  const Task task = own("medhelm/triage.yaml");
  EXPECT_EQ(task.file.name, "triage-example");
  EXPECT_EQ(task.file.headline, std::vector<std::string>{"exact_match"});
  const auto place = find_data(task, {});
  ASSERT_TRUE(place.ok()) << place.error().message;
  const auto data = load_dataset(task, {.path = place->path}).value();
  ASSERT_EQ(data.samples.size(), 6U);
  EXPECT_EQ(data.samples[0].id, "0");  // file order
  EXPECT_EQ(data.samples[0].targets[0], "now");
  EXPECT_EQ(rendered(task, place->path).size(), 6U);
  TempDir tmp;
  ASSERT_TRUE(write_file_atomic(tmp / "j.yaml",
                                "name: J\nprompt_file: p.txt\ndataset_file: d.csv\n"
                                "main_metric: jury_score\nmetrics: [{name: jury_score}]\n")
                  .ok());
  ASSERT_TRUE(write_file_atomic(tmp / "p.txt", "{q}").ok());
  const auto judge = read_task_file(tmp / "j.yaml");
  ASSERT_FALSE(judge.ok());
  EXPECT_NE(judge.error().message.find("jury_score"), std::string::npos);
}

}  // namespace
}  // namespace clue::tasks
