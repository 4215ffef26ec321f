// What every libcurl handle of the program has in common: process-wide start, the egress guard, and
// failure codes in words. Used by http_client.cc and download.cc only; handles are passed as void*
// so that curl's header stays out of ours. Free functions, thread-safe.
//
//   curl_guard(easy, &guard);  ... curl_failure(code, guard, easy, buffer)
#pragma once

#include <string>

#include "base/http_client.h"

namespace clue {

/// State of the guard for one handle; must outlive the transfer.
struct CurlGuard {
  const EgressPolicy* policy = nullptr;
  std::string host;             ///< of the request's URL
  bool tls = false;             ///< the request's URL is https
  std::string refused_address;  ///< set when the guard said no
};

/// Starts libcurl once for the process.
void curl_start();
/// Installs the guard and the options all handles share (no signals, http and https only).
void curl_guard(void* easy, CurlGuard* guard);
/// The failure's kind and sentence for a curl result code; `detail` is curl's error buffer.
void curl_failure(int code, const CurlGuard& guard, void* easy, const char* detail,
                  HttpResponse& out);

}  // namespace clue
