#include "models/hf_hub.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/download.h"
#include "base/files.h"
#include "base/http_client.h"
#include "base/json.h"
#include "base/text.h"

namespace clue::models {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

std::string value_of(const std::map<std::string, std::string>& environment, const char* key) {
  const auto found = environment.find(key);
  return found == environment.end() ? std::string() : found->second;
}

// A name from the hub becomes a path in the cache: it must stay inside.
bool safe_path(const std::string& path) {
  if (path.empty() || path.front() == '/') return false;
  for (const std::string_view part : split(std::string_view(path), '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return path.find('\0') == std::string::npos && path.find('\\') == std::string::npos;
}

fs::path repo_folder(const HubSettings& settings, const std::string& repo) {
  return settings.cache / ("models--" + replace_all(repo, "/", "--"));
}

bool is_commit(const std::string& text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// The commit a revision meant when it was last asked; "" when it never was.
std::string cached_commit(const fs::path& folder, const std::string& revision) {
  if (is_commit(revision)) return revision;
  const Result<std::string> text = read_file(folder / "refs" / revision, 4096);
  return text ? std::string(trim(*text)) : std::string();
}

std::optional<HubFile> from_cache(const fs::path& folder, const HubName& name,
                                  const std::vector<std::string>& files) {
  const std::string commit = cached_commit(folder, name.revision);
  if (commit.empty() || !safe_path(commit)) return std::nullopt;
  HubFile out;
  out.commit = commit;
  for (const std::string& file : files) {
    const fs::path path = folder / "snapshots" / commit / file;
    std::error_code error;
    if (!fs::exists(path, error) || error) return std::nullopt;
    out.parts.push_back(path);
  }
  out.path = out.parts.front();
  return out;
}

std::vector<std::string> cached_files(const fs::path& folder, const std::string& revision) {
  std::vector<std::string> files;
  const fs::path snapshot = folder / "snapshots" / cached_commit(folder, revision);
  std::error_code error;
  for (fs::recursive_directory_iterator it(snapshot, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_directory()) // Not fs::relative: it would follow the link into blobs/.
      files.push_back(it->path().lexically_relative(snapshot).generic_string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Error refused(const HubName& name, const std::string& endpoint, const HttpResponse& r,
              bool with_token) {
  if (r.failure != HttpFailure::none) return {ErrorCode::unavailable, r.error};
  const std::string where = endpoint + "/" + name.repo;
  const std::string words = r.header("x-error-message");
  const std::string said = words.empty() ? "" : " (the hub says: " + words + ")";
  if (r.status == 401 || r.status == 403) {
    const bool gated = r.header("x-error-code") == "GatedRepo";
    return {ErrorCode::denied,
            where + ": " + std::to_string(r.status) + ", " +
                (gated ? "ask for access on its page and " : "no such model, or a private one: ") +
                (with_token ? "check that HF_TOKEN's account may read it" : "set HF_TOKEN") + said};
  }
  if (r.status == 404) {
    return {ErrorCode::not_found, where + ": 404, no such model, revision '" + name.revision +
                                      "' or file '" + name.file + "'; check the spelling" + said};
  }
  return {ErrorCode::unavailable, where + ": the hub answers " + std::to_string(r.status) + said};
}

// Asks, patiently where patience may help. Redirects inside the hub (a renamed model) are followed
// by hand: one to the storage is not, its headers say nothing about the file.
HttpResponse ask(HttpClient& client, const HubSettings& settings, std::string url,
                 const std::string& method) {
  HttpResponse response;
  int hops = 0;
  for (int tries = 0; tries <= settings.max_retries;) {
    response = client.fetch({.url = url,
                             .method = method,
                             .bearer = settings.token,
                             .timeout = std::chrono::seconds(30)},
                            settings.stop);
    const std::string to = response.header("location");
    if (response.status / 100 == 3 && to.starts_with("/") && hops++ < 5) {
      url = url.substr(0, url.find('/', url.find("://") + 3)) + to;
      continue;
    }
    const bool again =
        response.failure == HttpFailure::broken || response.status == 429 || response.status >= 500;
    if (!again || settings.stop.stop_requested()) break;
    ++tries;
    std::this_thread::sleep_for(std::chrono::duration<double>(settings.retry_wait));
  }
  return response;
}

Result<std::vector<std::string>> list_files(HttpClient& client, const HubName& name,
                                            const HubSettings& settings) {
  const std::string url = settings.endpoint + "/api/models/" + url_escape_path(name.repo) +
                          "/revision/" + url_escape_path(name.revision);
  const HttpResponse r = ask(client, settings, url, "GET");
  if (!r.ok()) return refused(name, settings.endpoint, r, !settings.token.empty());
  CLUE_TRY(const json body, parse_json(r.body, url));
  std::vector<std::string> files;
  if (body.is_object() && body.contains("siblings") && body["siblings"].is_array()) {
    for (const json& entry : body["siblings"]) {
      if (entry.is_object() && entry.contains("rfilename") && entry["rfilename"].is_string()) {
        files.push_back(entry["rfilename"].get<std::string>());
      }
    }
  }
  return files;
}

struct Metadata {
  std::string commit, etag, url;
  std::uint64_t size = 0;
};

std::string unquoted(std::string etag) {
  if (etag.starts_with("W/")) etag.erase(0, 2);
  if (etag.size() >= 2 && etag.front() == '"') etag = etag.substr(1, etag.size() - 2);
  return etag;
}

Result<Metadata> file_metadata(HttpClient& client, const HubName& name,
                               const HubSettings& settings) {
  Metadata out;
  out.url = settings.endpoint + "/" + url_escape_path(name.repo) + "/resolve/" +
            url_escape_path(name.revision) + "/" + url_escape_path(name.file);
  const HttpResponse r = ask(client, settings, out.url, "HEAD");
  if (r.failure != HttpFailure::none || r.status >= 400) {
    return refused(name, settings.endpoint, r, !settings.token.empty());
  }
  out.commit = r.header("x-repo-commit");
  const std::string linked = r.header("x-linked-etag");
  out.etag = unquoted(linked.empty() ? r.header("etag") : linked);
  const std::string size =
      r.header(r.header("x-linked-size").empty() ? "content-length" : "x-linked-size");
  const bool redirect = r.status / 100 == 3 && r.header("x-linked-size").empty();
  if (!redirect) std::from_chars(size.data(), size.data() + size.size(), out.size);
  if (!is_commit(out.commit) || !safe_path(out.etag) || out.etag.find('/') != std::string::npos) {
    return Error{ErrorCode::data, out.url + ": not a hub's answer (no commit or entity tag); is " +
                                      "HF_ENDPOINT right?"};
  }
  return out;
}

Status link_into_snapshot(const fs::path& blob, const fs::path& pointer) {
  CLUE_OK(make_dirs(pointer.parent_path()));
  std::error_code error;
  const fs::path target = fs::relative(blob, pointer.parent_path(), error);
  fs::remove(pointer, error);
  fs::create_symlink(target, pointer, error);
  if (!error || fs::exists(pointer)) return {};
  fs::copy_file(blob, pointer, error);  // file systems without symbolic links
  if (error) return file_error("write", pointer, error.value());
  return {};
}

// One file: metadata, blob unless it is there, link, and the revision's commit noted last.
Result<fs::path> fetch_one(HttpClient& client, const HubName& name, const HubSettings& settings,
                           HubFile& out) {
  const fs::path folder = repo_folder(settings, name.repo);
  CLUE_TRY(const Metadata meta, file_metadata(client, name, settings));
  out.commit = meta.commit;
  const fs::path blob = folder / "blobs" / meta.etag;
  const fs::path pointer = folder / "snapshots" / meta.commit / name.file;
  std::error_code ignored;
  if (!fs::exists(blob, ignored)) {
    DownloadRequest request;
    request.url = meta.url;
    request.destination = blob;
    request.part = fs::path(blob.string() + ".incomplete");
    request.expected_size = meta.size;
    if (meta.etag.size() == 64) request.sha256 = meta.etag;
    if (meta.etag.size() == 40) request.git_blob = meta.etag;
    request.bearer = settings.token;
    request.sign_up = "ask for access on " + settings.endpoint + "/" + name.repo;
    request.max_retries = settings.max_retries;
    request.retry_wait =
        std::chrono::milliseconds(static_cast<std::int64_t>(settings.retry_wait * 1000));
    request.stop = settings.stop;
    if (settings.progress) {
      request.progress = [&](std::uint64_t done, std::uint64_t total) {
        settings.progress(name.file, done, total);
      };
    }
    CLUE_OK(download(request));
    out.downloaded = true;
  }
  CLUE_OK(link_into_snapshot(blob, pointer));
  if (!is_commit(name.revision)) {
    const fs::path ref = folder / "refs" / name.revision;
    CLUE_OK(make_dirs(ref.parent_path()));
    CLUE_OK(write_file_atomic(ref, meta.commit));
  }
  return pointer;
}

Error not_in_cache(const HubName& name, const HubSettings& settings) {
  return {ErrorCode::not_found, "hf:" + name.repo + ": " +
                                    (name.file.empty() ? "its GGUF file" : name.file) +
                                    " is not in " + settings.cache.string() +
                                    ", and HF_HUB_OFFLINE is set; unset it to download"};
}

}  // namespace

Result<HubName> parse_hub_name(const std::string& text) {
  HubName out;
  std::string repo = text;
  if (const std::size_t colon = repo.find(':'); colon != std::string::npos) {
    out.file = repo.substr(colon + 1);
    repo.resize(colon);
  }
  if (const std::size_t at = repo.find('@'); at != std::string::npos) {
    out.revision = repo.substr(at + 1);
    repo.resize(at);
  }
  out.repo = repo;
  const bool two = std::count(repo.begin(), repo.end(), '/') == 1;
  if (!two || !safe_path(repo) || !safe_path(out.revision) ||
      (!out.file.empty() && !safe_path(out.file))) {
    return Error{ErrorCode::invalid_argument, "'" + text + "' is not ORG/NAME[@REVISION][:FILE]"};
  }
  return out;
}

HubSettings hub_settings(const std::map<std::string, std::string>& environment) {
  HubSettings out;
  if (std::string v = value_of(environment, "HF_ENDPOINT"); !v.empty()) {
    while (v.ends_with('/')) v.pop_back();
    out.endpoint = v;
  }
  out.token = value_of(environment, "HF_TOKEN");
  const std::string offline = ascii_upper(value_of(environment, "HF_HUB_OFFLINE"));
  out.offline = offline == "1" || offline == "ON" || offline == "YES" || offline == "TRUE";
  const std::string hub = value_of(environment, "HF_HUB_CACHE");
  const std::string home = value_of(environment, "HF_HOME");
  const std::string xdg = value_of(environment, "XDG_CACHE_HOME");
  if (!hub.empty()) {
    out.cache = hub;
  } else if (!home.empty()) {
    out.cache = fs::path(home) / "hub";
  } else {
    const fs::path cache =
        xdg.empty() ? fs::path(value_of(environment, "HOME")) / ".cache" : fs::path(xdg);
    out.cache = cache / "huggingface" / "hub";
  }
  return out;
}

std::vector<std::string> split_parts(const std::string& file) {
  // "-00001-of-0000N.gguf": 20 characters at the end.
  constexpr std::size_t kTail = 20;
  if (file.size() <= kTail || !file.ends_with(".gguf")) return {file};
  const std::string tail = file.substr(file.size() - kTail);
  int part = 0, parts = 0;
  const bool shape = tail[0] == '-' && tail.substr(6, 4) == "-of-";
  std::from_chars(tail.data() + 1, tail.data() + 6, part);
  std::from_chars(tail.data() + 10, tail.data() + 15, parts);
  if (!shape || part < 1 || parts < 1 || parts > 9999) return {file};
  std::vector<std::string> out;
  for (int i = 1; i <= parts; ++i) {
    const std::string digits = std::to_string(i);
    out.push_back(file.substr(0, file.size() - kTail) + "-" + std::string(5 - digits.size(), '0') +
                  digits + tail.substr(6));
  }
  return out;
}

Result<std::string> choose_gguf(const std::string& repo, const std::vector<std::string>& files) {
  std::vector<std::string> models, preferred;
  for (const std::string& file : files) {
    const std::string name = ascii_lower(file);
    if (!name.ends_with(".gguf") || name.find("mmproj") != std::string::npos) continue;
    if (split_parts(file).front() != file) continue;  // a later part
    models.push_back(file);
    if (name.find("q4_k_m") != std::string::npos) preferred.push_back(file);
  }
  if (models.size() == 1) return models.front();
  if (preferred.size() == 1) return preferred.front();
  if (models.empty()) {
    return Error{ErrorCode::not_found, "hf:" + repo +
                                           " has no GGUF file; choose a GGUF repository of this "
                                           "model or serve it (vLLM) and use http://HOST/v1"};
  }
  std::string list;
  for (const std::string& model : models) list += "\n  hf:" + repo + ":" + model;
  return Error{ErrorCode::invalid_argument, "hf:" + repo + " has several GGUF files:" + list};
}

Result<HubFile> fetch_hub_file(HubName name, const HubSettings& settings) {
  const fs::path folder = repo_folder(settings, name.repo);
  HttpClient client;
  if (name.file.empty()) {
    if (settings.offline) {
      const Result<std::string> file = choose_gguf(name.repo, cached_files(folder, name.revision));
      if (!file) return not_in_cache(name, settings);
      name.file = *file;
    } else {
      CLUE_TRY(const std::vector<std::string> files, list_files(client, name, settings));
      CLUE_TRY(name.file, choose_gguf(name.repo, files));
    }
  }
  const std::vector<std::string> parts = split_parts(name.file);
  const std::optional<HubFile> cached = from_cache(folder, name, parts);
  // A commit never changes; a branch does, so the hub is asked unless offline.
  if (cached && (settings.offline || is_commit(name.revision))) return *cached;
  if (settings.offline) return not_in_cache(name, settings);
  HubFile out;
  for (const std::string& part : parts) {
    HubName one = name;
    one.file = part;
    Result<fs::path> path = fetch_one(client, one, settings, out);
    if (!path) {
      const bool unreachable = path.error().code == ErrorCode::unavailable;
      if (unreachable && cached) return *cached;  // as the hub's own tools do
      return path.error();
    }
    out.parts.push_back(std::move(path).value());
  }
  out.path = out.parts.front();
  return out;
}

}  // namespace clue::models
