// Pattern text to backtracking program.
#include <algorithm>

#include "base/text.h"
#include "concepts/regex.h"
#include "concepts/unicode.h"

namespace clue::concepts {
namespace {

constexpr std::size_t kMaxOps = 200'000;
constexpr int kMaxDepth = 100;

int hex_value(char32_t c) {
  if (c >= '0' && c <= '9') return static_cast<int>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<int>(c - 'A') + 10;
  return -1;
}

bool in_class(char32_t c, char name) {
  switch (name) {
    case 's':
      return py_is_space(c);
    case 'S':
      return !py_is_space(c);
    case 'd':
      return is_decimal(c);
    case 'D':
      return !is_decimal(c);
    case 'w':
      return is_alnum(c) || c == U'_';
    default:
      return !(is_alnum(c) || c == U'_');
  }
}

}  // namespace

bool Regex::Set::has(char32_t c) const {
  if (c < 128) return ascii[c];
  const auto it = std::upper_bound(ranges.begin(), ranges.end(), c,
                                   [](char32_t x, const auto& r) { return x < r.first; });
  bool found = it != ranges.begin() && c <= std::prev(it)->second;
  for (std::size_t i = 0; !found && i < classes.size(); ++i) found = in_class(c, classes[i]);
  return found != negated;
}

class RegexCompiler {
 public:
  RegexCompiler(std::string_view pattern, std::string_view place)
      : p_(decode_utf8(pattern)), place_(place) {}

  Result<Regex> run() {
    if (std::u32string_view(p_).starts_with(U"(?u)")) at_ = 4;  // Unicode: the only mode there is
    std::vector<std::uint32_t> starts;
    while (true) {  // top-level alternatives are separate entries, chosen by the first character
      starts.push_back(here());
      CLUE_OK(sequence(0));
      emit({Regex::Op::Kind::accept, 0, 0, 0});
      if (at_ == p_.size()) break;
      if (p_[at_] != U'|') return unsupported("unbalanced )");
      ++at_;
    }
    for (const std::uint32_t s : starts) {
      for (std::size_t c = 0; c < r_.starts_.size(); ++c) {
        if (can_start(s, c, 0)) r_.starts_[c].push_back(s);
      }
    }
    return std::move(r_);
  }

 private:
  using Op = Regex::Op;
  using Kind = Regex::Op::Kind;

  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(r_.ops_.size()); }
  std::uint32_t emit(Op op) {
    r_.ops_.push_back(op);
    return here() - 1;
  }
  Error unsupported(const std::string& what) const {
    return {ErrorCode::data, std::string(place_) + ": regular expression, character " +
                                 std::to_string(at_) + ": " + what + " is not supported"};
  }
  [[nodiscard]] bool more() const { return at_ < p_.size(); }

  Status alternatives(int depth) {
    std::vector<std::uint32_t> jumps;
    while (true) {
      const std::uint32_t split = emit({Kind::split, 0, here() + 1, 0});
      CLUE_OK(sequence(depth));
      if (more() && p_[at_] == U'|') {
        ++at_;
        jumps.push_back(emit({Kind::jump, 0, 0, 0}));
        r_.ops_[split].y = here();
        continue;
      }
      r_.ops_[split] = {Kind::jump, 0, split + 1, 0};
      break;
    }
    for (const std::uint32_t j : jumps) r_.ops_[j].x = here();
    return {};
  }

  Status sequence(int depth) {
    if (depth > kMaxDepth) return unsupported("nesting deeper than 100");
    while (more() && p_[at_] != U'|' && p_[at_] != U')') CLUE_OK(repeated(depth));
    return {};
  }

  Status repeated(int depth) {
    const std::uint32_t begin = here();
    CLUE_OK(atom(depth));
    if (!more()) return {};
    std::size_t low = 1;
    std::size_t high = 1;  // 0: no limit
    const char32_t c = p_[at_];
    if (c == U'*' || c == U'+' || c == U'?') {
      ++at_;
      low = c == U'+' ? 1 : 0;
      high = c == U'?' ? 1 : 0;
    } else if (c != U'{' || !counts(low, high)) {
      return {};
    }
    const bool lazy = more() && p_[at_] == U'?';
    if (lazy) ++at_;
    if (more() && (p_[at_] == U'*' || p_[at_] == U'+')) return unsupported("a repeated repeat");
    const std::vector<Op> body(r_.ops_.begin() + begin, r_.ops_.end());
    r_.ops_.resize(begin);
    for (std::size_t i = 0; i < low; ++i) CLUE_OK(copy(body, begin));
    const auto split = [&](std::uint32_t in, std::uint32_t out) {
      return lazy ? Op{Kind::split, 0, out, in} : Op{Kind::split, 0, in, out};
    };
    if (high == 0) {
      const std::uint32_t s = emit({});
      CLUE_OK(copy(body, begin));
      emit({Kind::jump, 0, s, 0});
      r_.ops_[s] = split(s + 1, here());
      return {};
    }
    std::vector<std::uint32_t> splits;
    for (std::size_t i = low; i < high; ++i) {
      splits.push_back(emit({}));
      CLUE_OK(copy(body, begin));
    }
    for (const std::uint32_t s : splits) r_.ops_[s] = split(s + 1, here());
    return {};
  }

