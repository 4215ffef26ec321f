// One file from a web server to disk: resumed where it stopped, checked, and put in place whole or
// not at all. Used by `clue data get` and by hf: models. Blocks its thread; safe from several
// threads on different files.
//
//   CLUE_TRY(Downloaded d, download({.url = url, .destination = "x.gguf", .sha256 = hash}));
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/http_client.h"
#include "base/result.h"

namespace clue {

struct DownloadRequest {
  std::string url = {};
  std::filesystem::path destination = {};
  std::filesystem::path part = {};  ///< where an unfinished file lies; "": destination + ".part"
  std::uint64_t expected_size = 0;  ///< 0: not known
  std::string sha256 = {};          ///< of the bytes; "": not known
  std::string git_blob = {};        ///< git's id of the file; "": not known
  std::vector<std::string> headers = {};
  std::string bearer = {};  ///< token; never sent to a host redirected to
  std::string user = {};    ///< basic authentication; the password by `password`, else ~/.netrc
  std::function<Result<std::string>()> password = {};  ///< asked only if the server wants one
  std::string sign_up = {};                            ///< for 401 and 403: where to get access
  int max_retries = 5;  ///< of broken connections and 5xx; each goes on where the last stopped
  std::chrono::milliseconds retry_wait{500};  ///< doubles with each retry, at most 30 s
  std::chrono::seconds stall_timeout{60};     ///< less than 1 byte/s for so long counts as broken
  std::function<void(std::uint64_t done, std::uint64_t total)> progress =
      {};  ///< total 0: not known
  std::stop_token stop = {};
  EgressPolicy policy = {};
};

struct Downloaded {
  std::uint64_t size = 0;
  std::uint64_t resumed_from = 0;  ///< bytes an earlier try had left
  std::string etag = {};
  bool checked = false;  ///< a checksum was given and holds
};

/// Error: not_found (404), denied (401, 403), unavailable (network, 5xx), data (size or checksum
/// differs; the part file is removed), io (disk full, permission; the part file stays), cancelled
/// (the part file stays). An existing destination is replaced only by a checked file.
[[nodiscard]] Result<Downloaded> download(const DownloadRequest& request);

}  // namespace clue
