// A thinc model file (`*/model`) as nodes with parameters, and a parser's class list (`*/moves`).
// Used by the spaCy encoder and scorers. Values own their floats.
//
//   CLUE_TRY(ThincModel m, ThincModel::open("ner/model"));
//   for (std::size_t i : m.named("maxout")) use(m.array(i, "W"));
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace clue::concepts {

struct ThincArray {
  std::vector<std::size_t> shape;
  std::vector<float> data;  ///< C order
};

struct ThincNode {
  std::string name;
  std::map<std::string, std::int64_t> refs;     ///< node numbers
  std::map<std::string, std::int64_t> numbers;  ///< integer attributes
  std::vector<std::string> columns;             ///< of extract_features
  std::map<std::string, ThincArray> params;
};

class ThincModel {
 public:
  /// Error: not_found, io, data (cut, foreign, parameters that are not little-endian floats).
  [[nodiscard]] static Result<ThincModel> open(const std::filesystem::path& path);
  [[nodiscard]] static Result<ThincModel> parse(std::string_view bytes, std::string_view place);

  [[nodiscard]] const std::string& place() const { return place_; }
  [[nodiscard]] const ThincNode& node(std::size_t i) const { return nodes_[i]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::vector<std::size_t> named(std::string_view name) const;
  /// A parameter with the given number of dimensions. Error: data, naming file, node and parameter.
  [[nodiscard]] Result<const ThincArray*> array(std::size_t node, const char* name,
                                                std::size_t dimensions) const;
  /// Error naming the first part that this engine does not run (static vectors, transformers, ...).
  [[nodiscard]] Status check_supported() const;

 private:
  std::string place_;
  std::vector<ThincNode> nodes_;
};

/// One class of a transition system: action number and label.
struct Move {
  int action = 0;
  std::string label;
};
/// Classes in score order. Error: not_found, io, data.
[[nodiscard]] Result<std::vector<Move>> open_moves(const std::filesystem::path& path);
[[nodiscard]] Result<std::vector<Move>> parse_moves(std::string_view bytes, std::string_view place);

}  // namespace clue::concepts
