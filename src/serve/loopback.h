// The door of every page that is served: loopback only, a secret token in the address, foreign Host
// headers refused (DNS rebinding), nothing cached. Used by the report view and the review.
//
//   Loopback door; door.guard(server, {token}); CLUE_TRY(int port, door.listen(server, 0));
#pragma once

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"

namespace httplib {
class Server;
}

namespace clue::serve {

/// 128 random bits in hexadecimal, from the system's generator.
[[nodiscard]] std::string random_token();

/// Which of `tokens` this is; -1: none. Takes the same time whatever was right.
[[nodiscard]] int match_token(std::string_view given, const std::vector<std::string>& tokens);

class Loopback {
 public:
  ~Loopback();
  /// Refuses with 403 and `words` every request without one of the tokens (query parameter "token")
  /// or for another host. Call once, before listen().
  void guard(httplib::Server& server, std::vector<std::string> tokens, std::string words);
  /// Binds 127.0.0.1 (port 0: any free one) and serves in a thread. Error: the port is taken.
  [[nodiscard]] Status listen(httplib::Server& server, int port);
  [[nodiscard]] int port() const { return port_; }
  /// "http://127.0.0.1:PORT/?token=TOKEN"
  [[nodiscard]] std::string url(std::string_view token) const;
  /// Blocks until the server was stopped.
  void wait();

 private:
  int port_ = 0;
  std::thread thread_;
};

}  // namespace clue::serve
