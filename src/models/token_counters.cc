#include "models/token_counters.h"

#include <array>
#include <cstdint>
#include <vector>

#include "models/gguf_model.h"

namespace clue::models {
namespace {

/// One code point at `at`, and its length in bytes. An invalid byte stands for itself.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 1;
};

CodePoint read_code_point(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length <= 1 || at + length > text.size()) return {lead, 1};
  std::uint32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {lead, 1};
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  return {value, length};
}

/// White space as CPython's str.split() sees it (str.isspace), Unicode 15.
bool is_python_space(std::uint32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const CodePoint c = at < text.size() ? read_code_point(text, at) : CodePoint{' ', 1};
    // A lone invalid byte such as 0x85 is not the control character of that number.
    if (is_python_space(c.value) && (c.bytes > 1 || c.value < 0x80)) {
      if (at > begin) words.push_back(text.substr(begin, at - begin));
      begin = at + c.bytes;
    }
    at += c.bytes;
  }
  return words;
}

class WordCounter final : public TokenCounter {
 public:
  explicit WordCounter(bool start_token) : start_token_(start_token) {}

  Result<int> count(std::string_view text) override {
    return static_cast<int>(split_words(text).size()) + (start_token_ ? 1 : 0);
  }

  Result<std::string> first(std::string_view text, int n) override {
    std::vector<std::string_view> words = split_words(text);
    if (start_token_) words.insert(words.begin(), "<s>");
    std::string out;
    for (std::size_t i = 0; i < words.size() && static_cast<int>(i) < n; ++i) {
      if (i > 0) out += ' ';
      out += words[i];
    }
    return out;
  }

  [[nodiscard]] std::string name() const override { return start_token_ ? "ws_bos" : "ws"; }
  [[nodiscard]] bool exact() const override { return true; }
  [[nodiscard]] bool cuts_tested() const override { return true; }

 private:
  bool start_token_;
};

class CharCounter final : public TokenCounter {
 public:
  Result<int> count(std::string_view text) override {
    int n = 0;
    for (std::size_t at = 0; at < text.size(); ++n) at += read_code_point(text, at).bytes;
    return n;
  }

  Result<std::string> first(std::string_view text, int n) override {
    std::size_t at = 0;
    for (int i = 0; i < n && at < text.size(); ++i) at += read_code_point(text, at).bytes;
    return std::string(text.substr(0, at));
  }

  [[nodiscard]] std::string name() const override { return "char"; }
  [[nodiscard]] bool exact() const override { return true; }
  [[nodiscard]] bool cuts_tested() const override { return true; }
};

/// Bytes per token of clinical English under usual vocabularies, on the careful (low) side.
constexpr double kBytesPerToken = 3.6;

class EstimateCounter final : public TokenCounter {
 public:
  Result<int> count(std::string_view text) override {
    const auto exact = static_cast<double>(text.size()) / kBytesPerToken;
    const int whole = static_cast<int>(exact);
    return static_cast<double>(whole) < exact ? whole + 1 : whole;
  }

  Result<std::string> first(std::string_view text, int n) override {
    const auto bytes = n <= 0 ? 0 : static_cast<std::size_t>(n * kBytesPerToken);
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t next = at + read_code_point(text, at).bytes;
      if (next > bytes) break;
      at = next;
    }
    return std::string(text.substr(0, at));
  }

  [[nodiscard]] std::string name() const override { return "estimate"; }
  [[nodiscard]] bool exact() const override { return false; }
};

struct CounterRow {
  std::string_view name;
  std::unique_ptr<TokenCounter> (*make)();
};

constexpr std::array<CounterRow, 4> kCounters = {{
    {"ws", []() -> std::unique_ptr<TokenCounter> { return std::make_unique<WordCounter>(false); }},
    {"ws_bos",
     []() -> std::unique_ptr<TokenCounter> { return std::make_unique<WordCounter>(true); }},
    {"char", []() -> std::unique_ptr<TokenCounter> { return std::make_unique<CharCounter>(); }},
    {"estimate",
     []() -> std::unique_ptr<TokenCounter> { return std::make_unique<EstimateCounter>(); }},
}};

}  // namespace

Result<std::unique_ptr<TokenCounter>> open_token_counter(const std::string& name) {
  for (const CounterRow& row : kCounters) {
    if (row.name == name) return row.make();
  }
  const std::string path = name.starts_with("gguf:") ? name.substr(5) : name;
  if (path.ends_with(".gguf")) return open_gguf_counter(path);
  return Error{ErrorCode::invalid_argument,
               "unknown tokenizer '" + name + "': use ws, ws_bos, char, estimate or FILE.gguf"};
}

}  // namespace clue::models
