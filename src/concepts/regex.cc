// The backtracking machine.
#include "concepts/regex.h"

#include <tuple>

#include "concepts/unicode.h"

namespace clue::concepts {
namespace {

/// Steps per attempt; a pattern that needs more on one token is a runaway and does not match.
constexpr std::size_t kMaxSteps = 1'000'000;

using Op = Regex::Op;
using Kind = Regex::Op::Kind;

class Machine {
 public:
  Machine(const std::vector<Op>& ops, const std::vector<Regex::Set>& sets, std::u32string_view text)
      : ops_(ops), sets_(sets), text_(text) {}

  /// End of the first match that enters at op `pc` and position `pos`.
  std::optional<std::size_t> run(std::uint32_t pc, std::size_t pos) {
    const std::size_t bottom = stack_.size();
    while (steps_++ < kMaxSteps) {
      const Op& op = ops_[pc];
      bool ok = true;
      switch (op.kind) {
        case Kind::accept:
          stack_.resize(bottom);
          return pos;
        case Kind::character:
          ok = pos < text_.size() && text_[pos] == op.c;
          ++pos;
          ++pc;
          break;
        case Kind::any:
          ok = pos < text_.size() && text_[pos] != U'\n';
          ++pos;
          ++pc;
          break;
        case Kind::set:
          ok = pos < text_.size() && sets_[op.x].has(text_[pos]);
          ++pos;
          ++pc;
          break;
        case Kind::begin:
          ok = pos == 0;
          ++pc;
          break;
        case Kind::end:
          ok = pos == text_.size() || (pos + 1 == text_.size() && text_[pos] == U'\n');
          ++pc;
          break;
        case Kind::boundary:
        case Kind::not_boundary:
          ok = (word(pos) != (pos > 0 && word(pos - 1))) == (op.kind == Kind::boundary);
          ++pc;
          break;
        case Kind::split:
          stack_.emplace_back(op.y, pos);
          pc = op.x;
          break;
        case Kind::jump:
          pc = op.x;
          break;
        case Kind::ahead:
        case Kind::not_ahead:
          ok = run(op.x, pos).has_value() == (op.kind == Kind::ahead);
          pc = op.y;
          break;
        case Kind::behind:
        case Kind::not_behind: {
          const auto width = static_cast<std::size_t>(op.c);
          const bool found = pos >= width && run(op.x, pos - width).has_value();
          ok = found == (op.kind == Kind::behind);
          pc = op.y;
          break;
        }
      }
      if (ok) continue;
      if (stack_.size() == bottom) return std::nullopt;
      std::tie(pc, pos) = stack_.back();
      stack_.pop_back();
    }
    stack_.resize(bottom);
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool word(std::size_t pos) const {
    return pos < text_.size() && (is_alnum(text_[pos]) || text_[pos] == U'_');
  }
  const std::vector<Op>& ops_;
  const std::vector<Regex::Set>& sets_;
  std::u32string_view text_;
  std::vector<std::pair<std::uint32_t, std::size_t>> stack_;
  std::size_t steps_ = 0;
};

}  // namespace

std::optional<Regex::Span> Regex::match(std::u32string_view text, std::size_t from) const {
  const std::size_t first = from >= text.size() ? 129 : text[from] < 128 ? text[from] : 128;
  if (starts_[first].empty()) return std::nullopt;
  Machine machine(ops_, sets_, text);
  for (const std::uint32_t start : starts_[first]) {
    if (const auto end = machine.run(start, from)) return Span{from, *end};
  }
  return std::nullopt;
}

std::optional<Regex::Span> Regex::search(std::u32string_view text, std::size_t from) const {
  for (std::size_t at = from; at <= text.size(); ++at) {
    if (const auto span = match(text, at)) return span;
  }
  return std::nullopt;
}

std::vector<Regex::Span> Regex::find_all(std::u32string_view text) const {
  std::vector<Span> out;
  for (std::size_t from = 0; from <= text.size();) {
    const auto span = search(text, from);
    if (!span) break;
    out.push_back(*span);
    from = span->second > span->first ? span->second : span->second + 1;
  }
  return out;
}

}  // namespace clue::concepts
