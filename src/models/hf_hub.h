// hf:REPO[@REVISION][:FILE]: model files from a hub that speaks the Hugging Face protocol, kept in
// the cache layout of its own tools (models--ORG--NAME/{blobs,refs,snapshots}), so files are shared
// with them in both directions. Used by open_model and `clue data get`. Blocks its thread.
//
//   CLUE_TRY(HubFile f, fetch_hub_file({.repo = "org/name", .file = "m.Q4_K_M.gguf"}, settings));
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"

namespace clue::models {

struct HubName {
  std::string repo = {};  ///< "org/name"
  std::string revision = "main";
  std::string file = {};  ///< path in the repository; "": choose a GGUF
};
/// "org/name", "org/name:file.gguf", "org/name@revision:file". Error: invalid_argument.
[[nodiscard]] Result<HubName> parse_hub_name(const std::string& text);

struct HubSettings {
  std::string endpoint = "https://huggingface.co";
  std::string token = {};
  std::filesystem::path cache = {};  ///< .../hub
  bool offline = false;
  double retry_wait = 0.5;
  int max_retries = 5;
  std::function<void(const std::string& file, std::uint64_t done, std::uint64_t total)> progress =
      {};
  std::stop_token stop = {};
};
/// From HF_ENDPOINT, HF_TOKEN, HF_HUB_CACHE, HF_HOME (default ~/.cache/huggingface),
/// HF_HUB_OFFLINE, HOME as the CLI read them.
[[nodiscard]] HubSettings hub_settings(const std::map<std::string, std::string>& environment);

struct HubFile {
  std::filesystem::path path = {};  ///< snapshots/COMMIT/FILE; of a split model the first part
  std::string commit = {};
  std::vector<std::filesystem::path> parts = {};  ///< all parts of a split model, in order
  bool downloaded = false;                        ///< false: was there already
};

/// The file, from the cache or the hub, checked by the hub's SHA-256 (large files) or git blob id.
/// No FILE: the only GGUF, else the only one with Q4_K_M in its name, else an error that lists
/// them. All parts of a split GGUF (-00001-of-0000N) are fetched. Error: not_found, denied (with
/// how to get access), unavailable, data, io, cancelled.
[[nodiscard]] Result<HubFile> fetch_hub_file(HubName name, const HubSettings& settings);

/// Which of a repository's files is meant (the rule above). Pure.
[[nodiscard]] Result<std::string> choose_gguf(const std::string& repo,
                                              const std::vector<std::string>& files);
/// Names of all parts of a split GGUF, or just the name. Pure.
[[nodiscard]] std::vector<std::string> split_parts(const std::string& file);

}  // namespace clue::models
