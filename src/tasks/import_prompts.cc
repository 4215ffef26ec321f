#include "tasks/import_prompts.h"

#include <array>
#include <initializer_list>
#include <map>

#include "base/files.h"
#include "base/text.h"
#include "tasks/py_strings.h"
#include "tasks/task_file.h"

namespace clue::tasks {
namespace {
namespace fs = std::filesystem;

struct Script {
  std::string_view file;
  std::string_view family;
  std::string_view also;  ///< a variant with the same fields
};
constexpr std::array<Script, 6> kScripts = {{
    {"eval_mednli.py", "mednli", ""},
    {"eval_meqsum.py", "meqsum", ""},
    {"eval_ProblemSummary.py", "problemsummary", ""},
    {"eval_LongHealth.py", "longhealth", ""},
    {"eval_MeDiSumQA.py", "medisumqa", "medisumqa-official"},
    {"eval_MeDiSumCode.py", "medisumcode", ""},
}};

/// The first of several spellings of a constant's name.
const std::string* first_of(const std::map<std::string, std::string>& strings,
                            std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto it = strings.find(name); it != strings.end()) return &it->second;
  }
  return nullptr;
}

Result<PromptSet> read_script(const fs::path& path) {
  CLUE_TRY(const std::string bytes, read_file(path, std::size_t{4} << 20));
  CLUE_TRY(const auto strings, python_strings(bytes, path.string()));
  const std::string* system = first_of(strings, {"sys_prompt", "system_prompt", "SYSTEM_PROMPT"});
  const std::string* user = first_of(
      strings, {"user_prompt_template", "prompt_template", "user_template", "user_prompt"});
  const std::string* reply = first_of(
      strings, {"assistant_response_template", "assistant_template", "assistant_prompt_template"});
  if (system == nullptr || user == nullptr) {
    return Error{ErrorCode::data, path.string() + ": no text constant " +
                                      (system == nullptr ? "sys_prompt" : "user_prompt_template") +
                                      " was found; is this one of the published scripts?"};
  }
  PromptSet set;
  set.name = "clue-2024";
  set.system = *system;
  set.user = *user;
  if (reply != nullptr) set.assistant = *reply;
  set.hash = prompt_hash(set);
  return set;
}

}  // namespace

Result<ImportReport> import_prompts(const fs::path& checkout, const fs::path& config_dir) {
  ImportReport report;
  const auto eval = find_without_case(checkout, "eval");
  const fs::path folder = eval ? *eval : checkout;
  std::map<std::string, std::string> files;
  for (const Script& script : kScripts) {
    const auto path = find_without_case(folder, script.file);
    if (!path) {
      report.missing.push_back((folder / script.file).string() + ": not there");
      continue;
    }
    CLUE_TRY(const PromptSet set, read_script(*path));
    for (const std::string_view task : {script.family, script.also}) {
      if (!task.empty()) files[std::string(task)] = prompt_yaml({set});
    }
    report.imported.push_back({std::string(script.family), path->string(), set.hash});
  }
  if (report.imported.empty()) {
    return Error{ErrorCode::not_found,
                 checkout.string() +
                     ": holds none of the published scripts (eval/eval_mednli.py, ...); give the "
                     "top folder of a checkout"};
  }
  const fs::path target = config_dir / "prompts" / "clue-2024";
  CLUE_OK(make_dirs(target));
  for (const auto& [task, text] : files) {
    CLUE_OK(write_file_atomic(target / (task + ".yaml"), text));
  }
  return report;
}

}  // namespace clue::tasks
