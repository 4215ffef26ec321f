// A small HTTP/1.1 server on a loopback port for tests, close enough to the socket to misbehave: it
// can drip, reset, lie about lengths or say nothing. One thread a connection; the handler runs on
// several threads at once. Ends with the object.
//
//   TestServer server([](const TestRequest& r, TestConnection& c) { c.reply(200, "{}"); });
//   get(server.url() + "/v1/models");
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace clue::testing {

struct TestRequest {
  std::string method, path;                    ///< path with query
  std::map<std::string, std::string> headers;  ///< lower-case names
  std::string body;
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// The server's side of one connection.
class TestConnection {
 public:
  explicit TestConnection(int socket) : socket_(socket) {}
  /// A whole response with a right Content-Length; `headers` are "Name: value\r\n" lines.
  void reply(int status, std::string_view body, std::string_view headers = "");
  /// Bytes as they are; false: the client is gone.
  bool send_raw(std::string_view bytes);
  /// Closes after the handler returns (half-sent responses become truncated ones).
  void close_after() { closing_ = true; }
  /// Closes with a TCP reset.
  void reset();
  [[nodiscard]] bool closing() const { return closing_; }

 private:
  int socket_;
  bool closing_ = false;
};

class TestServer {
 public:
  using Handler = std::function<void(const TestRequest&, TestConnection&)>;
  /// Listens on 127.0.0.1; port 0: any free one.
  explicit TestServer(Handler handler, int port = 0);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int connections() const { return connections_; }
  /// Set by the destructor first: handlers that wait should look.
  [[nodiscard]] bool stopping() const { return stopping_; }

 private:
  void accept_loop();
  void serve(int socket);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0, connections_ = 0;
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::list<std::thread> workers_;
  std::thread acceptor_;
};

/// A port on which nothing listens (just now).
[[nodiscard]] int unused_port();

}  // namespace clue::testing