  /// {m}, {m,}, {,n}, {m,n}; false (and nothing consumed) where Python reads a literal brace.
  bool counts(std::size_t& low, std::size_t& high) {
    std::size_t i = at_ + 1;
    const auto read = [&](std::size_t& n) {
      const std::size_t from = i;
      n = 0;
      while (i < p_.size() && p_[i] >= U'0' && p_[i] <= U'9' && n < 1000) {
        n = n * 10 + static_cast<std::size_t>(p_[i++] - U'0');
      }
      return i > from;
    };
    std::size_t m = 0;
    std::size_t n = 0;
    const bool has_low = read(m);
    bool has_high = has_low;
    n = m;
    if (i < p_.size() && p_[i] == U',') {
      ++i;
      has_high = read(n);
      if (!has_high) n = 0;
    }
    if (i >= p_.size() || p_[i] != U'}' || (!has_low && !has_high)) return false;
    if (has_high && (n == 0 || n < m)) return false;
    low = m;
    high = n;
    at_ = i + 1;
    return true;
  }

  /// Appends ops compiled at `base` anew, their targets moved.
  Status copy(const std::vector<Op>& body, std::uint32_t base) {
    if (r_.ops_.size() + body.size() > kMaxOps) return unsupported("a repeat this large");
    const std::uint32_t shift = here() - base;
    for (Op op : body) {
      const bool look = op.kind >= Kind::ahead && op.kind <= Kind::not_behind;
      if (op.kind == Kind::split || op.kind == Kind::jump || look) op.x += shift;
      if (op.kind == Kind::split || look) op.y += shift;
      r_.ops_.push_back(op);
    }
    return {};
  }

  Status atom(int depth) {
    const char32_t c = p_[at_++];
    switch (c) {
      case U'(':
        return group(depth);
      case U'[':
        return char_set();
      case U'^':
        return emit({Kind::begin, 0, 0, 0}), Status{};
      case U'$':
        return emit({Kind::end, 0, 0, 0}), Status{};
      case U'.':
        return emit({Kind::any, 0, 0, 0}), Status{};
      case U'\\':
        return escaped();
      case U'*':
      case U'+':
      case U'?':
        return unsupported("a repeat of nothing");
      default:
        return emit({Kind::character, c, 0, 0}), Status{};
    }
  }

  Status group(int depth) {
    Kind look = Kind::accept;
    if (more() && p_[at_] == U'?') {
      const std::u32string_view rest = std::u32string_view(p_).substr(at_);
      const auto take = [&](std::u32string_view mark) {
        if (!rest.starts_with(mark)) return false;
        at_ += mark.size();
        return true;
      };
      if (take(U"?<=")) {
        look = Kind::behind;
      } else if (take(U"?<!")) {
        look = Kind::not_behind;
      } else if (take(U"?=")) {
        look = Kind::ahead;
      } else if (take(U"?!")) {
        look = Kind::not_ahead;
      } else if (take(U"?P<")) {
        while (more() && p_[at_] != U'>') ++at_;
        if (more()) ++at_;
      } else if (!take(U"?:")) {
        return unsupported("this kind of group");
      }
    }
    const std::uint32_t op = look == Kind::accept ? 0 : emit({});
    CLUE_OK(alternatives(depth + 1));
    if (!more() || p_[at_] != U')') return unsupported("a group without )");
    ++at_;
    if (look == Kind::accept) return {};
    emit({Kind::accept, 0, 0, 0});
    r_.ops_[op] = {look, 0, op + 1, here()};
    if (look == Kind::behind || look == Kind::not_behind) {
      CLUE_TRY(const std::size_t n, width(op + 1, here() - 1));
      r_.ops_[op].c = static_cast<char32_t>(n);
    }
    return {};
  }

  /// Fixed width of the ops [from, to); all alternatives must agree.
  Result<std::size_t> width(std::uint32_t from, std::uint32_t to) {
    std::size_t n = 0;
    for (std::uint32_t i = from; i < to;) {
      const Op& op = r_.ops_[i];
      if (op.kind == Kind::split) {
        if (op.y <= i || op.y > to || r_.ops_[op.y - 1].kind != Kind::jump) {
          return unsupported("a look-behind without fixed width");
        }
        const std::uint32_t end = r_.ops_[op.y - 1].x;
        CLUE_TRY(const std::size_t a, width(op.x, op.y - 1));
        CLUE_TRY(const std::size_t b, width(op.y, end));
        if (a != b) return unsupported("a look-behind without fixed width");
        n += a;
        i = end;
        continue;
      }
      if (op.kind == Kind::jump) {
        if (op.x != i + 1) return unsupported("a look-behind without fixed width");
      } else if (op.kind == Kind::character || op.kind == Kind::any || op.kind == Kind::set) {
        ++n;
      } else if (op.kind >= Kind::ahead && op.kind <= Kind::not_behind) {
        i = op.y;
        continue;
      }
      ++i;
    }
    return n;
  }

