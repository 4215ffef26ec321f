// A whole pass above a server that misbehaves, dies and comes back.
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "base/test_paths.h"
#include "models/testing/fault_server.h"
#include "run/test_task.h"

namespace clue::run {
namespace {

using models::testing::FaultOptions;
using models::testing::FaultServer;
using testing::contents;
using testing::EchoTask;

constexpr int kSamples = 5000;

/// Asks whatever is missing in `dir` of the server.
PassResult ask(EchoTask& task, const std::filesystem::path& dir, const std::string& spec,
               int max_retries, Progress& progress) {
  models::ModelOptions options;
  options.retry_wait = 0.002;
  options.request_timeout = 0.4;
  options.max_retries = max_retries;
  options.local_only = true;
  auto model = models::open_model(spec, options);
  EXPECT_TRUE(model.ok()) << model.error().message;
  auto store = store::RunStore::create_or_open(dir, false);
  EXPECT_TRUE(store.ok());
  auto result = generate_pass(task.request, **model, *store, progress, {});
  EXPECT_TRUE(result.ok()) << result.error().message;
  return *result;
}

TEST(Faults, FivePercentOfEveryKindGiveTheSameRun) {
  const TempDir tmp;
  EchoTask task(kSamples);
  testing::Quiet quiet;
  const FaultServer good;
  EXPECT_TRUE(ask(task, tmp / "good", good.spec(), 5, quiet).complete());
  const FaultServer bad({.rate = 0.05, .burst_500 = 20});
  PassResult result = ask(task, tmp / "bad", bad.spec(), 8, quiet);
  EXPECT_GT(bad.failed(), kSamples / 25);
  // A sample whose every try met a fault stays an error: the same command asks it again.
  for (int again = 0; !result.complete() && again < 3; ++again) {
    result = ask(task, tmp / "bad", bad.spec(), 8, quiet);
  }
  EXPECT_TRUE(result.complete()) << result.errors << " errors, " << result.stopped;
  EXPECT_EQ(contents(tmp / "bad"), contents(tmp / "good"));
}

/// Takes the server away in the middle.
struct Killer : testing::Quiet {
  void finished(const core::Generation& generation) override {
    Quiet::finished(generation);
    if (count >= 1000 && server != nullptr) {
      dying = std::thread([gone = std::move(server)]() mutable { gone.reset(); });
    }
  }
  std::unique_ptr<FaultServer> server;
  std::thread dying;
};

TEST(Faults, ADeadServerKeepsWhatIsDoneAndTheSameCommandFinishes) {
  const TempDir tmp;
  EchoTask task(kSamples);
  Killer killer;
  killer.server = std::make_unique<FaultServer>();
  const std::string spec = killer.server->spec();
  const int port = killer.server->port();
  const PassResult cut = ask(task, tmp / "run", spec, 3, killer);
  ASSERT_TRUE(killer.dying.joinable());
  killer.dying.join();
  EXPECT_FALSE(cut.complete());
  EXPECT_NE(cut.stopped, "");
  EXPECT_GE(cut.done, 1000U);
  EXPECT_LT(cut.done, static_cast<std::size_t>(kSamples));
  std::size_t kept = 0;
  for (const std::string& line : contents(tmp / "run")) kept += line.ends_with("|") ? 1 : 0;
  EXPECT_EQ(kept, cut.done) << "what was counted is stored";

  const FaultServer back({.port = port});
  testing::Quiet quiet;
  const PassResult whole = ask(task, tmp / "run", spec, 3, quiet);
  EXPECT_TRUE(whole.complete());
  EXPECT_EQ(quiet.already, cut.done);
  const FaultServer other;
  EXPECT_TRUE(ask(task, tmp / "good", other.spec(), 3, quiet).complete());
  EXPECT_EQ(contents(tmp / "run"), contents(tmp / "good"));
}

}  // namespace
}  // namespace clue::run
