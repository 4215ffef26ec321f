#include "tasks/import_prompts.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/test_paths.h"
#include "base/text.h"
#include "models/token_counters.h"
#include "tasks/dataset.h"
#include "tasks/library.h"
#include "tasks/py_strings.h"

namespace clue::tasks {
namespace {

TEST(PythonStrings, AllForms) {
  const std::string source = R"PY(# -*- comment "quote
import os
single = 'it\'s'   # tail
double = "a\tb\\n\x41\u00fc\101\q"
triple = """first
 second \
joined "quoted" ''"""
raw = r"a\nb\"c"
implicit = ("one "
            'two '   # comment inside
            """three""")
start = "ICD: "
added = start + """{codes}"""
wrapped = (("x" + 'y'))
annotated: str = 'z'
number = 3
formatted = f"no {number}"
called = "a".upper()
def f():
    inner = "not top level"
    return {"k": """ nested
top = 'also not'
"""}
last = 'e\
nd'
)PY";
  const auto got = python_strings(source, "x.py");
  ASSERT_TRUE(got.ok()) << got.error().message;
  const std::map<std::string, std::string> wanted = {
      {"single", "it's"},
      {"double",
       "a\tb\\nA\xC3\xBC"
       "A\\q"},
      {"triple", "first\n second joined \"quoted\" ''"},
      {"raw", "a\\nb\\\"c"},
      {"implicit", "one two three"},
      {"start", "ICD: "},
      {"added", "ICD: {codes}"},
      {"wrapped", "xy"},
      {"annotated", "z"},
      {"last", "end"}};
  EXPECT_EQ(*got, wanted);
  EXPECT_FALSE(python_strings("a = 'never ends\n", "x.py").ok());
  EXPECT_EQ(python_strings("\n\na = '\\xZ1'\n", "x.py").error().message.substr(0, 7), "x.py:3:");
  EXPECT_EQ(python_strings("a = '''x\r\ny'''\r\n", "x.py")->at("a"), "x\ny");
}

/// A checkout of the same shape as the published one, in wording invented here.
void write_checkout(const std::filesystem::path& dir) {
  ASSERT_TRUE(make_dirs(dir / "eval").ok());
  const auto put = [&](const std::string& name, const std::string& text) {
    ASSERT_TRUE(write_file_atomic(dir / "eval" / name, text).ok());
  };
  put("eval_mednli.py",
      "sys_prompt = \"\"\"Compare 'A' and \"B\".\"\"\" \nuser_prompt_template = \"\"\"\nS1: "
      "{sentence1}\nS2: {sentence2}\n\"\"\"\nassistant_response_template =  "
      "\"\"\"{gold_label}\"\"\"\n");
  put("eval_MeDiSumCode.py",
      "sys_prompt = ('Code ' 'this.')\nuser_prompt_template = 'L: {text}\\n'\n"
      "assistant_response_start = 'Codes: '\n"
      "assistant_response_template = assistant_response_start + '{codes}'\n");
  put("eval_LongHealth.py",
      "sys_prompt = '''\nRead.\n'''\nprompt_template = '''\n{documents}\n\n{question_text}\n"
      "{options}\n'''\n");
}

TEST(ImportPrompts, WritesASetThatRunsUseByteForByte) {
  TempDir tmp;
  write_checkout(tmp / "checkout");
  const auto report = import_prompts(tmp / "checkout", tmp / "config");
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->imported.size(), 3U);
  EXPECT_EQ(report->missing.size(), 4U);  // three scripts and the generation wording
  const auto library = load_library({.tasks_dir = {}, .config_dir = tmp / "config"});
  ASSERT_TRUE(library.ok()) << library.error().message;
  const Task nli = find_task("mednli", *library).value();
  const PromptSet* set = nli.file.prompt_set("clue-2024");
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(set->system, "Compare 'A' and \"B\".");
  EXPECT_EQ(set->user, "\nS1: {sentence1}\nS2: {sentence2}\n");
  const Task code = find_task("medisumcode", *library).value();
  const auto data = load_dataset(
      code, {.path = (source_dir() / "examples/MeDiSumCode/MeDiSumCode.json").string()});
  ASSERT_TRUE(data.ok());
  PromptOptions options;
  options.prompts = code.file.prompt_set("clue-2024");
  options.limit = 1;
  const Status s = build_prompts(code, *data, options, nullptr, [&](core::Prompt p) -> Status {
    EXPECT_EQ(p.messages[0].content, "Code this.");
    EXPECT_TRUE(p.messages[2].content.starts_with("Codes: " + data->shots[0].targets[0]));
    return {};
  });
  EXPECT_TRUE(s.ok());
  EXPECT_NE(find_task("longhealth-2", *library)->file.prompt_set("clue-2024"), nullptr);
}

