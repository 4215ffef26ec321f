#include "models/request_pace.h"

#include <algorithm>

namespace clue::models {

RequestPace::RequestPace(int fixed, int start)
    : fixed_(fixed > 0), limit_(std::clamp(fixed > 0 ? fixed : start, 1, kMost)) {}

void RequestPace::success(double seconds, Time now) {
  if (fixed_) return;
  if (window_.empty() && window_start_ == Time{}) window_start_ = now;
  window_.push_back(seconds);
  // Two rounds at this limit: the first still shows the old one.
  if (window_.size() >= static_cast<std::size_t>(std::max(8, 2 * limit_))) end_window(now);
}

void RequestPace::end_window(Time now) {
  const double span = std::max(1e-6, std::chrono::duration<double>(now - window_start_).count());
  const double rate = static_cast<double>(window_.size()) / span;
  const auto middle = window_.begin() + static_cast<std::ptrdiff_t>(window_.size() / 2);
  std::nth_element(window_.begin(), middle, window_.end());
  const double median = *middle;
  if (base_latency_ == 0 || median < base_latency_) base_latency_ = median;
  const bool holds = median <= 1.5 * base_latency_;
  const bool faster = rate > 1.05 * last_rate_;
  if (rate > best_rate_) {
    best_rate_ = rate;
    best_limit_ = limit_;
  }
  if (holds || faster) {
    limit_ = std::min(kMost, doubling_ ? 2 * limit_ : limit_ + std::max(1, limit_ / 8));
  } else {
    doubling_ = false;
    if (rate < 0.9 * best_rate_) limit_ = std::max(1, best_limit_);
  }
  last_rate_ = rate;
  window_.clear();
  window_start_ = now;
}

void RequestPace::busy(Time now) {
  if (fixed_) return;
  if (now - last_cut_ < std::chrono::milliseconds(250)) return;
  last_cut_ = now;
  limit_ = std::max(1, limit_ / 2);
  doubling_ = false;
  last_rate_ = best_rate_ = 0;  // what was learnt before the refusal no longer holds
  window_.clear();
  window_start_ = now;
}

}  // namespace clue::models
