// Every source file the benchmark needs: where to get it, under which licence, who may see it, how
// to know it is the right one. Used by `clue data list|check|get`. Pure table and blocking
// functions.
//
//   for (const Source& s : catalogue()) ...     CLUE_TRY(Fetched f, fetch_source(s, options));
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"

namespace clue::run {

struct Source {
  std::string_view name;  ///< "meqsum", "scibert", ...: what `clue data get` takes
  std::string_view file;  ///< where it belongs below the data folder
  std::string_view url;   ///< "": cannot be fetched, see `how`
  std::string_view page;  ///< for people: description and terms
  std::string_view licence;
  core::DataUse use = core::DataUse::open;
  std::string_view sha256;    ///< "": not published
  std::string_view git_blob;  ///< git's id of the file; "": not known
  std::uint64_t bytes = 0;    ///< 0: not known
  std::size_t rows = 0;       ///< expected records; 0: not a table
  std::string_view task;      ///< "": a metric's resource, or input of a generator
  std::string_view how;       ///< what to do beyond `get`: agreements, unpacking, generating
};

[[nodiscard]] std::span<const Source> catalogue();
/// Error: invalid_argument, with a suggestion.
[[nodiscard]] Result<const Source*> find_source(std::string_view name);

enum class SourceState { missing, verified, unverified, changed, unreadable };
[[nodiscard]] std::string_view name(SourceState state);

struct SourceCheck {
  SourceState state = SourceState::missing;
  std::filesystem::path path;  ///< the file that was found
  std::string note;            ///< what differs, or how to get the file
};
/// Looks in each folder for the file: at `file`, by its name alone, in a folder named as the task
/// without regard to case. A file whose content is known and differs is `changed`.
[[nodiscard]] SourceCheck check_source(const Source& source,
                                       const std::vector<std::filesystem::path>& folders);

struct FetchOptions {
  std::filesystem::path folder;  ///< the data folder
  std::string user = {};         ///< credentialed archives: the account's name
  std::function<Result<std::string>()> password = {};  ///< asked if the server wants it; else netrc
  std::map<std::string, std::string> environment = {};  ///< HF_* for hub files
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = {};
  std::stop_token stop = {};
  std::string url = {};  ///< instead of the catalogue's: a mirror, a test
};
struct Fetched {
  std::filesystem::path path;
  bool downloaded = false;  ///< false: was there and right
  bool checked = false;
};
/// Downloads into folder/file, resumed and checked. Error: as download(); denied for a credentialed
/// file without an account, saying where to sign the agreement.
[[nodiscard]] Result<Fetched> fetch_source(const Source& source, const FetchOptions& options);

}  // namespace clue::run
