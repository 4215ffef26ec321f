// Task files, prompt templates and string constants of Python files: any bytes give a value or an
// error, never a crash.
#include <cstdint>
#include <string_view>

#include "tasks/py_strings.h"
#include "tasks/task_file.h"
#include "tasks/template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(clue::tasks::parse_task_yaml(bytes, "f"));
  static_cast<void>(clue::tasks::parse_prompt_yaml(bytes, "f"));
  static_cast<void>(clue::tasks::python_strings(bytes, "f"));
  static_cast<void>(clue::tasks::render_template(bytes, {{"q", "v"}}, "f"));
  return 0;
}
