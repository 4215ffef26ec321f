// How many requests a server should have in flight: grows while latency holds or throughput still
// rises, halves when the server says it is busy. Used by openai_http.cc, one for each endpoint. One
// thread; time is passed in.
//
//   if (in_flight < pace.limit()) start();   ...   pace.success(seconds, now);
#pragma once

#include <chrono>
#include <vector>

namespace clue::models {

class RequestPace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr int kMost = 256;

  /// `fixed` > 0: always that many (at most 256).
  explicit RequestPace(int fixed, int start = 4);

  [[nodiscard]] int limit() const { return limit_; }
  void success(double seconds, Time now);
  /// The server was busy (429, 503). Several refusals of one burst count once.
  void busy(Time now);

 private:
  void end_window(Time now);

  bool fixed_;
  bool doubling_ = true;
  int limit_;
  double base_latency_ = 0;  ///< best median seen
  double last_rate_ = 0;
  double best_rate_ = 0;
  int best_limit_ = 0;
  std::vector<double> window_;
  Time window_start_{}, last_cut_{};
};

}  // namespace clue::models