TEST(ImportPrompts, GenerationWordingByteForByte) {
  TempDir tmp;
  ASSERT_TRUE(make_dirs(tmp / "checkout/data/MeDiSumQA").ok());
  const auto put = [&](const char* name, const std::string& text) {
    ASSERT_TRUE(write_file_atomic(tmp / "checkout/data/MeDiSumQA" / name, text).ok());
  };
  put("prompts.py",
      "fact_extraction_system_prompt = \"\"\"Find 'facts'.\n\n{example_ds}\n\"\"\"\n"
      "fact_extraction_answer = ('\\n' \"{statements}\")\n"
      "question_generation_answer_example=r'a\\b\u00e9'\n");
  put("example_statements.txt", "Statements:\n- One: \"quoted\".\n- Two.");
  const auto report = import_prompts(tmp / "checkout", tmp / "config");
  ASSERT_TRUE(report.ok()) << report.error().message;
  ASSERT_EQ(report->imported.size(), 1U);
  EXPECT_EQ(report->imported[0].task, "generation");
  const auto words = load_generation_wording(tmp / "config");
  ASSERT_TRUE(words.ok()) << words.error().message;
  const GenerationWording wanted = {
      {"fact_extraction_system_prompt", "Find 'facts'.\n\n{example_ds}\n"},
      {"fact_extraction_answer", "\n{statements}"},
      {"question_generation_answer_example", "a\\b\u00e9"},
      {"example_statements", "Statements:\n- One: \"quoted\".\n- Two."}};
  EXPECT_EQ(*words, wanted);
  EXPECT_TRUE(load_library({.tasks_dir = {}, .config_dir = tmp / "config"}).ok());
  const auto never = load_generation_wording(tmp / "elsewhere");
  ASSERT_FALSE(never.ok());
  EXPECT_NE(never.error().message.find("clue prompts import"), std::string::npos);
}

TEST(ImportPrompts, AFolderWithoutScriptsIsAnError) {
  TempDir tmp;
  const auto report = import_prompts(tmp.path(), tmp / "config");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::not_found);
}

/// SHA-256 of what the published wording must give, where the user has a checkout of it.
TEST(ImportPrompts, PublishedWordingGivesTheReferencesUserTurns) {
  const char* const checkout = std::getenv("CLUE_CHECKOUT");
  const auto shared = shared_dir();
  if (checkout == nullptr || !shared) GTEST_SKIP() << "set CLUE_CHECKOUT to a checkout";
  TempDir tmp;
  ASSERT_TRUE(import_prompts(checkout, tmp / "config").ok());
  const auto library = load_library({.tasks_dir = {}, .config_dir = tmp / "config"}).value();
  const auto dir = *shared / "golden/longhealth";
  std::map<std::pair<std::string, int>, std::vector<std::string>> wanted;
  const std::string lines = read_file(dir / "longhealth_prompts.jsonl").value();
  for (const std::string_view line : split_lines(lines)) {
    const auto row = nlohmann::json::parse(line);
    wanted[{row["run"], row["task"]}].push_back(row["prompt_sha256"]);
  }
  const nlohmann::json runs = read_json(dir / "longhealth_runs.json").value();
  for (const auto& run : runs) {
    const std::string tokenizer = run["tokenizer"];
    const auto counter =
        models::open_token_counter(tokenizer.substr(0, tokenizer.find(':'))).value();
    for (int variant = 1; variant <= 3; ++variant) {
      const Task task = find_task("longhealth-" + std::to_string(variant), library).value();
      const auto data =
          load_dataset(task, {.path = (dir / "longhealth_data.json").string()}).value();
      PromptOptions options;
      options.prompts = task.file.prompt_set("clue-2024");
      ASSERT_NE(options.prompts, nullptr);
      EXPECT_EQ(sha256_hex(options.prompts->system), run["system_prompt_sha256"]);
      options.rules = core::RuleSet::clue_2024;
      options.seed = run["seed"];
      options.model_context = run["model_context"];
      options.longhealth_limit = run["max_len_argument"];
      std::vector<std::string> got;
      const Status s = build_prompts(task, data, options, counter.get(), [&](core::Prompt p) {
        got.push_back(sha256_hex(p.messages.back().content));
        return Status();
      });
      ASSERT_TRUE(s.ok());
      EXPECT_EQ(got, (wanted[{run["run"], variant}])) << run["run"] << variant;
    }
  }
}

}  // namespace
}  // namespace clue::tasks
