// Steps of plain(), each as the reference does it and in its order: clean (drop controls, blanks to
// spaces), spaces around ideographs, NFC, split at white space, lower case, drop accents (NFD
// without Mn), split at punctuation, word pieces. Lower-casing comes first in the reference,
// character by character, so that a final sigma stays a plain one.
#include "text/wordpiece.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "text/unicode.h"

namespace clue::text {
namespace {

bool assigned(char32_t c) {  // in Unicode 14, see unicode.h
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] != 0 && age[0] <= 14;
}

bool is_control(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  if (c < 0x80) return c < 0x20 || c == 0x7F;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_C_MASK) != 0 || !assigned(c);
}

bool is_blank(char32_t c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' ||
         (c >= 0x80 && u_charType(static_cast<UChar32>(c)) == U_SPACE_SEPARATOR);
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) {
    return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
           (c >= 123 && c <= 126);
  }
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_P_MASK) != 0;
}

bool is_ideograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

/// str.lower() of one character: only U+0130 gives two.
void append_lower(std::u32string& out, char32_t c) {
  if (c < 0x80) {
    out.push_back(c >= 'A' && c <= 'Z' ? c + 32 : c);
  } else if (c == 0x130) {
    out.append(U"i\u0307");
  } else {
    out.push_back(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
  }
}

/// NFC or NFD. Text that is all ASCII, and what ICU refuses, comes back as it is.
std::u32string normalized(std::u32string s, bool compose) {
  if (std::all_of(s.begin(), s.end(), [](char32_t c) { return c < 0x80; })) return s;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form =
      compose ? icu::Normalizer2::getNFCInstance(status) : icu::Normalizer2::getNFDInstance(status);
  if (U_FAILURE(status)) return s;
  const icu::UnicodeString in = icu::UnicodeString::fromUTF32(
      reinterpret_cast<const UChar32*>(s.data()), static_cast<int32_t>(s.size()));
  const icu::UnicodeString done = form->normalize(in, status);
  if (U_FAILURE(status)) return s;
  std::u32string out(static_cast<std::size_t>(done.length()), 0);
  const int32_t n = done.toUTF32(reinterpret_cast<UChar32*>(out.data()),
                                 static_cast<int32_t>(out.size()), status);
  out.resize(static_cast<std::size_t>(n));
  return out;
}

template <typename F>
void for_words(std::u32string_view s, F&& take) {
  std::size_t begin = s.npos;
  for (std::size_t i = 0; i <= s.size(); ++i) {
    if (i == s.size() || is_space(s[i])) {
      if (begin != s.npos) take(s.substr(begin, i - begin));
      begin = s.npos;
    } else if (begin == s.npos) {
      begin = i;
    }
  }
}

}  // namespace

