// For tests only: reads a file of golden cases, one JSON value a line.
// `golden_lines("porter.jsonl")` looks in tests/golden/; shared_lines() in the reference folder
// beside the checkout, and returns nothing where that is absent (then the test skips).
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace clue::text {

inline std::vector<nlohmann::json> json_lines(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::vector<nlohmann::json> out;
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t end = std::min(all.find('\n', i), all.size());
    if (end > i)
      out.push_back(nlohmann::json::parse(all.begin() + static_cast<std::ptrdiff_t>(i),
                                          all.begin() + static_cast<std::ptrdiff_t>(end)));
    i = end + 1;
  }
  return out;
}

inline std::filesystem::path source_path(const std::string& relative) {
  const char* root = std::getenv("CLUE_SOURCE_DIR");
  return std::filesystem::path(root ? root : ".") / relative;
}

inline std::vector<nlohmann::json> golden_lines(const std::string& name) {
  return json_lines(source_path("tests/golden/" + name));
}

inline std::filesystem::path shared_path(const std::string& relative) {
  const char* given = std::getenv("CLUE_SHARED");
  const std::filesystem::path root =
      given ? std::filesystem::path(given) : source_path("../shared");
  return root / relative;
}

inline std::vector<nlohmann::json> shared_lines(const std::string& relative) {
  return json_lines(shared_path(relative));
}

}  // namespace clue::text