  Result<char32_t> hex(std::size_t digits) {
    char32_t c = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
      const int v = more() ? hex_value(p_[at_]) : -1;
      if (v < 0) return unsupported("a broken \\x, \\u or \\U escape");
      c = c * 16 + static_cast<char32_t>(v);
    }
    return c;
  }

  /// A character named by an escape; nullopt-like 0xFFFFFFFF for classes, whose name is in `name`.
  Result<char32_t> escape(char& name) {
    if (!more()) return unsupported("a backslash at the end");
    const char32_t c = p_[at_++];
    name = 0;
    switch (c) {
      case U'x':
        return hex(2);
      case U'u':
        return hex(4);
      case U'U':
        return hex(8);
      case U'n':
        return U'\n';
      case U't':
        return U'\t';
      case U'r':
        return U'\r';
      case U'f':
        return U'\f';
      case U'v':
        return U'\v';
      default:
        break;
    }
    if (c < 128 && is_ascii_alnum(static_cast<char>(c))) name = static_cast<char>(c);
    return c;
  }

  Status escaped() {
    char name = 0;
    CLUE_TRY(const char32_t c, escape(name));
    if (name == 0) return emit({Kind::character, c, 0, 0}), Status{};
    if (name == 'b' || name == 'B') {
      emit({name == 'b' ? Kind::boundary : Kind::not_boundary, 0, 0, 0});
      return {};
    }
    if (std::string_view("sSdDwW").find(name) == std::string_view::npos) {
      return unsupported(std::string("\\") + name);
    }
    Regex::Set set;
    set.classes.push_back(name);
    return add_set(std::move(set));
  }

  Status char_set() {
    Regex::Set set;
    if (more() && p_[at_] == U'^') {
      set.negated = true;
      ++at_;
    }
    for (bool first = true; more() && (p_[at_] != U']' || first); first = false) {
      char name = 0;
      char32_t low = p_[at_++];
      if (low == U'\\') {
        CLUE_TRY(low, escape(name));
        if (name == 'b') {
          name = 0;
          low = U'\b';
        }
      }
      if (name != 0) {
        if (std::string_view("sSdDwW").find(name) == std::string_view::npos) {
          return unsupported(std::string("[\\") + name + "]");
        }
        set.classes.push_back(name);
        continue;
      }
      char32_t high = low;
      if (at_ + 1 < p_.size() && p_[at_] == U'-' && p_[at_ + 1] != U']') {
        ++at_;
        high = p_[at_++];
        if (high == U'\\') {
          CLUE_TRY(high, escape(name));
          if (name != 0) return unsupported("a class as the end of a range");
        }
        if (high < low) return unsupported("a range that runs backwards");
      }
      set.ranges.emplace_back(low, high);
    }
    if (!more()) return unsupported("a set without ]");
    ++at_;
    return add_set(std::move(set));
  }

  Status add_set(Regex::Set set) {
    std::sort(set.ranges.begin(), set.ranges.end());
    std::vector<std::pair<char32_t, char32_t>> merged;
    for (const auto& r : set.ranges) {
      if (!merged.empty() && r.first <= merged.back().second + 1) {
        merged.back().second = std::max(merged.back().second, r.second);
      } else {
        merged.push_back(r);
      }
    }
    set.ranges = std::move(merged);
    for (char32_t c = 0; c < 128; ++c) {
      bool found = false;
      for (const auto& [low, high] : set.ranges) found = found || (c >= low && c <= high);
      for (const char name : set.classes) found = found || in_class(c, name);
      set.ascii[c] = found != set.negated;
    }
    emit({Kind::set, 0, static_cast<std::uint32_t>(r_.sets_.size()), 0});
    r_.sets_.push_back(std::move(set));
    return {};
  }

  /// May a match that enters at op `i` begin at a text whose next character is c? (128: not ASCII,
  /// 129: at the end.) True when in doubt.
  [[nodiscard]] bool can_start(std::uint32_t i, std::size_t c, int depth) const {
    for (; depth < 200; ++depth) {
      const Op& op = r_.ops_[i];
      switch (op.kind) {
        case Kind::character:
          return c == 128 ? op.c >= 128 : op.c == c;
        case Kind::set:
          return c == 128 || (c < 128 && r_.sets_[op.x].ascii[c]);
        case Kind::any:
          return c != 129 && c != U'\n';
        case Kind::split:
          if (can_start(op.x, c, depth + 1)) return true;
          i = op.y;
          break;
        case Kind::jump:
          i = op.x;
          break;
        case Kind::ahead:
        case Kind::not_ahead:
        case Kind::behind:
        case Kind::not_behind:
          i = op.y;
          break;
        case Kind::begin:
        case Kind::boundary:
        case Kind::not_boundary:
          ++i;
          break;
        default:
          return true;
      }
    }
    return true;
  }

  std::u32string p_;
  std::string_view place_;
  std::size_t at_ = 0;
  Regex r_;
};

Result<Regex> Regex::compile(std::string_view pattern, std::string_view place) {
  return RegexCompiler(pattern, place).run();
}

}  // namespace clue::concepts