Result<WordPiece> WordPiece::from_vocab(std::vector<std::string> vocab, WordPieceOptions options) {
  WordPiece w;
  w.vocab_ = std::move(vocab);
  w.options_ = std::move(options);
  for (std::size_t i = 0; i < w.vocab_.size(); ++i)
    w.ids_[w.vocab_[i]] = static_cast<std::int32_t>(i);
  const WordPieceOptions& o = w.options_;
  for (const auto& [name, id] : {std::pair<const std::string*, std::int32_t*>{&o.unk, &w.unk_},
                                 {&o.sep, &w.sep_},
                                 {&o.cls, &w.cls_}}) {
    const auto it = w.ids_.find(*name);
    if (it == w.ids_.end()) {
      return Error{ErrorCode::data, "the vocabulary (" + std::to_string(w.vocab_.size()) +
                                        " entries) has no token " + *name +
                                        "; is it a BERT vocab.txt?"};
    }
    *id = it->second;
  }
  for (const std::string* name : {&o.unk, &o.sep, &o.pad, &o.cls, &o.mask}) {
    const auto it = w.ids_.find(*name);
    if (it != w.ids_.end() && !name->empty()) w.specials_.emplace_back(*name, it->second);
  }
  // The longest one first, should one be the start of another.
  std::stable_sort(w.specials_.begin(), w.specials_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  return w;
}

// Longest match first; one character range without a piece makes the whole word unknown.
void WordPiece::word(std::u32string_view characters, std::vector<std::int32_t>& out) const {
  if (characters.size() > 100) return out.push_back(unk_);
  std::string bytes;
  std::vector<std::size_t> ends;  // ends[i]: bytes of the first i characters
  ends.push_back(0);
  for (const char32_t c : characters) {
    append_utf8(bytes, c);
    ends.push_back(bytes.size());
  }
  const std::size_t kept = out.size();
  std::string piece;
  for (std::size_t start = 0; start < characters.size();) {
    std::size_t end = characters.size();
    for (; end > start; --end) {
      piece.assign(start > 0 ? "##" : "");
      piece.append(bytes, ends[start], ends[end] - ends[start]);
      const auto it = ids_.find(piece);
      if (it == ids_.end()) continue;
      out.push_back(it->second);
      break;
    }
    if (end == start) {
      out.resize(kept);
      return out.push_back(unk_);
    }
    start = end;
  }
}

void WordPiece::plain(std::string_view text, std::vector<std::int32_t>& out) const {
  std::u32string cleaned, one;
  for (std::size_t i = 0; i < text.size();) {
    const Utf8 u = decode(text, i);
    i += u.bytes;
    one.clear();
    if (options_.lower_case) {
      append_lower(one, u.value);
    } else {
      one.push_back(u.value);
    }
    for (const char32_t c : one) {
      if (c == 0 || c == 0xFFFD || is_control(c)) continue;
      const bool alone = options_.split_chinese && is_ideograph(c);
      if (alone) cleaned.push_back(' ');
      cleaned.push_back(is_blank(c) ? U' ' : c);
      if (alone) cleaned.push_back(' ');
    }
  }
  const bool strip =
      options_.strip_accents == 1 || (options_.strip_accents == -1 && options_.lower_case);
  for_words(normalized(std::move(cleaned), true), [&](std::u32string_view token) {
    std::u32string t(token);
    if (strip) {
      t = normalized(std::move(t), false);
      std::erase_if(t, [](char32_t c) {
        return c >= 0x80 && u_charType(static_cast<UChar32>(c)) == U_NON_SPACING_MARK &&
               assigned(c);
      });
    }
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= t.size(); ++i) {
      if (i < t.size() && !is_punctuation(t[i])) continue;
      // What NFD left may hold white space (U+2000 becomes U+2002): split once more.
      for_words(std::u32string_view(t).substr(begin, i - begin),
                [&](std::u32string_view w) { word(w, out); });
      if (i < t.size()) word(std::u32string_view(t).substr(i, 1), out);
      begin = i + 1;
    }
  });
}

std::vector<std::int32_t> WordPiece::pieces(std::string_view text) const {
  std::vector<std::int32_t> out;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto hit = std::find_if(specials_.begin(), specials_.end(), [&](const auto& s) {
      return text.substr(i, s.first.size()) == s.first;
    });
    if (hit == specials_.end()) {
      ++i;
      continue;
    }
    plain(text.substr(begin, i - begin), out);
    out.push_back(hit->second);
    i += hit->first.size();
    begin = i;
  }
  plain(text.substr(begin), out);
  return out;
}

std::vector<std::int32_t> WordPiece::encode(std::string_view text, std::size_t max_tokens,
                                            std::size_t* full_length) const {
  std::vector<std::int32_t> out = pieces(strip(text));
  if (full_length) *full_length = out.size() + 2;
  if (max_tokens >= 2 && out.size() + 2 > max_tokens) out.resize(max_tokens - 2);
  out.insert(out.begin(), cls_);
  out.push_back(sep_);
  return out;
}

}  // namespace clue::text
