// Ctrl-C and SIGTERM as a stop_token: the signals are blocked in every thread and one thread waits
// for them, so no code ever runs inside a handler.
#include <unistd.h>
#include <csignal>
#include <cstdlib>
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
    for (int times = 0;; ++times) {
      int signal = 0;
      if (sigwait(&set, &signal) != 0) return;
      if (times > 0) _exit(130);
      source().request_stop();
    }
  }).detach();
}

std::stop_token interrupted() { return source().get_token(); }

}  // namespace clue::cli
