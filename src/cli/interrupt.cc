// Ctrl-C and SIGTERM as a stop_token: the signals are blocked in every thread and one thread waits
// for them, so no code ever runs inside a handler.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <thread>

#include "cli/command.h"
#include "cli/interrupt.h"

namespace clue::cli {
namespace {

std::stop_source& source() {
  static std::stop_source instance;
  return instance;
}

}  // namespace

void watch_interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error with words, not a killed process
  (void)source();
  std::thread([set] {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) return;
    source().request_stop();
    // An orderly end takes a moment; what takes longer (a long decode, a metric) is left where it
    // is: stores and files are safe against a killed process.
    const timespec patience{0, 900'000'000};
    if (sigtimedwait(&set, nullptr, &patience) > 0) _exit(130);
    constexpr std::string_view kWords =
        "\ninterrupted: stopped at once, what was finished is kept\n"
        "The same command goes on from there.\n";
    [[maybe_unused]] const ssize_t told = write(2, kWords.data(), kWords.size());
    _exit(kIncomplete);
  }).detach();
}

void no_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

void hide_memory() { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

std::stop_token interrupted() { return source().get_token(); }

}  // namespace clue::cli
