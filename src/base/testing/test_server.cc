#include "base/testing/test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/text.h"

namespace clue::testing {
namespace {

int listen_on(int port, int& actual) {
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CLUE_CHECK(s >= 0);
  const int one = 1;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  CLUE_CHECK(bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CLUE_CHECK(listen(s, 1024) == 0);
  socklen_t length = sizeof address;
  CLUE_CHECK(getsockname(s, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  actual = ntohs(address.sin_port);
  return s;
}

// Reads until `buffer` holds at least `size` bytes; false: closed.
bool fill(int socket, std::string& buffer, std::size_t size) {
  while (buffer.size() < size) {
    char chunk[16384];
    const ssize_t n = recv(socket, chunk, sizeof chunk, 0);
    if (n <= 0) return false;
    buffer.append(chunk, static_cast<std::size_t>(n));
  }
  return true;
}

bool read_request(int socket, std::string& buffer, TestRequest& request) {
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(socket, buffer, buffer.size() + 1)) return false;
    if (buffer[0] == 0x16) {  // a TLS greeting: answer as plain servers do
      TestConnection(socket).send_raw("HTTP/1.1 400 Bad Request\r\n\r\n");
      return false;
    }
  }
  const std::string head = buffer.substr(0, end);
  buffer.erase(0, end + 4);
  bool first = true;
  for (std::string_view line : split(std::string_view(head), "\r\n")) {
    if (first) {
      const std::size_t a = line.find(' ');
      const std::size_t b = line.rfind(' ');
      request.method = line.substr(0, a);
      request.path = line.substr(a + 1, b - a - 1);
      first = false;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    request.headers[ascii_lower(line.substr(0, colon))] = trim(line.substr(colon + 1));
  }
  const std::string length = request.header("content-length");
  std::size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  if (!fill(socket, buffer, size)) return false;
  request.body = buffer.substr(0, size);
  buffer.erase(0, size);
  return true;
}

}  // namespace

void TestConnection::reply(int status, std::string_view body, std::string_view headers) {
  std::string out =
      "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n";
  out += headers;
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out += body;
  send_raw(out);
}

bool TestConnection::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) {
      closing_ = true;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void TestConnection::reset() {
  const linger hard{1, 0};  // a close with unsent data thrown away: RST
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  closing_ = true;
}

TestServer::TestServer(Handler handler, int port) : handler_(std::move(handler)) {
  listener_ = listen_on(port, port_);
  acceptor_ = std::thread([this] { accept_loop(); });
}

TestServer::~TestServer() {
  stopping_ = true;
  acceptor_.join();
  close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int s : sockets_) shutdown(s, SHUT_RDWR);
  }
  for (std::thread& worker : workers_) worker.join();
}

void TestServer::accept_loop() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, 20) <= 0) continue;
    const int s = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (s < 0) continue;
    const int one = 1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    ++connections_;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(s);
    workers_.emplace_back([this, s] { serve(s); });
  }
}

void TestServer::serve(int socket) {
  std::string buffer;
  TestConnection connection(socket);
  while (!stopping_ && !connection.closing()) {
    TestRequest request;
    if (!read_request(socket, buffer, request)) break;
    ++requests_;
    handler_(request, connection);
    if (request.header("connection") == "close") break;
  }
  const std::lock_guard lock(mutex_);
  sockets_.erase(std::find(sockets_.begin(), sockets_.end(), socket));
  close(socket);
}

int unused_port() {
  int port = 0;
  close(listen_on(0, port));
  return port;
}

}  // namespace clue::testing
