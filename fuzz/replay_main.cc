// Runs a fuzz target over the files of the folders named on the command line, each whole and cut
// short. A crash or sanitizer report fails the test.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <set>

#include "base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  std::set<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    std::error_code ec;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i], ec)) {
      files.insert(entry.path());
    }
  }
  std::size_t runs = 0;
  for (const auto& file : files) {
    const clue::Result<std::string> bytes = clue::read_file(file);
    if (!bytes.ok()) {
      std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
      return 1;
    }
    constexpr std::size_t kCuts = 64;
    for (std::size_t cut = 0; cut <= kCuts; ++cut) {
      const std::string part = bytes->substr(0, bytes->size() * cut / kCuts);
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(part.data()), part.size());
      ++runs;
    }
  }
  std::printf("%zu files, %zu runs\n", files.size(), runs);
  return runs == 0 ? 1 : 0;
}
