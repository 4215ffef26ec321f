// The part of Python's `re` that spaCy's tokenizer files use, over code points: leftmost match,
// first alternative, greedy and lazy repeats, classes, groups, ^ $ and look-around. Used by the
// spaCy tokenizer only. A compiled Regex is immutable.
//
//   CLUE_TRY(Regex r, Regex::compile("^\\.\\.+|'s$", "tokenizer prefix_search"));
//   if (auto span = r.search(U"...x")) use(span->first, span->second);
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace clue::concepts {

class Regex {
 public:
  using Span = std::pair<std::size_t, std::size_t>;  ///< [begin, end) in code points

  /// Error: data, naming place and the construct that is not supported.
  [[nodiscard]] static Result<Regex> compile(std::string_view pattern, std::string_view place);

  /// Python's search() from `from`; nullopt: no match, or more steps than the limit.
  [[nodiscard]] std::optional<Span> search(std::u32string_view text, std::size_t from = 0) const;
  /// Python's match(): at `from` only.
  [[nodiscard]] std::optional<Span> match(std::u32string_view text, std::size_t from = 0) const;
  /// Python's finditer().
  [[nodiscard]] std::vector<Span> find_all(std::u32string_view text) const;

  struct Op {
    enum class Kind : std::uint8_t {
      character,
      any,
      set,
      begin,
      end,
      split,
      jump,
      ahead,
      not_ahead,
      behind,
      not_behind,
      boundary,
      not_boundary,
      accept
    };
    Kind kind = Kind::accept;
    char32_t c = 0;
    std::uint32_t x = 0;  ///< set number, first target of a split, jump target, look body
    std::uint32_t y = 0;  ///< second target of a split, op behind a look, width of a look-behind
  };
  struct Set {
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges;  ///< sorted, inclusive
    std::string classes;                                ///< of "sSdDwW"
    std::array<bool, 128> ascii{};
    [[nodiscard]] bool has(char32_t c) const;
  };

 private:
  friend class RegexCompiler;
  std::vector<Op> ops_;
  std::vector<Set> sets_;
  /// Entry points of the top-level alternatives that can start with an ASCII character (by
  /// character; 128: anything else, 129: end of text).
  std::array<std::vector<std::uint32_t>, 130> starts_;
};

}  // namespace clue::concepts
