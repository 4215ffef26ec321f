#include "serve/loopback.h"

#include <cpp-httplib/httplib.h>
#include <fmt/format.h>

#include <random>

namespace clue::serve {

std::string random_token() {
  std::random_device device;  // a secret, not a reproducible draw
  std::string out;
  for (int i = 0; i < 4; ++i) out += fmt::format("{:08x}", device());
  return out;
}

int match_token(std::string_view given, const std::vector<std::string>& tokens) {
  int found = -1;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    const std::string& token = tokens[t];
    if (token.size() != given.size()) continue;
    unsigned different = 0;
    for (std::size_t i = 0; i < token.size(); ++i)
      different |= static_cast<unsigned>(token[i] ^ given[i]);
    if (different == 0) found = static_cast<int>(t);
  }
  return found;
}

Loopback::~Loopback() { wait(); }

void Loopback::guard(httplib::Server& server, std::vector<std::string> tokens, std::string words) {
  server.set_pre_routing_handler([this, tokens = std::move(tokens), words = std::move(words)](
                                     const httplib::Request& request, httplib::Response& response) {
    response.set_header("Cache-Control", "no-store");
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("X-Frame-Options", "DENY");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");
    const std::string host = request.get_header_value("Host");
    const bool here =
        host == fmt::format("127.0.0.1:{}", port_) || host == fmt::format("localhost:{}", port_);
    if (here && match_token(request.get_param_value("token"), tokens) >= 0)
      return httplib::Server::HandlerResponse::Unhandled;
    response.status = 403;
    response.set_content(words, "text/plain; charset=utf-8");
    return httplib::Server::HandlerResponse::Handled;
  });
}

Status Loopback::listen(httplib::Server& server, int port) {
  if (port == 0) {
    port_ = server.bind_to_any_port("127.0.0.1");
  } else if (server.bind_to_port("127.0.0.1", port)) {
    port_ = port;
  }
  if (port_ <= 0) {
    return Error{ErrorCode::io, fmt::format("cannot listen on 127.0.0.1:{}: the port is taken; "
                                            "leave --port out for a free one",
                                            port)};
  }
  thread_ = std::thread([&server] { server.listen_after_bind(); });
  server.wait_until_ready();
  return {};
}

std::string Loopback::url(std::string_view token) const {
  return fmt::format("http://127.0.0.1:{}/?token={}", port_, token);
}

void Loopback::wait() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace clue::serve
