#include "base/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>

#include "base/curl_setup.h"
#include "base/files.h"
#include "base/hash.h"

namespace clue {
namespace {
namespace fs = std::filesystem;

// What lies beside a part file: the validator that lets the server say "still the same file".
std::string read_validator(const fs::path& path) {
  Result<std::string> text = read_file(path, 4096);
  return text ? std::string(text->substr(0, text->find('\n'))) : std::string();
}

struct Attempt {
  const DownloadRequest* request = nullptr;
  fs::path part, validator_file;
  CURL* easy = nullptr;
  int file = -1;
  int write_error = 0;
  bool opened_for_body = false;
  std::uint64_t offset = 0;  ///< bytes kept from earlier
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::string etag, last_modified, words;
  bool space_short = false;
  std::uint64_t space_free = 0;
  std::array<char, CURL_ERROR_SIZE> detail{};
  CurlGuard guard;

  Attempt() = default;
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() {
    if (easy != nullptr) curl_easy_cleanup(easy);
    if (file >= 0) close(file);
  }
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  return text;
}

bool header_is(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = line[i] >= 'A' && line[i] <= 'Z' ? static_cast<char>(line[i] + 32) : line[i];
    if (c != name[i]) return false;
  }
  return true;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto* a = static_cast<Attempt*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    a->etag.clear();
    a->last_modified.clear();
  }
  const auto value = [&] { return std::string(trimmed(line.substr(line.find(':') + 1))); };
  if (header_is(line, "etag")) a->etag = value();
  if (header_is(line, "last-modified")) a->last_modified = value();
  return line.size();
}

// Start of a good body: decides between going on (206) and from the start (200), writes down the
// validator before the first byte, and looks whether the disk can hold the rest.
bool open_body(Attempt& a, long status) {
  a.opened_for_body = true;
  if (status != 206) a.offset = 0;
  a.file =
      open(a.part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (a.offset > 0 ? 0 : O_TRUNC), 0666);
  if (a.file < 0 || lseek(a.file, static_cast<off_t>(a.offset), SEEK_SET) < 0) {
    a.write_error = errno;
    return false;
  }
  const bool strong = !a.etag.empty() && !a.etag.starts_with("W/");
  const std::string validator = strong ? a.etag : a.last_modified;
  if (!write_file_atomic(a.validator_file, validator + "\n")) {
    a.write_error = EIO;
    return false;
  }
  curl_off_t length = -1;
  curl_easy_getinfo(a.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  a.total = length > 0 ? a.offset + static_cast<std::uint64_t>(length) : a.request->expected_size;
  std::error_code ignored;
  const fs::space_info space = fs::space(a.part.parent_path(), ignored);
  if (!ignored && a.total > a.offset && space.available < a.total - a.offset) {
    a.space_short = true;
    a.space_free = space.available;
    return false;
  }
  a.done = a.offset;
  return true;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto* a = static_cast<Attempt*>(user);
  const std::size_t n = size * count;
  long status = 0;
  curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 && status != 206) {  // an error page: keep a little for the message
    if (a->words.size() < 400) a->words.append(data, std::min<std::size_t>(n, 400));
    return n;
  }
  if (!a->opened_for_body && !open_body(*a, status)) return CURL_WRITEFUNC_ERROR;
  for (std::size_t at = 0; at < n;) {
    const ssize_t written = write(a->file, data + at, n - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      a->write_error = written < 0 ? errno : ENOSPC;
      return CURL_WRITEFUNC_ERROR;
    }
    at += static_cast<std::size_t>(written);
  }
  a->done += n;
  return n;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto* a = static_cast<Attempt*>(user);
  if (a->request->stop.stop_requested()) return 1;
  if (a->request->progress && a->opened_for_body) a->request->progress(a->done, a->total);
  return 0;
}

