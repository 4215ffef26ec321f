// Many HTTP requests in flight on one thread: keep-alive connections, limits on time and size, and
// a guard that looks at the resolved address before a byte is sent. Used by the server back end,
// the hub client and the downloads. One thread owns an HttpClient; wake() may be called from any.
//
//   HttpClient client({.loopback_only = true});
//   client.start({.url = url, .body = json}, 7);
//   client.poll(100ms, [&](std::uint64_t id, HttpResponse r) { ... });
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace clue {

/// Where text may go. The check is made on the address a connection is about to be opened to, so a
/// name that resolves to a public address is not local whatever it is called.
struct EgressPolicy {
  bool loopback_only = false;  ///< also: proxies of the environment are ignored
  std::vector<std::string> allowed_hosts =
      {};  ///< host names that may be reached all the same (TLS)
};

/// What went to one address, for the audit of a run.
struct Traffic {
  std::string host = {};     ///< as named in the URL, with the port
  std::string address = {};  ///< as connected to
  std::uint64_t requests = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
};

struct HttpRequest {
  std::string url = {};
  std::string method = {};                ///< "": POST with a body, else GET
  std::vector<std::string> headers = {};  ///< "Name: value"
  std::string body = {};
  std::string bearer = {};  ///< sent to the first host only, never to one redirected to
  std::chrono::milliseconds timeout{600'000};
  std::chrono::milliseconds connect_timeout{10'000};
  std::size_t max_response_bytes = 64U << 20;
  bool follow_redirects = false;
};

/// Why there is no (whole) response.
enum class HttpFailure {
  none,
  resolve,
  connect,
  tls,
  timeout,
  broken,     ///< reset, or the body ended early
  too_large,  ///< over max_response_bytes
  policy,     ///< the egress guard refused the address
  bad_url,
  cancelled,  ///< fetch() was stopped
  other
};

struct HttpResponse {
  HttpFailure failure = HttpFailure::none;
  std::string error = {};  ///< one sentence for people: host, port, cause
  int status = 0;
  std::map<std::string, std::string> headers = {};  ///< lower-case names; the last response's
  std::string body = {};
  std::string final_url = {};
  double seconds = 0;

  [[nodiscard]] bool ok() const { return failure == HttpFailure::none && status / 100 == 2; }
  /// A header's value or "".
  [[nodiscard]] std::string header(std::string_view name) const;
};

class HttpClient {
 public:
  explicit HttpClient(EgressPolicy policy = {});
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// Starts a request; `id` comes back with the response. Requires: id is not in flight.
  void start(HttpRequest request, std::uint64_t id);
  using OnResponse = std::function<void(std::uint64_t id, HttpResponse response)>;
  /// Waits up to `wait` for something to happen, then reports what finished. May start requests
  /// from inside `on_response`.
  void poll(std::chrono::milliseconds wait, const OnResponse& on_response);
  /// Drops all requests in flight without a report.
  void abort_all();
  /// Ends a poll() that waits. Safe from any thread.
  void wake();
  [[nodiscard]] std::size_t in_flight() const;

  /// One request, start to end; nothing else may be in flight. A stop gives `cancelled`.
  [[nodiscard]] HttpResponse fetch(HttpRequest request, const std::stop_token& stop = {});
  /// What was sent and received so far, by host and address, in order of name.
  [[nodiscard]] std::vector<Traffic> traffic() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// True for 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104 in text form.
[[nodiscard]] bool is_loopback_address(std::string_view address);
/// Host part of an http(s) URL in lower case, without port, brackets or user; "": not a URL.
[[nodiscard]] std::string url_host(std::string_view url);
/// A path segment or query value with reserved characters escaped; '/' stays.
[[nodiscard]] std::string url_escape_path(std::string_view path);
/// Seconds until a Retry-After value (seconds or an HTTP date), never negative; -1: unreadable.
[[nodiscard]] double retry_after_seconds(std::string_view value,
                                         std::chrono::system_clock::time_point now);

}  // namespace clue
