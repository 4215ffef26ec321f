// What survives: kill -9 at any moment, a full disk, readers beside the writer.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "base/files.h"
#include "base/py_random.h"
#include "base/test_paths.h"
#include "run/derive.h"
#include "run/test_task.h"

namespace clue::run {
namespace {

using testing::contents;
using testing::EchoTask;
using testing::Quiet;

/// Tells the parent through a pipe what was begun and finished, one byte a sample.
struct PipeProgress : Progress {
  explicit PipeProgress(int fd) : fd_(fd) {}
  void begin(std::string_view, std::size_t, std::size_t) override {}
  void finished(const core::Generation&) override {
    const char byte = '.';
    if (write(fd_, &byte, 1) != 1) _exit(9);
  }
  void end() override {}

 private:
  int fd_;
};

core::Generation slow_echo(const models::Request& r) {
  std::this_thread::sleep_for(std::chrono::microseconds(150));
  return testing::echo(r);
}

struct Killed {
  bool killed = false;       ///< false: it had ended before
  std::size_t finished = 0;  ///< samples the process had counted
};

/// Runs the pass in a child process and kills it after `delay`.
Killed run_and_kill(EchoTask& task, const std::filesystem::path& dir,
                    std::chrono::microseconds delay) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    PipeProgress progress(ends[1]);
    const auto result = task.run(dir, slow_echo, progress);
    _exit(result.ok() ? 0 : 1);
  }
  close(ends[1]);
  std::this_thread::sleep_for(delay);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  Killed result;
  result.killed = WIFSIGNALED(status);
  EXPECT_TRUE(result.killed || WEXITSTATUS(status) == 0) << "the resumed run failed";
  std::array<char, 4096> bytes{};
  for (ssize_t n = 0; (n = read(ends[0], bytes.data(), bytes.size())) > 0;) {
    result.finished += static_cast<std::size_t>(n);
  }
  close(ends[0]);
  return result;
}

/// Generations in a run folder; 0 when there is none yet.
std::size_t stored(const std::filesystem::path& dir) {
  auto store = store::RunStore::open_read(dir);
  if (!store) return 0;
  const auto passes = store->passes();
  return !passes.ok() || passes->empty() ? 0 : passes->front().done;
}

TEST(Durability, KillAtFiftyMomentsLosesAndDoublesNothing) {
  const TempDir tmp;
  EchoTask task(300);
  ASSERT_TRUE(task.run(tmp / "undisturbed").ok());
  const std::vector<std::string> expected = contents(tmp / "undisturbed");
  ASSERT_EQ(expected.size(), 300U);

  PyRandom random(44);
  int kills = 0, runs = 0;
  while (kills < 50) {
    const std::filesystem::path dir = tmp / ("run" + std::to_string(runs++));
    bool killed = true;
    while (killed && kills < 50) {
      const std::size_t before = stored(dir);
      const auto delay = std::chrono::microseconds(static_cast<int>(random.random() * 25000));
      const Killed k = run_and_kill(task, dir, delay);
      killed = k.killed;
      kills += killed ? 1 : 0;
      EXPECT_GE(stored(dir), before + k.finished) << "counted but not kept";
    }
    if (killed) {
      ASSERT_TRUE(task.run(dir).ok());
    }
    EXPECT_EQ(contents(dir), expected);
  }
}

/// Runs `body` in a child that may write files of at most `bytes`; returns its exit code.
template <typename Body>
int with_file_limit(rlim_t bytes, const Body& body) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(99);
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Durability, FullDiskIsSaidAndTheRunGoesOnLater) {
  const TempDir tmp;
  EchoTask task(600);
  ASSERT_TRUE(task.run(tmp / "undisturbed").ok());
  const auto reply = [](const models::Request& r) {
    core::Generation g = testing::echo(r);
    g.reasoning = std::string(500, 'r');
    return g;
  };
  for (const rlim_t limit : {20'000U, 100'000U, 400'000U}) {
    const std::filesystem::path dir = tmp / std::to_string(limit);
    const int code = with_file_limit(limit, [&] {
      const auto result = task.run(dir, reply);
      if (result.ok()) return 1;
      return result.error().code == ErrorCode::io &&
                     result.error().message.find("full") != std::string::npos
                 ? 7
                 : (fprintf(stderr, "%s\n", result.error().message.c_str()), 2);
    });
    EXPECT_EQ(code, 7) << limit;
    const auto again = task.run(dir, reply);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_TRUE(again->complete());
    EXPECT_EQ(contents(dir), contents(tmp / "undisturbed"));
  }
}

TEST(Durability, FullDiskWhileDerivingLeavesTheRunAndTheOldFiles) {
  const TempDir tmp;
  EchoTask task(300);
  ASSERT_TRUE(task.run(tmp / "run").ok());
  ASSERT_TRUE(write_file_atomic(tmp / "run" / "samples_echo.jsonl", "old\n").ok());
  const auto derive = [&] {
    auto store = store::RunStore::open_read(tmp / "run");
    auto results = collect_results(*store, core::RuleSet::corrected);
    if (!results) return 2;
    return write_samples(tmp / "run", *store, *results, false).ok() ? 0 : 7;
  };
  EXPECT_EQ(with_file_limit(5000, derive), 7);
  EXPECT_EQ(*read_file(tmp / "run" / "samples_echo.jsonl"), "old\n");
  EXPECT_EQ(contents(tmp / "run").size(), 300U);
  EXPECT_EQ(derive(), 0);
}

TEST(Durability, ReadersBesideTheWriterSeeWholeStates) {
  const TempDir tmp;
  EchoTask task(500);
  std::jthread reader([&](const std::stop_token& stop) {
    std::size_t last = 0;
    while (!stop.stop_requested()) {
      if (!std::filesystem::exists(tmp / "run" / "run.db")) continue;
      auto store = store::RunStore::open_read(tmp / "run");
      if (!store) continue;  // not yet begun
      std::size_t now = 0;
      const Status read =
          store->samples(1, core::RuleSet::corrected, [&](const store::SampleRow& r) {
            EXPECT_EQ(r.generation.text, r.sample.targets.at(0));
            ++now;
            return true;
          });
      EXPECT_TRUE(read.ok()) << read.error().message;
      EXPECT_GE(now, last);
      last = now;
    }
  });
  const auto result = task.run(tmp / "run", slow_echo);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_TRUE(result->complete());
}

TEST(Durability, ChangedSpecReusesNothing) {
  const TempDir tmp;
  EchoTask task(20);
  ASSERT_TRUE(task.run(tmp / "run").ok());
  Quiet progress;
  task.request.facts.spec.decoding.temperature = 0.5;
  ASSERT_TRUE(task.run(tmp / "run", testing::echo, progress).ok());
  EXPECT_EQ(progress.already, 0U);
  EXPECT_EQ(progress.count, 20U);
  // The same spec with another wording (a template edited without its hash) is asked again too.
  task.data.samples[3].fields["q"] += "?";
  progress = {};
  ASSERT_TRUE(task.run(tmp / "run", testing::echo, progress).ok());
  EXPECT_EQ(progress.already, 19U);
  EXPECT_EQ(progress.count, 1U);
}

}  // namespace
}  // namespace clue::run
