// An OpenAI-compatible server for tests that answers from the prompt alone and misbehaves in every
// way we know of, at a given rate. Answers to one prompt are always the same, faults are not, so a
// run above faults can be compared with one without.
//
//   FaultServer server({.rate = 0.05});   open_model(server.spec(), options)
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/testing/test_server.h"

namespace clue::models::testing {

enum class Fault {
  reset_before,  ///< reset instead of an answer
  reset_inside,  ///< reset in the middle of the body
  cut_after,     ///< closed after the headers
  slow_drip,     ///< a byte now and then, for longer than the time-out
  half_json,
  wrong_json,  ///< valid, but not this protocol
  error_in_200,
  busy,       ///< 429 without Retry-After
  busy_wait,  ///< 429 with Retry-After
  busy_date,  ///< 503 with a date in the past
  error_500,
  no_choices,
  null_content,
  huge_content,  ///< 10 MB
  never_ending,
  length_too_long,
  length_too_short,
};
inline constexpr int kFaults = 17;

struct FaultOptions {
  double rate = 0;                 ///< share of requests that fail, spread over `faults`
  std::vector<Fault> faults = {};  ///< empty: all
  std::uint64_t seed = 1;
  int burst_500 = 0;  ///< every 500th request starts a burst of so many 500s
  int port = 0;       ///< 0: any free one; that of a server that died: it came back
};

class FaultServer {
 public:
  explicit FaultServer(FaultOptions options = {});
  [[nodiscard]] std::string spec() const { return server_.url() + "/v1#test"; }
  [[nodiscard]] int port() const { return server_.port(); }
  [[nodiscard]] int asked() const { return asked_; }
  [[nodiscard]] int failed() const { return failed_; }
  /// What this server answers to a user text.
  [[nodiscard]] static std::string answer_to(const std::string& user);

 private:
  void handle(const clue::testing::TestRequest& request, clue::testing::TestConnection& c);
  void misbehave(Fault fault, const std::string& good, clue::testing::TestConnection& c);

  FaultOptions options_;
  std::atomic<int> asked_ = 0, failed_ = 0;
  std::atomic<std::uint64_t> draws_ = 0;
  clue::testing::TestServer server_;
};

}  // namespace clue::models::testing
