// Data files of the tasks: any bytes give records or an error that names the file, and whatever
// loads can be made into prompts. The first byte chooses the task.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/files.h"
#include "models/token_counters.h"
#include "tasks/dataset.h"
#include "tasks/library.h"

namespace {

struct Kind {
  const char* task;
  const char* file;
};
constexpr std::array<Kind, 5> kKinds = {{{"longhealth-2", "x.json"},
                                         {"medisumcode", "x.json"},
                                         {"problemsummary", "x.csv"},
                                         {"mednli", "x.jsonl"},
                                         {"medisumqa-official", "x.csv"}}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clue;
  static const tasks::Library library = tasks::load_library().value();
  static const auto counter = models::open_token_counter("ws_bos").value();
  static const std::filesystem::path dir =
      std::filesystem::temp_directory_path() / ("clue-fuzz-" + std::to_string(::getpid()));
  if (size == 0) return 0;
  const Kind& kind = kKinds[data[0] % kKinds.size()];
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  CLUE_CHECK(make_dirs(dir).ok());
  const std::string path = (dir / kind.file).string();
  CLUE_CHECK(write_file_atomic(path, bytes).ok());
  const tasks::Task task = tasks::find_task(kind.task, library).value();
  const auto loaded = tasks::load_dataset(task, {.path = path, .shots = 0});
  if (!loaded.ok()) {
    CLUE_CHECK(loaded.error().message.find(kind.file) != std::string::npos);
  } else {
    tasks::PromptOptions options;
    options.model_context = 300;
    options.longhealth_limit = 300;
    const Status built = tasks::build_prompts(task, *loaded, options, counter.get(),
                                              [](const core::Prompt&) { return Status(); });
    (void)built;  // LongHealth with one patient is an error
  }
  std::error_code ec;
  std::filesystem::remove_all(dir, ec);
  return 0;
}