void set_auth(Attempt& a, const std::string& password) {
  const DownloadRequest& r = *a.request;
  if (!r.bearer.empty()) {
    curl_easy_setopt(a.easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl_easy_setopt(a.easy, CURLOPT_XOAUTH2_BEARER, r.bearer.c_str());
    return;
  }
  if (r.user.empty()) return;
  curl_easy_setopt(a.easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(a.easy, CURLOPT_USERNAME, r.user.c_str());
  if (password.empty()) {
    curl_easy_setopt(a.easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
  } else {
    curl_easy_setopt(a.easy, CURLOPT_PASSWORD, password.c_str());
  }
}

CURLcode perform(Attempt& a, const std::string& password) {
  const DownloadRequest& r = *a.request;
  a.easy = curl_easy_init();
  a.guard = {&r.policy, url_host(r.url), r.url.starts_with("https"), {}};
  curl_guard(a.easy, &a.guard);
  curl_easy_setopt(a.easy, CURLOPT_URL, r.url.c_str());
  curl_easy_setopt(a.easy, CURLOPT_ERRORBUFFER, a.detail.data());
  if (!r.policy.loopback_only) curl_easy_setopt(a.easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(a.easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(a.easy, CURLOPT_WRITEDATA, &a);
  curl_easy_setopt(a.easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(a.easy, CURLOPT_HEADERDATA, &a);
  curl_easy_setopt(a.easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(a.easy, CURLOPT_XFERINFODATA, &a);
  curl_easy_setopt(a.easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(a.easy, CURLOPT_CONNECTTIMEOUT, 15L);
  curl_easy_setopt(a.easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(a.easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(r.stall_timeout.count()));
  set_auth(a, password);

  curl_slist* headers = nullptr;
  for (const std::string& header : r.headers) headers = curl_slist_append(headers, header.c_str());
  // A content checksum protects a resumed file as well as a validator does.
  const bool content_known = !r.sha256.empty() || !r.git_blob.empty();
  const std::string validator = read_validator(a.validator_file);
  if (a.offset > 0 && validator.empty() && !content_known) a.offset = 0;
  if (a.offset > 0) {
    curl_easy_setopt(a.easy, CURLOPT_RANGE, (std::to_string(a.offset) + "-").c_str());
    if (!validator.empty()) {
      headers = curl_slist_append(headers, ("If-Range: " + validator).c_str());
    }
  }
  curl_easy_setopt(a.easy, CURLOPT_HTTPHEADER, headers);
  const CURLcode code = curl_easy_perform(a.easy);
  curl_slist_free_all(headers);
  return code;
}

std::string bytes_text(std::uint64_t bytes) {
  return std::to_string(bytes / 1'000'000) + "." + std::to_string(bytes / 100'000 % 10) + " MB";
}

// What a try came to: nothing (done), or an error and whether another try may help.
struct Outcome {
  std::optional<Error> error;
  bool again = false;
  bool restart = false;  ///< the part file is of no use
  bool wants_password = false;
};

Outcome judge_status(const Attempt& a, long status) {
  const DownloadRequest& r = *a.request;
  std::string said = std::string(trimmed(std::string_view(a.words).substr(0, 200)));
  if (!said.empty()) said = " (the server says: " + said + ")";
  const std::string where = r.url.substr(0, r.url.find('?'));
  const std::string sign_up = r.sign_up.empty() ? "" : "; " + r.sign_up;
  if (status == 401) {
    return {Error{ErrorCode::denied, where + ": 401, not signed in: wrong or missing " +
                                         (r.user.empty() ? "token" : "user name or password") +
                                         sign_up + said},
            false, false, !r.user.empty()};
  }
  if (status == 403) {
    return {Error{ErrorCode::denied,
                  where + ": 403, this account may not have the file" +
                      (sign_up.empty() ? "; ask its owner for access" : sign_up) + said}};
  }
  if (status == 404 || status == 410) {
    return {Error{ErrorCode::not_found,
                  where + ": " + std::to_string(status) + ", there is no such file" + said}};
  }
  if (status == 416) {
    return {Error{ErrorCode::data, where + ": 416, the kept part is longer than the file"}, true,
            true};
  }
  const bool again = status == 408 || status == 425 || status == 429 || status >= 500;
  return {Error{again ? ErrorCode::unavailable : ErrorCode::io,
                where + ": the server answers " + std::to_string(status) + said},
          again};
}

Outcome judge(Attempt& a, CURLcode code) {
  const DownloadRequest& r = *a.request;
  if (r.stop.stop_requested() && code == CURLE_ABORTED_BY_CALLBACK) {
    return {Error{ErrorCode::cancelled, "stopped; " + bytes_text(a.done) + " are kept in " +
                                            a.part.string() + ", the same command goes on"}};
  }
  if (a.space_short) {
    return {Error{ErrorCode::io, a.part.string() + ": the disk has " + bytes_text(a.space_free) +
                                     " free, the file still needs " +
                                     bytes_text(a.total - a.offset) + "; make room"}};
  }
  if (a.write_error != 0) return {file_error("write", a.part, a.write_error)};
  long status = 0;
  curl_easy_getinfo(a.easy, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_RANGE_ERROR) {
    return {Error{ErrorCode::unavailable, r.url + ": the server cannot send parts"}, true, true};
  }
  if (code != CURLE_OK) {
    HttpResponse words;
    curl_failure(code, a.guard, a.easy, a.detail.data(), words);
    const bool policy = words.failure == HttpFailure::policy;
    const bool again = words.failure == HttpFailure::broken ||
                       words.failure == HttpFailure::timeout ||
                       words.failure == HttpFailure::connect;
    return {Error{policy ? ErrorCode::denied : ErrorCode::unavailable, words.error}, again};
  }
  if (status == 200 || status == 206) return {};
  return judge_status(a, status);
}

std::uint64_t size_or_zero(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

Status check_content(const DownloadRequest& r, const fs::path& part) {
  const std::uint64_t size = size_or_zero(part);
  const auto wrong = [&](std::string_view what, const std::string& got, const std::string& want) {
    std::error_code ignored;
    fs::remove(part, ignored);
    return Error{ErrorCode::data, r.url.substr(0, r.url.find('?')) + ": the " + std::string(what) +
                                      " is " + got + ", expected " + want +
                                      "; nothing was kept, try again"};
  };
  if (r.expected_size != 0 && size != r.expected_size) {
    return wrong("size", std::to_string(size), std::to_string(r.expected_size));
  }
  if (!r.sha256.empty()) {
    CLUE_TRY(const std::string got, sha256_file(part));
    if (got != r.sha256) return wrong("SHA-256", got, r.sha256);
  }
  if (!r.git_blob.empty()) {
    CLUE_TRY(const std::string got, git_blob_sha1_file(part));
    if (got != r.git_blob) return wrong("git blob id", got, r.git_blob);
  }
  return {};
}

Status put_in_place(const fs::path& part, const fs::path& destination) {
  const int file = open(part.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return file_error("open", part, errno);
  const int synced = fsync(file);
  const int sync_error = errno;
  close(file);
  if (synced != 0) return file_error("write", part, sync_error);
  if (rename(part.c_str(), destination.c_str()) != 0) {
    return file_error("write", destination, errno);
  }
  return {};
}

// Waits, but not for someone who has asked to stop.
void pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Result<Downloaded> download(const DownloadRequest& request) {
  curl_start();
  const fs::path part =
      request.part.empty() ? fs::path(request.destination.string() + ".part") : request.part;
  const fs::path validator_file = part.string() + ".etag";
  if (request.destination.has_parent_path()) CLUE_OK(make_dirs(request.destination.parent_path()));
  if (part.has_parent_path()) CLUE_OK(make_dirs(part.parent_path()));

  Downloaded result;
  std::string password;
  bool asked = false, restarted = false;
  for (int tries = 0;; ++tries) {
    Attempt a;
    a.request = &request;
    a.part = fs::absolute(part);
    a.validator_file = fs::absolute(validator_file);
    a.offset = size_or_zero(part);
    const std::uint64_t before = a.offset;
    const CURLcode code = perform(a, password);
    const Outcome outcome = judge(a, code);
    if (!outcome.error) {
      if (!a.opened_for_body) CLUE_OK(write_file_atomic(part, ""));  // a file of no bytes
      result.resumed_from = a.offset;
      result.etag = a.etag;
      break;
    }
    if (outcome.wants_password && request.password && !asked) {
      asked = true;
      CLUE_TRY(password, request.password());
      continue;
    }
    if (outcome.restart && !restarted) {
      restarted = true;
      std::error_code ignored;
      fs::remove(part, ignored);
      continue;
    }
    if (a.done > before) tries = 0;  // it got further: a bad line, not a dead one
    if (!outcome.again || tries >= request.max_retries) return *outcome.error;
    pause(std::min<std::chrono::milliseconds>(request.retry_wait * (1U << std::min(tries, 10)),
                                              std::chrono::seconds(30)),
          request.stop);
    if (request.stop.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
  }
  result.size = size_or_zero(part);
  const Status content = check_content(request, part);
  std::error_code ignored;
  fs::remove(validator_file, ignored);
  if (!content) return content.error();
  CLUE_OK(put_in_place(part, request.destination));
  result.checked = !request.sha256.empty() || !request.git_blob.empty();
  return result;
}

}  // namespace clue
