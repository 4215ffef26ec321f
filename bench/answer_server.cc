// An OpenAI-compatible server that answers at once, for bench/compare_servers.py: one thread, epoll,
// always the same answer. Prints its URL; for every line on standard input one JSON line with the
// number of completions since the last one and the seconds from the first to the last of them.
//
//   clue_answer_server < fifo
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kAnswer =
    R"({"id":"x","object":"chat.completion","created":1,"model":"test","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"neutral"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":8}})";
constexpr std::string_view kModels = R"({"object":"list","data":[{"id":"test","owned_by":"bench"}]})";

struct Counts {
  long answers = 0;
  Clock::time_point first{}, last{};
};

std::string reply(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// Length of the first whole request in `in`, 0 while a part is missing.
std::size_t whole_request(std::string_view in) {
  const std::size_t end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  std::size_t length = 0;
  for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    const std::size_t at = in.substr(0, end).find(name);
    if (at == std::string_view::npos) continue;
    for (std::size_t i = at + name.size(); i < end && in[i] >= '0' && in[i] <= '9'; ++i) {
      length = length * 10 + static_cast<std::size_t>(in[i] - '0');
    }
  }
  return in.size() >= end + 4 + length ? end + 4 + length : 0;
}

void serve(int socket, std::string& in, Counts& counts) {
  static const std::string answer = reply(kAnswer), models = reply(kModels);
  std::string out;
  while (const std::size_t length = whole_request(in)) {
    if (in.starts_with("GET")) {
      out += models;
    } else {
      out += answer;
      counts.last = Clock::now();
      if (counts.answers++ == 0) counts.first = counts.last;
    }
    in.erase(0, length);
  }
  if (!out.empty() && send(socket, out.data(), out.size(), MSG_NOSIGNAL) < 0) in.clear();
}

void report(Counts& counts) {
  const double seconds = std::chrono::duration<double>(counts.last - counts.first).count();
  std::cout << "{\"answers\":" << counts.answers << ",\"seconds\":" << seconds << "}" << std::endl;
  counts = {};
}

}  // namespace

int main() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 1024) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::cerr << "cannot listen on loopback\n";
    return 1;
  }
  std::cout << "http://127.0.0.1:" << ntohs(address.sin_port) << "/v1" << std::endl;
  const int poll = epoll_create1(0);
  const auto watch = [poll](int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
  };
  watch(listener);
  watch(0);
  std::map<int, std::string> inputs;
  Counts counts;
  std::array<epoll_event, 256> events{};
  std::array<char, 65536> buffer{};
  while (true) {
    const int n = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (client < 0) continue;
        const int one = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        inputs[client];
        watch(client);
        continue;
      }
      const ssize_t got = read(fd, buffer.data(), buffer.size());
      if (fd == 0) {
        if (got <= 0) return 0;
        report(counts);
      } else if (got > 0) {
        std::string& in = inputs[fd];
        in.append(buffer.data(), static_cast<std::size_t>(got));
        serve(fd, in, counts);
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        inputs.erase(fd);
        close(fd);
      }
    }
  }
}
