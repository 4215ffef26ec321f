#include "base/http_client.h"

#include <curl/curl.h>

#include <array>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "base/curl_setup.h"

namespace clue {
namespace {

// One request in flight. Transfers are kept and used again: an easy handle costs 10 kB.
struct Transfer {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::uint64_t id = 0;
  HttpRequest request;
  HttpResponse response;
  CurlGuard guard;
  bool too_large = false;
  std::array<char, CURL_ERROR_SIZE> detail{};

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    curl_slist_free_all(headers);
    if (easy != nullptr) curl_easy_cleanup(easy);
  }
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const std::size_t n = size * count;
  if (transfer->response.body.size() + n > transfer->request.max_response_bytes) {
    transfer->too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer->response.body.append(data, n);
  return n;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string_view strip(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\n')) {
    text.remove_suffix(1);
  }
  return text;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) transfer->response.headers.clear();  // of the last hop only
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    for (char& c : name) c = lower(c);
    transfer->response.headers[name] = std::string(strip(line.substr(colon + 1)));
  }
  return line.size();
}

void configure(Transfer& t) {
  CURL* easy = t.easy;
  curl_easy_reset(easy);  // keeps the connection cache of the multi handle
  curl_guard(easy, &t.guard);
  curl_easy_setopt(easy, CURLOPT_URL, t.request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &t);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t.detail.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &t);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &t);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  // One connection a request: simple to reason about, and servers keep them alive.
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(t.request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(t.request.connect_timeout.count()));
  // A proxy of the environment would be asked for its own 127.0.0.1.
  if (t.guard.host == "localhost" || is_loopback_address(t.guard.host)) {
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
  }
  if (t.request.follow_redirects && !t.guard.policy->loopback_only) {
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  }
  if (!t.request.bearer.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, t.request.bearer.c_str());
  }
  if (t.request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (!t.request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(t.request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, t.request.body.data());
  }
  curl_slist_free_all(std::exchange(t.headers, nullptr));
  t.headers = curl_slist_append(t.headers, "Expect:");
  for (const std::string& header : t.request.headers) {
    t.headers = curl_slist_append(t.headers, header.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t.headers);
}

}  // namespace

struct HttpClient::Impl {
  CURLM* multi = nullptr;
  EgressPolicy policy;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> active;
  std::vector<std::unique_ptr<Transfer>> idle;
  std::map<std::pair<std::string, std::string>, Traffic> traffic;

