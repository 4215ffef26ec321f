#include "metrics/squad.h"

#include <algorithm>
#include <map>
#include <vector>

#include "text/unicode.h"

namespace clue::metrics {
namespace {

std::vector<std::string_view> split(std::string_view s) {
  std::vector<std::string_view> out;
  std::size_t begin = s.npos;
  for (std::size_t i = 0; i < s.size();) {
    const text::Utf8 c = text::decode(s, i);
    if (text::is_space(c.value)) {
      if (begin != s.npos) out.push_back(s.substr(begin, i - begin));
      begin = s.npos;
    } else if (begin == s.npos) {
      begin = i;
    }
    i += c.bytes;
  }
  if (begin != s.npos) out.push_back(s.substr(begin));
  return out;
}

std::string without_articles(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size();) {
    std::size_t n = 0;
    if (!text::word_before(s, i)) {
      for (const std::string_view w : {"an", "a", "the"}) {
        if (s.substr(i, w.size()) == w && !text::word_at(s, i + w.size())) n = w.size();
      }
    }
    if (n > 0) {
      out.push_back(' ');
      i += n;
    } else {
      out.push_back(s[i++]);
    }
  }
  return out;
}

Prf token_prf(std::string_view prediction, std::string_view reference) {
  const auto p = split(prediction), r = split(reference);
  std::map<std::string_view, std::size_t> left;
  for (const auto w : r) ++left[w];
  std::size_t common = 0;
  for (const auto w : p) {
    const auto it = left.find(w);
    if (it != left.end() && it->second > 0) --it->second, ++common;
  }
  if (common == 0) return {};
  return make_prf(static_cast<double>(common) / static_cast<double>(p.size()),
                  static_cast<double>(common) / static_cast<double>(r.size()));
}

}  // namespace

std::string normalize_squad(std::string_view answer) {
  std::string s = text::to_lower(answer);
  std::erase_if(s, [](char c) {
    return std::string_view("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~").find(c) != std::string_view::npos;
  });
  s = without_articles(s);
  std::string out;
  for (const std::string_view w : split(s)) out.append(out.empty() ? "" : " ").append(w);
  return out;
}

SquadScores score_squad(std::string_view prediction, std::span<const std::string> references) {
  const std::string p = normalize_squad(prediction);
  SquadScores best;
  for (const std::string& reference : references) {
    const std::string r = normalize_squad(reference);
    best.exact_match = std::max(best.exact_match, p == r ? 1.0 : 0.0);
    const Prf one = token_prf(p, r);
    if (one.f1 > best.token.f1) best.token = one;
  }
  return best;
}

}  // namespace clue::metrics
