// Runs a fuzz target over the files of a folder, each whole and cut short; with --mutate SECONDS
// also over damaged copies for that long. A crash or a sanitizer's report fails the test; the input
// that did it is left as ./crash-input, which is replayed by naming its folder.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

const std::string* current = nullptr;

void keep_input() {
  if (current == nullptr) return;
  if (std::FILE* const file = std::fopen("crash-input", "wb")) {
    std::fwrite(current->data(), 1, current->size(), file);
    std::fclose(file);
  }
}

void on_signal(int number) {
  keep_input();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void run(const std::string& bytes) {
  current = &bytes;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  current = nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  std::set<std::filesystem::path> files;
  double seconds = 0;
  for (int i = 1; i < argc; ++i) {
    if (argv[i] == std::string_view("--mutate") && i + 1 < argc) {
      seconds = std::strtod(argv[++i], nullptr);
      continue;
    }
    std::error_code ec;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i], ec)) {
      files.insert(entry.path());
    }
  }
  std::signal(SIGABRT, on_signal);
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(keep_input);
  } else {
    std::signal(SIGSEGV, on_signal);
  }
  std::vector<std::string> corpus;
  std::size_t runs = 0;
  for (const auto& file : files) {
    clue::Result<std::string> bytes = clue::read_file(file);
    if (!bytes.ok()) {
      std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
      return 1;
    }
    constexpr std::size_t kCuts = 64;
    for (std::size_t cut = 0; cut <= kCuts; ++cut, ++runs) {
      run(bytes->substr(0, bytes->size() * cut / kCuts));
    }
    corpus.push_back(std::move(bytes).value());
  }
  std::size_t damaged = 0;
  Mutator mutate(1);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!corpus.empty() && std::chrono::steady_clock::now() < end) {
    run(mutate(corpus[mutate.below(corpus.size())], corpus[mutate.below(corpus.size())]));
    ++damaged;
  }
  std::printf("%zu files, %zu runs, %zu damaged\n", files.size(), runs, damaged);
  return runs == 0 ? 1 : 0;
}
