// Memory stays flat over a long run: what a request takes is given back once it is stored.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/test_paths.h"
#include "models/testing/fault_server.h"
#include "run/test_task.h"

namespace clue::run {
namespace {

using models::testing::Fault;
using models::testing::FaultServer;

constexpr int kRequests = 20'000;

double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

/// Looks at the process while the run goes on.
struct Watch : testing::Quiet {
  void finished(const core::Generation& generation) override {
    Quiet::finished(generation);
    if (count == kRequests / 4) at_quarter = resident_mb();
    if (count == kRequests) at_end = resident_mb();
  }
  double at_quarter = 0, at_end = 0;
};

TEST(Memory, FlatOverTwentyThousandRequests) {
  const TempDir tmp;
  testing::EchoTask task(kRequests);
  const FaultServer server({.rate = 0.02,
                            .faults = {Fault::reset_inside, Fault::busy, Fault::error_500,
                                       Fault::half_json, Fault::null_content}});
  models::ModelOptions options;
  options.retry_wait = 0.002;
  options.request_timeout = 5;
  options.max_retries = 20;
  options.local_only = true;
  auto model = models::open_model(server.spec(), options);
  ASSERT_TRUE(model.ok());
  auto store = store::RunStore::create_or_open(tmp / "run", false);
  ASSERT_TRUE(store.ok());
  Watch watch;
  const auto result = generate_pass(task.request, **model, *store, watch, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->done, static_cast<std::size_t>(kRequests)) << result->stopped;
  RecordProperty("resident_mb_at_quarter", std::to_string(watch.at_quarter));
  RecordProperty("resident_mb_at_end", std::to_string(watch.at_end));
  std::cout << "resident: " << watch.at_quarter << " MB after a quarter, " << watch.at_end
            << " MB at the end\n";
  EXPECT_GT(watch.at_quarter, 0);
  EXPECT_LT(watch.at_end - watch.at_quarter, 12.0);
}

}  // namespace
}  // namespace clue::run
