// The text table of a report: prompts share letters, letters share lines; each line is stored once
// and a prompt is literals and ranges of lines. Used by build.cc. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace clue::report {

/// Literal text, or [first, count] of the table.
using Piece = std::variant<std::string, std::pair<std::size_t, std::size_t>>;

class TextTable {
 public:
  /// `emit(first, lines)` gets each full part of the table, about `part_bytes` of text.
  using Emit = std::function<void(std::size_t first, const std::vector<std::string>& lines)>;
  explicit TextTable(Emit emit, std::size_t part_bytes = 1U << 20);

  /// Returns: pieces whose concatenation is exactly `text`.
  [[nodiscard]] std::vector<Piece> add(std::string_view text);
  /// Emits what is left. Call once, at the end.
  void finish();
  [[nodiscard]] std::size_t size() const { return marks_.size(); }

 private:
  struct Mark {
    std::uint64_t a = 0, b = 0;
    bool operator==(const Mark&) const = default;
  };
  static Mark mark(std::string_view line);
  void append(std::string_view line, const Mark& m);
  void flush();

  Emit emit_;
  std::size_t part_bytes_;
  std::vector<Mark> marks_;                                ///< of every line, for comparing
  std::unordered_map<std::uint64_t, std::size_t> latest_;  ///< Mark::a -> last index (look-up only)
  std::vector<std::string> part_;
  std::size_t part_first_ = 0;
  std::size_t part_size_ = 0;
};

}  // namespace clue::report
