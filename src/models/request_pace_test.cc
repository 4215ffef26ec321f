#include "models/request_pace.h"

#include <gtest/gtest.h>

namespace clue::models {
namespace {

using namespace std::chrono_literals;

// A server with `slots` workers that need one second each: latency grows beyond them.
int settle(RequestPace& pace, int slots, int rounds) {
  RequestPace::Time now{1h};
  for (int round = 0; round < rounds; ++round) {
    const int n = pace.limit();
    const double latency = n <= slots ? 1.0 : static_cast<double>(n) / slots;
    for (int i = 0; i < n; ++i) {
      now += std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(latency / n));
      pace.success(latency, now);
    }
  }
  return pace.limit();
}

TEST(RequestPace, GrowsToTheTopOfAWideServer) {
  RequestPace pace(0);
  EXPECT_EQ(settle(pace, 100000, 40), RequestPace::kMost);
}

TEST(RequestPace, StopsNearWhatTheServerHolds) {
  RequestPace pace(0);
  const int limit = settle(pace, 32, 80);
  EXPECT_GE(limit, 24);
  EXPECT_LE(limit, 96);
}

TEST(RequestPace, HalvesOnceForABurst) {
  RequestPace pace(0, 64);
  const RequestPace::Time now{1h};
  for (int i = 0; i < 50; ++i) pace.busy(now + i * 1ms);
  EXPECT_EQ(pace.limit(), 32);
  pace.busy(now + 1s);
  EXPECT_EQ(pace.limit(), 16);
}

TEST(RequestPace, AFixedNumberStays) {
  RequestPace pace(7);
  pace.busy(RequestPace::Time{1h});
  EXPECT_EQ(settle(pace, 1000, 20), 7);
}

}  // namespace
}  // namespace clue::models
