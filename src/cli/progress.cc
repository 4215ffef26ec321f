#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace clue::cli {
namespace {

std::string duration(double seconds) {
  const auto s = static_cast<long long>(seconds + 0.5);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{}:{:02} min", s / 60, s % 60);
  return fmt::format("{}:{:02} h", s / 3600, s / 60 % 60);
}

}  // namespace

DownloadProgress::~DownloadProgress() {
  if (open_line_) err_ << std::endl;
}

void DownloadProgress::show(const std::string& file, std::uint64_t done, std::uint64_t total) {
  const auto now = std::chrono::steady_clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10000);
  if (now - shown_ < pause && (total == 0 || done < total)) return;
  shown_ = now;
  const double mib = 1024.0 * 1024.0;
  std::string line = fmt::format("{}: {:.0f}", file, static_cast<double>(done) / mib);
  if (total > 0) {
    line += fmt::format(" of {:.0f} MiB, {} %", static_cast<double>(total) / mib,
                        done * 100 / std::max<std::uint64_t>(1, total));
  } else {
    line += " MiB";
  }
  open_line_ = terminal_;
  if (terminal_) {
    err_ << '\r' << line << "\x1b[K" << std::flush;
  } else {
    err_ << line << std::endl;
  }
}

PassProgress::PassProgress(std::ostream& err, bool terminal, std::string model)
    : err_(err), terminal_(terminal), model_(std::move(model)) {}

void PassProgress::begin(std::string_view task, std::size_t total, std::size_t already) {
  task_ = task;
  total_ = total;
  already_ = already;
  done_ = errors_ = 0;
  tokens_ = 0;
  start_ = shown_ = Clock::now();
  if (already > 0) {
    err_ << fmt::format("{} {}: {} of {} samples are already there\n", model_, task_, already,
                        total);
  }
}

void PassProgress::finished(const core::Generation& generation) {
  ++done_;
  errors_ += generation.error.empty() ? 0 : 1;
  tokens_ += generation.output_tokens;
  const auto pause = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10000);
  if (Clock::now() - shown_ >= pause) print(false);
}

void PassProgress::end() { print(true); }

void PassProgress::note(std::string_view words) {
  err_ << "warning: " << model_ << ": " << words << std::endl;
}

void PassProgress::print(bool last) {
  shown_ = Clock::now();
  const double seconds = std::chrono::duration<double>(shown_ - start_).count();
  const double rate = static_cast<double>(done_) / std::max(seconds, 1e-9);
  std::string line = fmt::format("{} {}: {}/{}", model_, task_, already_ + done_, total_);
  if (done_ > 0) line += fmt::format(", {:.1f} samples/s", rate);
  if (tokens_ > 0) {
    line +=
        fmt::format(", {:.0f} tokens/s", static_cast<double>(tokens_) / std::max(seconds, 1e-9));
  }
  if (errors_ > 0) line += fmt::format(", {} failed", errors_);
  if (!last && done_ > 0) {
    line += ", " + duration(static_cast<double>(total_ - already_ - done_) / rate) + " left";
  }
  if (last) line += ", " + duration(seconds);
  if (terminal_) {
    err_ << '\r' << line << "\x1b[K" << (last ? "\n" : "") << std::flush;
  } else {
    err_ << line << std::endl;
  }
}

}  // namespace clue::cli
