#include "base/withhold.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/text.h"

namespace clue {
namespace {

bool is_word(char c) {
  return is_ascii_alnum(c) || c == '_' || static_cast<unsigned char>(c) > 0x7f;
}

/// Offsets of one kind of quote; an apostrophe inside a word is none.
std::vector<std::size_t> quotes(std::string_view text, char quote) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != quote) continue;
    const bool inside =
        i > 0 && i + 1 < text.size() && is_word(text[i - 1]) && is_word(text[i + 1]);
    if (quote == '"' || !inside) places.push_back(i);
  }
  return places;
}

std::string without(std::string_view text, char quote,
                    const std::function<bool(std::string_view)>& harmless) {
  const std::vector<std::size_t> at = quotes(text, quote);
  const auto known = [&](std::size_t i) {
    return i + 1 < at.size() && harmless(text.substr(at[i] + 1, at[i + 1] - at[i] - 1));
  };
  std::size_t first = 0;
  while (first < at.size() && known(first)) first += 2;
  if (first >= at.size()) return std::string(text);
  std::size_t last = at.size() - 1;
  while (last > first + 1 && known(last - 1)) last -= 2;
  const std::size_t begin = at[first] + 1;
  const std::size_t end = last > first ? at[last] : text.size();  // a quote left open hides the rest
  return std::string(text.substr(0, begin)) + "[" + std::to_string(end - begin) +
         " bytes withheld]" + std::string(text.substr(end));
}

}  // namespace

std::string withhold_quoted(std::string_view message,
                            const std::function<bool(std::string_view)>& harmless) {
  return without(without(message, '"', harmless), '\'', harmless);
}

std::string withhold_words(std::string_view message,
                           const std::function<bool(std::string_view)>& harmless) {
  std::string out;
  std::size_t gone = 0;         // words of the run that is being left out
  std::size_t run_end = 0;      // behind its last word
  const auto close = [&] {
    if (gone == 0) return;
    out += "[" + std::to_string(gone) + (gone == 1 ? " word" : " words") + " withheld]";
    gone = 0;
  };
  for (std::size_t i = 0; i < message.size();) {
    std::size_t end = i;
    while (end < message.size() && is_word(message[end])) ++end;
    if (end == i) {  // what stands between words is held back until the next word is known
      if (gone == 0) out += message[i];
      ++i;
      continue;
    }
    const std::string_view word = message.substr(i, end - i);
    if (harmless(ascii_lower(word))) {
      if (gone > 0) {
        close();
        out += message.substr(run_end, i - run_end);
      }
      out += word;
    } else {
      ++gone;
      run_end = end;
    }
    i = end;
  }
  if (gone > 0) {
    close();
    out += message.substr(run_end);
  }
  return out;
}

}  // namespace clue
