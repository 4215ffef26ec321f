#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/byte_source.h"

namespace clue {
namespace {

/// One producer thread, a queue of filled blocks, a pool of empty ones. Whoever has to wait sleeps
/// until several blocks are there (or free), so that threads are not woken for each block.
class ReadAhead final : public ByteSource {
 public:
  explicit ReadAhead(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)),
        thread_([this](const std::stop_token& stop) { produce(stop); }) {}
  ~ReadAhead() override {
    {
      // Not between the producer's look at it and its falling asleep.
      const std::scoped_lock lock(mutex_);
      thread_.request_stop();
    }
    changed_.notify_all();
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  Result<std::size_t> read(std::span<char> out) override {
    if (used_ == current_.size()) {
      std::unique_lock lock(mutex_);
      if (full_.empty()) changed_.wait(lock, [this] { return full_.size() >= kHigh || done_; });
      if (full_.empty()) {
        if (error_) return *error_;
        return std::size_t{0};
      }
      empty_.push_back(std::move(current_));
      current_ = std::move(full_.front());
      full_.pop_front();
      used_ = 0;
      if (full_.size() == kLow) changed_.notify_all();
    }
    const std::size_t n = std::min(out.size(), current_.size() - used_);
    std::copy_n(current_.data() + used_, n, out.data());
    used_ += n;
    return n;
  }

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 18;
  static constexpr std::size_t kMost = 16;  ///< the producer sleeps at this many,
  static constexpr std::size_t kLow = 4;    ///< until these are left;
  static constexpr std::size_t kHigh = 8;   ///< the consumer sleeps at none, until these are there

  void produce(const std::stop_token& stop) {
    while (true) {
      std::vector<char> block;
      {
        std::unique_lock lock(mutex_);
        if (full_.size() == kMost) {
          changed_.wait(lock, [&] { return full_.size() <= kLow || stop.stop_requested(); });
        }
        if (stop.stop_requested()) return;
        if (!empty_.empty()) {
          block = std::move(empty_.back());
          empty_.pop_back();
        }
      }
      block.resize(kBlock);
      Result<std::size_t> n = source_->read(block);
      const std::scoped_lock lock(mutex_);
      if (!n.ok()) error_ = n.error();
      if (!n.ok() || *n == 0) {
        done_ = true;
        changed_.notify_all();
        return;
      }
      block.resize(*n);
      full_.push_back(std::move(block));
      if (full_.size() == kHigh) changed_.notify_all();
    }
  }

  std::unique_ptr<ByteSource> source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<char>> full_;
  std::vector<std::vector<char>> empty_;
  std::vector<char> current_;  // the consumer's
  std::size_t used_ = 0;
  bool done_ = false;
  std::optional<Error> error_;
  std::jthread thread_;  // last: starts when all else is there, joined first
};

}  // namespace

std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> source) {
  return std::make_unique<ReadAhead>(std::move(source));
}

}  // namespace clue
