#include "tasks/library.h"

#include <gtest/gtest.h>

#include "tasks/task_file.h"

namespace clue::tasks {
namespace {

TEST(Library, HoldsTheSixTasksWithTwoWordingsEach) {
  const Result<Library> library = load_library();
  ASSERT_TRUE(library.ok()) << library.error().message;
  std::vector<std::string> names;
  for (const Task& task : library->tasks) {
    names.push_back(task.file.name);
    EXPECT_GE(task.file.prompts.size(), 2U) << task.file.name;
    EXPECT_EQ(task.file.prompts[0].name, "default");
    EXPECT_EQ(task.file.prompts[1].name, "brief");
    EXPECT_NE(task.file.prompts[0].hash, task.file.prompts[1].hash);
  }
  const std::vector<std::string> wanted = {"mednli",       "meqsum",       "problemsummary",
                                           "longhealth-1", "longhealth-2", "longhealth-3",
                                           "medisumqa",    "medisumcode",  "medisumqa-official"};
  EXPECT_EQ(names, wanted);
}

TEST(Library, SelectsAllFamiliesAndSuggests) {
  const Library library = load_library().value();
  EXPECT_EQ(select_tasks("all", library)->size(), 8U);
  EXPECT_EQ(select_tasks("longhealth,longhealth-2,MedNLI", library)->size(), 4U);
  const auto wrong = select_tasks("mednil", library);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(wrong.error().message.find("did you mean \"mednli\""), std::string::npos);
  EXPECT_FALSE(find_task("longhealth", library).ok());
}

TEST(TaskFile, ComplaintsNameFileLineAndKey) {
  const char* const text =
      "name: mine\nkind: text\ndata_file: a.csv\nfields: {q: Question}\ntarget: A\n"
      "promts:\n  default: {user: \"{q}\"}\n";
  const auto wrong = parse_task_yaml(text, "own.yaml");
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("own.yaml:6: unknown key \"promts\""), std::string::npos)
      << wrong.error().message;
  EXPECT_NE(wrong.error().message.find("prompts"), std::string::npos);
  const auto field = parse_task_yaml(
      "name: mine\nkind: text\ndata_file: a.csv\nfields: {question: Q}\ntarget: A\n"
      "prompts:\n  default: {user: \"{qestion}\"}\n",
      "own.yaml");
  ASSERT_FALSE(field.ok());
  EXPECT_NE(field.error().message.find("own.yaml:7"), std::string::npos) << field.error().message;
  EXPECT_NE(field.error().message.find("did you mean \"question\""), std::string::npos);
}

TEST(TaskFile, PromptSetsSurviveTheirYaml) {
  PromptSet set;
  set.name = "clue-2024";
  set.system = "a\n\n b\t\"c\" \\ \xC3\xBC\xE2\x80\xA8 end \r\n";
  set.user = "\n{x}\n\n{{y}}  ";
  set.assistant = "{target}";
  const auto back = parse_prompt_yaml(prompt_yaml({set}), "p.yaml");
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->at(0).system, set.system);
  EXPECT_EQ(back->at(0).user, set.user);
}

}  // namespace
}  // namespace clue::tasks
