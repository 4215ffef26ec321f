#include "base/curl_setup.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <mutex>

namespace clue {
namespace {

std::string address_text(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
  }
  return text.data();
}

bool host_listed(const CurlGuard& guard) {
  for (const std::string& host : guard.policy->allowed_hosts) {
    if (host == guard.host) return true;
  }
  return false;
}

// An allowed host's identity is only known through TLS.
bool host_allowed(const CurlGuard& guard) { return guard.tls && host_listed(guard); }

// Called with the resolved address before connect(2): the one place where a name cannot lie.
curl_socket_t open_socket(void* data, curlsocktype, curl_sockaddr* address) {
  auto* guard = static_cast<CurlGuard*>(data);
  if (guard->policy != nullptr && guard->policy->loopback_only) {
    const std::string text = address_text(&address->addr);
    if (!is_loopback_address(text) && !host_allowed(*guard)) {
      guard->refused_address = text.empty() ? "an unknown address family" : text;
      return CURL_SOCKET_BAD;
    }
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

HttpFailure kind_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return HttpFailure::none;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return HttpFailure::resolve;
    case CURLE_COULDNT_CONNECT:
      return HttpFailure::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_INITFAILED:
      return HttpFailure::tls;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpFailure::timeout;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return HttpFailure::bad_url;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return HttpFailure::broken;
    default:
      return HttpFailure::other;
  }
}

const char* words_of(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::resolve:
      return "the name cannot be resolved (check the spelling and the network)";
    case HttpFailure::connect:
      return "nothing accepts connections there (is the server running, is the port right?)";
    case HttpFailure::tls:
      return "no secure connection (certificate not trusted, or the server speaks plain http)";
    case HttpFailure::timeout:
      return "no answer in time";
    case HttpFailure::broken:
      return "the connection broke before the whole response came";
    case HttpFailure::bad_url:
      return "not a usable http(s) address";
    default:
      return "the transfer failed";
  }
}

}  // namespace

void curl_start() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

void curl_guard(void* easy, CurlGuard* guard) {
  CURL* handle = easy;
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "clue");
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, guard);
  const bool guarded = guard->policy != nullptr && guard->policy->loopback_only;
  if (guarded) {
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    // A redirect would carry the text to a host the caller never named.
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  }
}

void curl_failure(int code, const CurlGuard& guard, void* easy, const char* detail,
                  HttpResponse& out) {
  if (!guard.refused_address.empty()) {
    out.failure = HttpFailure::policy;
    out.error =
        guard.host + " is at " + guard.refused_address +
        ", which is not this machine: guarded text is not sent there. " +
        (host_listed(guard)
             ? "The administrator allows this host only over https: use https://"
             : "Allow it with --allow-remote \"reason\", or have the administrator list the "
               "host (TLS only)");
    return;
  }
  out.failure = kind_of(static_cast<CURLcode>(code));
  if (out.failure == HttpFailure::none) return;
  char* url = nullptr;
  curl_easy_getinfo(static_cast<CURL*>(easy), CURLINFO_EFFECTIVE_URL, &url);
  std::string shown = url != nullptr ? url : guard.host;
  shown = shown.substr(0, shown.find('?'));  // a query may hold a signed key
  out.error = shown + ": " + words_of(out.failure);
  const char* reason =
      detail != nullptr && *detail != 0 ? detail : curl_easy_strerror(static_cast<CURLcode>(code));
  out.error += std::string(" [") + reason + "]";
}

}  // namespace clue
