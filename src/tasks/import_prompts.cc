#include "tasks/import_prompts.h"

#include <array>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
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

using Strings = std::map<std::string, std::string>;

/// The first of several spellings of a constant's name.
const std::string* first_of(const Strings& strings, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto it = strings.find(name); it != strings.end()) return &it->second;
  }
  return nullptr;
}

/// Checkouts differ in names: the first constant whose name holds `part`, a template (with a field)
/// or not, and not one of the model's turn unless asked for.
const std::string* first_like(const Strings& strings, std::string_view part, bool fields,
                              bool reply) {
  for (const auto& [name, text] : strings) {
    if (ascii_lower(name).find(part) == std::string::npos) continue;
    if (fields && text.find('{') == std::string::npos) continue;
    if (!reply && ascii_lower(name).find("assistant") != std::string::npos) continue;
    return &text;
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
  if (system == nullptr) system = first_like(strings, "sys", false, false);
  if (user == nullptr) user = first_like(strings, "template", true, false);
  if (reply == nullptr) reply = first_like(strings, "assistant", true, true);
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

/// DIR / (parts), each compared without case; nullopt: not there.
std::optional<fs::path> below(fs::path at, std::initializer_list<const char*> parts) {
  for (const char* part : parts) {
    const auto found = find_without_case(at, part);
    if (!found) return std::nullopt;
    at = *found;
  }
  return at;
}

std::string generation_yaml(const GenerationWording& words) {
  std::string out;
  for (const auto& [name, text] : words) {
    out += dump_json(nlohmann::json(name)) + ": " + dump_json(nlohmann::json(text)) + "\n";
  }
  return out;
}

/// The wording of the generation steps; what is not there is named in the report.
Status import_generation(const fs::path& checkout, const fs::path& target, ImportReport& report) {
  const auto script = below(checkout, {"data", "MeDiSumQA", "prompts.py"});
  const auto example = below(checkout, {"data", "MeDiSumQA", "example_statements.txt"});
  if (!script) {
    report.missing.push_back((checkout / "data/MeDiSumQA/prompts.py").string() + ": not there");
    return {};
  }
  CLUE_TRY(const std::string bytes, read_file(*script, std::size_t{4} << 20));
  CLUE_TRY(GenerationWording words, python_strings(bytes, script->string()));
  if (example) {
    CLUE_TRY(const std::string text, read_file(*example, std::size_t{4} << 20));
    CLUE_TRY(words["example_statements"], to_utf8(text, Encoding::automatic, example->string()));
  } else {
    report.missing.push_back((checkout / "data/MeDiSumQA/example_statements.txt").string() +
                             ": not there");
  }
  const std::string yaml = generation_yaml(words);
  report.imported.push_back({"generation", script->string(), sha256_hex(yaml)});
  CLUE_OK(make_dirs(target));
  return write_file_atomic(target / kGenerationFile, yaml);
}

}  // namespace

Result<GenerationWording> load_generation_wording(const fs::path& config_dir) {
  const fs::path path = config_dir / "prompts" / "clue-2024" / kGenerationFile;
  const auto text = read_file(path, std::size_t{16} << 20);
  if (!text) {
    return Error{ErrorCode::not_found,
                 path.string() +
                     ": the published generation wording is not here; `clue prompts "
                     "import DIR` reads it from a checkout of the published scripts"};
  }
  GenerationWording words;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(*text)) {  // a JSON text a line on both sides
    ++number;
    const auto pair = parse_json("{" + std::string(line) + "}", path.string());
    if (!pair.ok() || pair->size() != 1 || !pair->begin()->is_string()) {
      return Error{ErrorCode::data, path.string() + ":" + std::to_string(number) +
                                        ": not of the form \"NAME\": \"TEXT\"; import it again"};
    }
    words[pair->begin().key()] = pair->begin()->get<std::string>();
  }
  return words;
}

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
  const fs::path target = config_dir / "prompts" / "clue-2024";
  CLUE_OK(import_generation(checkout, target, report));
  if (report.imported.empty()) {
    return Error{ErrorCode::not_found,
                 checkout.string() +
                     ": holds none of the published scripts (eval/eval_mednli.py, "
                     "data/MeDiSumQA/prompts.py, ...); give the top folder of a checkout"};
  }
  CLUE_OK(make_dirs(target));
  for (const auto& [task, text] : files) {
    CLUE_OK(write_file_atomic(target / (task + ".yaml"), text));
  }
  return report;
}

}  // namespace clue::tasks
