// Damages bytes as files and answers are damaged: flipped, cut, repeated, spliced, with tokens that
// parsers trip over. Deterministic for a seed. Used by replay_main.cc.
#pragma once

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  /// One to eight changes; `other` lends a piece to be spliced in.
  std::string operator()(std::string bytes, const std::string& other) {
    for (std::size_t left = 1 + below(8); left > 0; --left) change(bytes, other);
    return bytes;
  }

 private:
  static constexpr std::array<std::string_view, 22> kTokens = {"\"",
                                                               "\"\"",
                                                               "'",
                                                               "\\",
                                                               "\\u",
                                                               "\\ud800",
                                                               "{",
                                                               "}",
                                                               "[",
                                                               "]",
                                                               ",",
                                                               ";",
                                                               ":",
                                                               "\n",
                                                               "\r\n",
                                                               "\t",
                                                               "\xEF\xBB\xBF",
                                                               "\xED\xA0\x80",
                                                               "\xF4\x90\x80\x80",
                                                               "-1e999",
                                                               "18446744073709551616",
                                                               "&#x0;"};

  void change(std::string& bytes, const std::string& other) {
    const std::size_t at = below(bytes.size() + 1);
    const std::size_t some = 1 + below(below(8) == 0 ? 4096 : 16);
    switch (below(8)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        return;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
        return;
      case 2:
        bytes.insert(at, kTokens[below(kTokens.size())]);
        return;
      case 3:
        bytes.erase(at, some);
        return;
      case 4:
        bytes.insert(at, bytes.substr(below(bytes.size() + 1), some));
        return;
      case 5:
        bytes.insert(at, other.substr(below(other.size() + 1), some));
        return;
      case 6:
        bytes.insert(at, some, static_cast<char>(below(256)));
        return;
      default:
        if (below(4) == 0) bytes.resize(at);
    }
  }

  std::mt19937_64 random_;
};
