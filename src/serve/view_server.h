// `clue view`: the report page, live, on loopback while a run goes on. Binds 127.0.0.1 only, asks
// for its token in every request and refuses foreign Host headers (DNS rebinding). Reads run
// folders only. One server thread pool of its own; the methods below are for one caller.
//
//   CLUE_TRY(auto server, ViewServer::start({.runs = {"runs/a"}}));
//   say(server->url()); server->wait();
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace clue::serve {

struct ViewOptions {
  std::vector<std::filesystem::path> runs;
  std::optional<bool> with_text{};  ///< as report::ReportOptions
  std::string title = "CLUE evaluation";
  std::string generator = "clue";
  int port = 0;         ///< 0: any free one
  std::string token{};  ///< "": a random one
};

class ViewServer {
 public:
  /// Starts listening. Error: no run can be read, or the port is taken.
  [[nodiscard]] static Result<std::unique_ptr<ViewServer>> start(const ViewOptions& options);
  ~ViewServer();  ///< stops

  [[nodiscard]] const std::string& url() const;  ///< with the token
  [[nodiscard]] int port() const;
  /// Blocks until stop().
  void wait();
  /// Safe from any thread; wait() then returns.
  void stop();

 private:
  struct Impl;
  explicit ViewServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace clue::serve