  explicit Impl(EgressPolicy p) : policy(std::move(p)) {
    curl_start();
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 512L);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    for (auto& [easy, transfer] : active) curl_multi_remove_handle(multi, easy);
    active.clear();
    idle.clear();
    curl_multi_cleanup(multi);
  }

  void count(Transfer& t) {
    char* ip = nullptr;
    long port = 0, request_bytes = 0, header_bytes = 0;
    curl_off_t up = 0, down = 0;
    curl_easy_getinfo(t.easy, CURLINFO_PRIMARY_IP, &ip);
    curl_easy_getinfo(t.easy, CURLINFO_PRIMARY_PORT, &port);
    curl_easy_getinfo(t.easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(t.easy, CURLINFO_HEADER_SIZE, &header_bytes);
    curl_easy_getinfo(t.easy, CURLINFO_SIZE_UPLOAD_T, &up);
    curl_easy_getinfo(t.easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    if (request_bytes == 0) return;  // never connected: nothing left this machine
    const std::string host = t.guard.host + ":" + std::to_string(port);
    const std::string address = ip != nullptr ? ip : "";
    Traffic& row = traffic[{host, address}];
    row.host = host;
    row.address = address;
    row.requests += 1;
    row.bytes_sent += static_cast<std::uint64_t>(request_bytes) + static_cast<std::uint64_t>(up);
    row.bytes_received +=
        static_cast<std::uint64_t>(header_bytes) + static_cast<std::uint64_t>(down);
  }

  HttpResponse finish(Transfer& t, CURLcode code) {
    HttpResponse& out = t.response;
    long status = 0;
    curl_off_t microseconds = 0;
    char* url = nullptr;
    curl_easy_getinfo(t.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t.easy, CURLINFO_TOTAL_TIME_T, &microseconds);
    curl_easy_getinfo(t.easy, CURLINFO_EFFECTIVE_URL, &url);
    out.status = static_cast<int>(status);
    out.seconds = static_cast<double>(microseconds) * 1e-6;
    out.final_url = url != nullptr ? url : "";
    count(t);
    if (t.too_large) {
      out.failure = HttpFailure::too_large;
      out.error = t.guard.host + ": the response is over " +
                  std::to_string(t.request.max_response_bytes) + " bytes; given up reading it";
    } else {
      curl_failure(code, t.guard, t.easy, t.detail.data(), out);
    }
    return std::move(out);
  }
};

HttpClient::HttpClient(EgressPolicy policy) : impl_(std::make_unique<Impl>(std::move(policy))) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

void HttpClient::start(HttpRequest request, std::uint64_t id) {
  std::unique_ptr<Transfer> t;
  if (impl_->idle.empty()) {
    t = std::make_unique<Transfer>();
    t->easy = curl_easy_init();
  } else {
    t = std::move(impl_->idle.back());
    impl_->idle.pop_back();
  }
  t->id = id;
  t->request = std::move(request);
  t->response = {};
  t->too_large = false;
  t->detail[0] = 0;
  t->guard = {&impl_->policy, url_host(t->request.url), t->request.url.starts_with("https"), {}};
  configure(*t);
  CURL* easy = t->easy;
  impl_->active.emplace(easy, std::move(t));
  curl_multi_add_handle(impl_->multi, easy);
}

void HttpClient::poll(std::chrono::milliseconds wait, const OnResponse& on_response) {
  int running = 0;
  curl_multi_perform(impl_->multi, &running);
  int queued = 0;
  std::vector<std::pair<std::uint64_t, HttpResponse>> finished;
  const auto collect = [&] {
    while (CURLMsg* message = curl_multi_info_read(impl_->multi, &queued)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;
      auto found = impl_->active.find(easy);
      finished.emplace_back(found->second->id, impl_->finish(*found->second, code));
      curl_multi_remove_handle(impl_->multi, easy);
      found->second->request = {};
      impl_->idle.push_back(std::move(found->second));
      impl_->active.erase(found);
    }
  };
  collect();
  if (finished.empty() && wait.count() > 0) {
    curl_multi_poll(impl_->multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    curl_multi_perform(impl_->multi, &running);
    collect();
  }
  for (auto& [id, response] : finished) on_response(id, std::move(response));
}

void HttpClient::abort_all() {
  for (auto& [easy, transfer] : impl_->active) curl_multi_remove_handle(impl_->multi, easy);
  impl_->active.clear();
}

void HttpClient::wake() { curl_multi_wakeup(impl_->multi); }

std::size_t HttpClient::in_flight() const { return impl_->active.size(); }

HttpResponse HttpClient::fetch(HttpRequest request, const std::stop_token& stop) {
  CLUE_CHECK(impl_->active.empty());
  start(std::move(request), 0);
  HttpResponse out;
  bool done = false;
  const std::stop_callback on_stop(stop, [this] { wake(); });
  while (!done) {
    if (stop.stop_requested()) {
      abort_all();
      out.failure = HttpFailure::cancelled;
      out.error = "stopped";
      return out;
    }
    poll(std::chrono::milliseconds(500), [&](std::uint64_t, HttpResponse r) {
      out = std::move(r);
      done = true;
    });
  }
  return out;
}

std::vector<Traffic> HttpClient::traffic() const {
  std::vector<Traffic> rows;
  for (const auto& [key, row] : impl_->traffic) rows.push_back(row);
  return rows;
}

std::string HttpResponse::header(std::string_view name) const {
  const auto found = headers.find(std::string(name));
  return found == headers.end() ? std::string() : found->second;
}

bool is_loopback_address(std::string_view address) {
  if (address == "::1") return true;
  if (address.starts_with("::ffff:")) address.remove_prefix(7);
  return address.starts_with("127.") && address.find(':') == std::string_view::npos;
}

std::string url_host(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    rest.remove_prefix(at + 1);
  }
  if (rest.starts_with('[')) {
    rest = rest.substr(1, rest.find(']') - 1);
  } else {
    rest = rest.substr(0, rest.find(':'));
  }
  std::string host(rest);
  for (char& c : host) c = lower(c);
  return host;
}

std::string url_escape_path(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

double retry_after_seconds(std::string_view value, std::chrono::system_clock::time_point now) {
  value = strip(value);
  double seconds = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, seconds);
  if (error == std::errc() && stop == end) return seconds >= 0 ? seconds : 0;
  const std::time_t when = curl_getdate(std::string(value).c_str(), nullptr);
  if (when == -1) return -1;
  const std::time_t current = std::chrono::system_clock::to_time_t(now);
  return when > current ? static_cast<double>(when - current) : 0;
}

}  // namespace clue
