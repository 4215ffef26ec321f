#include "tasks/py_strings.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace clue::tasks {
namespace {

bool is_name_start(char c) { return is_ascii_alpha(c) || c == '_'; }
bool is_name(char c) { return is_ascii_alnum(c) || c == '_'; }

int hex_digit(char c) {
  if (is_ascii_digit(c)) return c - '0';
  const char l = ascii_lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

class Scanner {
 public:
  Scanner(std::string_view text, std::string_view place) : text_(text), place_(place) {}

  Result<std::map<std::string, std::string>> run() {
    while (pos_ < text_.size()) {
      const std::size_t line_start = pos_;
      CLUE_OK(statement());
      if (pos_ == line_start) ++pos_;
    }
    return std::move(values_);
  }

 private:
  [[nodiscard]] char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  Error complaint(std::size_t where, const std::string& what) const {
    const auto lines = std::count(text_.begin(), text_.begin() + static_cast<long>(where), '\n');
    return {ErrorCode::data, std::string(place_) + ":" + std::to_string(lines + 1) + ": " + what};
  }

  /// One logical line: an assignment of strings is kept, everything else is stepped over.
  Status statement() {
    if (is_name_start(at(pos_))) {
      const std::size_t start = pos_;
      while (is_name(at(pos_))) ++pos_;
      const std::string name(text_.substr(start, pos_ - start));
      blanks(false);
      if (at(pos_) == ':') {  // annotation
        while (pos_ < text_.size() && at(pos_) != '=' && at(pos_) != '\n') ++pos_;
      }
      if (at(pos_) == '=' && at(pos_ + 1) != '=') {
        ++pos_;
        std::string value;
        CLUE_TRY(const bool whole, expression(false, value));
        blanks(false);
        if (whole && (pos_ >= text_.size() || at(pos_) == '\n' || at(pos_) == ';')) {
          values_[name] = value;
        } else {
          values_.erase(name);
        }
      }
    }
    return rest_of_line();
  }

  /// To the end of the logical line; strings are stepped over whole.
  Status rest_of_line() {
    int depth = 0;
    while (pos_ < text_.size()) {
      const char c = at(pos_);
      if (c == '\n' && depth <= 0) {
        ++pos_;
        return {};
      }
      if (c == '#') {
        while (pos_ < text_.size() && at(pos_) != '\n') ++pos_;
        continue;
      }
      if (c == '\\') {
        pos_ += 2;
        continue;
      }
      if (c == '(' || c == '[' || c == '{') ++depth;
      if (c == ')' || c == ']' || c == '}') --depth;
      if (is_name_start(c) || c == '"' || c == '\'') {
        std::string ignored;
        bool plain = true;
        CLUE_TRY(const bool literal, string_literal(ignored, plain, false));
        if (literal) continue;
        while (is_name(at(pos_))) ++pos_;
        continue;
      }
      ++pos_;
    }
    return {};
  }

  /// White space and comments; new lines too within parentheses.
  void blanks(bool lines) {
    while (pos_ < text_.size()) {
      const char c = at(pos_);
      if (c == ' ' || c == '\t' || c == '\f' || c == '\r') {
        ++pos_;
      } else if (c == '\\' && at(pos_ + 1) == '\n') {
        pos_ += 2;
      } else if (lines && c == '\n') {
        ++pos_;
      } else if (c == '#') {
        while (pos_ < text_.size() && at(pos_) != '\n') ++pos_;
      } else {
        return;
      }
    }
  }

  /// term (+ term)*. False: not made of strings alone.
  Result<bool> expression(bool inside, std::string& out) {
    while (true) {
      CLUE_TRY(const bool ok, term(inside, out));
      if (!ok) return false;
      blanks(inside);
      if (at(pos_) != '+') return true;
      ++pos_;
    }
  }

  Result<bool> term(bool inside, std::string& out) {
    blanks(inside);
    if (at(pos_) == '(') {
      if (++nesting_ > 100) return complaint(pos_, "parentheses are nested too deeply");
      ++pos_;
      CLUE_TRY(const bool ok, expression(true, out));
      blanks(true);
      --nesting_;
      if (!ok || at(pos_) != ')') return false;
      ++pos_;
      return true;
    }
    bool any = false;
    while (true) {  // implicit concatenation
      bool plain = true;
      CLUE_TRY(const bool literal, string_literal(out, plain, true));
      if (!literal) break;
      if (!plain) return false;
      any = true;
      blanks(inside);
    }
    if (any) return true;
    const std::size_t start = pos_;
    while (is_name(at(pos_))) ++pos_;
    const auto it = values_.find(std::string(text_.substr(start, pos_ - start)));
    if (it == values_.end()) return false;
    out += it->second;
    return true;
  }

  /// A literal at the cursor, appended to `out`. False: none here (the cursor stays). `plain` is
  /// false for bytes and f-strings.
  Result<bool> string_literal(std::string& out, bool& plain, bool check) {
    std::size_t p = pos_;
    bool raw = false;
    while (p - pos_ < 3 && is_name_start(at(p))) {
      const char c = ascii_lower(at(p));
      if (c == 'r') raw = true;
      if (c == 'b' || c == 'f' || c == 't') plain = false;
      if (c != 'r' && c != 'b' && c != 'f' && c != 'u' && c != 't') return false;
      ++p;
    }
    const char quote = at(p);
    if (quote != '"' && quote != '\'') return false;
    const std::size_t start = p;
    const bool triple = at(p + 1) == quote && at(p + 2) == quote;
    p += triple ? 3 : 1;
    while (true) {
      if (p >= text_.size() || (!triple && at(p) == '\n')) {
        return complaint(start, "this string has no end");
      }
      if (at(p) == quote && (!triple || (at(p + 1) == quote && at(p + 2) == quote))) break;
      if (at(p) == '\\' && raw) {
        out += at(p++);
        if (p < text_.size()) out += at(p++);
      } else if (at(p) == '\\') {
        CLUE_OK(escape(p, out, check && plain));
      } else {
        out += at(p++);
      }
    }
    pos_ = p + (triple ? 3 : 1);
    return true;
  }

  /// One escape sequence; `p` stands on the backslash and moves behind it.
  Status escape(std::size_t& p, std::string& out, bool check) {
    static constexpr std::string_view kNames = "\\'\"abfnrtv";
    static constexpr std::string_view kBytes = "\\'\"\a\b\f\n\r\t\v";
    const std::size_t start = p++;
    const char c = at(p);
    if (c == '\n') {
      ++p;
    } else if (const std::size_t known = kNames.find(c);
               p < text_.size() && known != std::string_view::npos) {
      out += kBytes[known];
      ++p;
    } else if (c >= '0' && c <= '7') {
      char32_t value = 0;
      for (int i = 0; i < 3 && at(p) >= '0' && at(p) <= '7'; ++i) {
        value = value * 8 + static_cast<char32_t>(at(p++) - '0');
      }
      append_utf8(out, value);
    } else if (c == 'x' || c == 'u' || c == 'U') {
      const int digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      char32_t value = 0;
      ++p;
      for (int i = 0; i < digits; ++i, ++p) {
        const int digit = hex_digit(at(p));
        if (digit < 0) return complaint(start, "an escape with too few digits");
        value = value * 16 + static_cast<char32_t>(digit);
      }
      if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return complaint(start, "an escape that is no character");
      }
      append_utf8(out, value);
    } else if (c == 'N' && at(p + 1) == '{' && check) {
      return complaint(start, "\\N{...} is not supported; write the character itself");
    } else {
      out += '\\';  // Python keeps unknown escapes
    }
    return {};
  }

  std::string_view text_;
  std::string_view place_;
  std::size_t pos_ = 0;
  int nesting_ = 0;
  std::map<std::string, std::string> values_;
};

}  // namespace

Result<std::map<std::string, std::string>> python_strings(std::string_view source,
                                                          std::string_view place) {
  const std::string unix_lines =
      replace_all(replace_all(without_bom(source), "\r\n", "\n"), "\r", "\n");
  return Scanner(unix_lines, place).run();
}

}  // namespace clue::tasks
