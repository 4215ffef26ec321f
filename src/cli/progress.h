// Progress of passes and downloads on stderr: a line that is rewritten on a terminal, a plain line
// every ten seconds elsewhere. One object for each pass.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "run/passes.h"

namespace clue::cli {

class PassProgress : public run::Progress {
 public:
  PassProgress(std::ostream& err, bool terminal, std::string model);
  void begin(std::string_view task, std::size_t total, std::size_t already) override;
  void finished(const core::Generation& generation) override;
  void end() override;
  void note(std::string_view words) override;

 private:
  void print(bool last);

  using Clock = std::chrono::steady_clock;
  std::ostream& err_;
  bool terminal_;
  std::string model_;
  std::string task_;
  std::size_t total_ = 0, already_ = 0, done_ = 0, errors_ = 0;
  long long tokens_ = 0;
  Clock::time_point start_, shown_;
};

/// Lines about a file being fetched: one that changes on a terminal, else one every ten seconds.
class DownloadProgress {
 public:
  DownloadProgress(std::ostream& err, bool terminal) : err_(err), terminal_(terminal) {}
  ~DownloadProgress();
  DownloadProgress(const DownloadProgress&) = delete;
  DownloadProgress& operator=(const DownloadProgress&) = delete;
  /// `total` 0: not known. May come from any thread, one call at a time.
  void show(const std::string& file, std::uint64_t done, std::uint64_t total);

 private:
  std::ostream& err_;
  bool terminal_;
  bool open_line_ = false;
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace clue::cli
