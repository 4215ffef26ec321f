// Asks a server N questions with C in flight through the program's own back end; prints one JSON
// line. Every answer is checked first. See bench/compare_servers.py.
//
//   clue_server_bench URL N C
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "models/model.h"

namespace {

double cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto count = static_cast<std::size_t>(std::atoi(argv[2]));
  clue::models::ModelOptions options;
  options.concurrency = std::atoi(argv[3]);
  auto model = clue::models::open_model(argv[1], options);
  if (!model) {
    std::cerr << model.error().message << '\n';
    return 1;
  }
  std::vector<clue::core::Prompt> prompts(count);
  std::vector<clue::models::Request> requests(count);
  for (std::size_t i = 0; i < count; ++i) {
    prompts[i].messages = {{clue::core::Role::user,
                            "Question " + std::to_string(i) + ": " + std::string(400, 'x')}};
    prompts[i].max_tokens = 16;
    requests[i].prompt = &prompts[i];
  }
  std::size_t right = 0;
  const double cpu = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  const clue::Status status = (*model)->generate(
      requests,
      [&](std::size_t, const clue::core::Generation& g) { right += g.text == "neutral"; }, {});
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!status || right != count) {
    std::cerr << "only " << right << " of " << count << " right\n";
    return 1;
  }
  std::cout << "{\"requests_per_second\":" << static_cast<double>(count) / wall
            << ",\"cpu_us_per_request\":" << (cpu_seconds() - cpu) / static_cast<double>(count) * 1e6
            << "}\n";
  return 0;
}
