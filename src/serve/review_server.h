// `clue review`: the page on which clinicians accept, edit, reject or rate, on loopback only. Every
// reviewer has an address of their own (the token is the identity), so nobody sees another's
// decisions; the adjudicator's address shows all, settles disputes and exports. A decision is on
// the disk before it is answered. One server thread pool of its own; the methods below are for one
// caller.
//
//   CLUE_TRY(auto server, ReviewServer::start(std::move(set), {.reviewers = {"Dr. A"}}));
//   for (const ReviewAddress& a : server->addresses()) say(a.url);
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "serve/review_set.h"

namespace clue::serve {

struct ReviewOptions {
  std::filesystem::path log;  ///< pairs: the review file. Outputs: each run's own ratings.db
  std::vector<std::string> reviewers;
  std::string language;  ///< "en", "de"; "": the browser's
  int port = 0;          ///< 0: any free one
  Clock clock = system_clock();
};

struct ReviewAddress {
  std::string who;
  std::string url;
};

/// Where the ratings of a run's outputs are kept.
[[nodiscard]] std::filesystem::path ratings_file(const std::filesystem::path& run);

/// The scales of a rating, 1 to 5 each.
inline constexpr const char* kRatingScales[] = {"correct", "complete", "concise"};

class ReviewServer {
 public:
  /// Error: the log cannot be opened, or the port is taken.
  [[nodiscard]] static Result<std::unique_ptr<ReviewServer>> start(ReviewSet set,
                                                                   const ReviewOptions& options);
  ~ReviewServer();

  [[nodiscard]] const std::vector<ReviewAddress>& addresses() const;  ///< the adjudicator's last
  void wait();
  void stop();  ///< safe from any thread

 private:
  struct Impl;
  explicit ReviewServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace clue::serve
