#include "concepts/spacy_tokenizer.h"

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "concepts/msgpack.h"
#include "concepts/spacy_strings.h"

namespace clue::concepts {
namespace {

/// Chunks remembered at most; then the memo starts anew.
constexpr std::size_t kMemoLimit = 200'000;

constexpr std::uint64_t kOrthKey = 65;
constexpr std::uint64_t kNormKey = 67;

Result<std::optional<Regex>> pattern(const MsgValue& root, const char* key,
                                     std::string_view place) {
  const MsgValue* v = root.find(key);
  if (v == nullptr || v->is(MsgValue::Kind::nil)) return std::optional<Regex>();
  const std::string here = std::string(place) + " (" + key + ")";
  if (!v->is(MsgValue::Kind::text)) {
    return Error{ErrorCode::data, here + ": expected a pattern; is this a spaCy tokenizer file?"};
  }
  CLUE_TRY(Regex r, Regex::compile(v->bytes, here));
  return std::optional<Regex>(std::move(r));
}

}  // namespace

Result<SpacyTokenizer> SpacyTokenizer::open(const std::filesystem::path& tokenizer,
                                            const std::filesystem::path& lookups) {
  SpacyTokenizer t;
  CLUE_TRY(const std::string bytes, read_file(tokenizer));
  CLUE_OK(t.load_norms(lookups));
  CLUE_OK(t.load(bytes, tokenizer.string()));
  t.find_special_sequences();
  return t;
}

Status SpacyTokenizer::load_norms(const std::filesystem::path& path) {
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) return {};
  CLUE_TRY(const std::string bytes, read_file(path));
  if (bytes.empty()) return {};
  CLUE_TRY(const MsgValue root, parse_msgpack(bytes, path.string()));
  const MsgValue* table = root.find("lexeme_norm");
  if (table == nullptr) return {};
  for (const auto& [key, value] : table->map) {
    if (key.is(MsgValue::Kind::integer)) lexeme_norms_[key.integer] = value.bytes;
  }
  return {};
}

Status SpacyTokenizer::load(std::string_view bytes, std::string_view place) {
  CLUE_TRY(const MsgValue root, parse_msgpack(bytes, place));
  CLUE_TRY(prefix_, pattern(root, "prefix_search", place));
  CLUE_TRY(suffix_, pattern(root, "suffix_search", place));
  CLUE_TRY(infix_, pattern(root, "infix_finditer", place));
  CLUE_TRY(token_match_, pattern(root, "token_match", place));
  CLUE_TRY(url_match_, pattern(root, "url_match", place));
  if (const MsgValue* fast = root.find("faster_heuristics")) faster_heuristics_ = fast->boolean;
  const MsgValue* exceptions = root.find("exceptions");
  if (exceptions == nullptr || !exceptions->is(MsgValue::Kind::map)) {
    return Error{ErrorCode::data,
                 std::string(place) + ": no \"exceptions\"; is this a spaCy tokenizer file?"};
  }
  for (const auto& [key, list] : exceptions->map) {
    Pieces pieces;
    std::string joined;
    for (const MsgValue& token : list.array) {
      const MsgValue* orth = token.find(kOrthKey);
      const MsgValue* norm = token.find(kNormKey);
      if (orth == nullptr || orth->bytes.empty()) continue;
      std::optional<std::string> own;
      if (norm != nullptr && !norm->bytes.empty()) own = std::string(norm->bytes);
      joined.append(orth->bytes);
      pieces.push_back({intern(std::string(orth->bytes), own), false});
    }
    if (joined != key.bytes) {
      return Error{ErrorCode::data, std::string(place) + ": the exception \"" +
                                        std::string(key.bytes) + "\" does not spell its key"};
    }
    const std::u32string text = decode_utf8(key.bytes);
    if (rules_.insert_or_assign(text, std::move(pieces)).second) rule_keys_.push_back(text);
  }
  return {};
}

/// Exceptions that the affix rules would cut are matched as sequences of what they are cut into.
void SpacyTokenizer::find_special_sequences() {
  for (const std::u32string& key : rule_keys_) {
    const bool cut = !faster_heuristics_ || affix(prefix_, key) > 0 || affix(suffix_, key) > 0 ||
                     (infix_ && infix_->search(key)) || key.find(U' ') != std::u32string::npos;
    if (!cut) continue;
    std::vector<std::uint32_t> words;
    for (const Piece& p : runs(key, false)) words.push_back(lexemes_[p.lexeme].word);
    if (words.empty()) continue;
    sequence_heads_.insert(words.front());
    longest_sequence_ = std::max(longest_sequence_, words.size());
    sequences_[std::move(words)] = true;
  }
}

std::string SpacyTokenizer::base_norm_of(const std::string& text) const {
  if (const auto it = lexeme_norms_.find(string_id(text)); it != lexeme_norms_.end()) {
    return it->second;
  }
  if (const auto norm = base_norm(text)) return std::string(*norm);
  return py_lower(text);
}

std::uint32_t SpacyTokenizer::intern(const std::string& text,
                                     const std::optional<std::string>& norm) {
  std::string key = text;
  if (norm) {
    key.push_back('\0');
    key += *norm;
  }
  const auto [it, fresh] =
      lexeme_numbers_.try_emplace(std::move(key), static_cast<std::uint32_t>(lexemes_.size()));
  if (!fresh) return it->second;
  const std::u32string points = decode_utf8(text);
  Lexeme x;
  x.text = text;
  x.length = static_cast<std::uint32_t>(points.size());
  x.word = words_.try_emplace(text, static_cast<std::uint32_t>(words_.size())).first->second;
  x.is_space = !points.empty() && std::all_of(points.begin(), points.end(), py_is_space);
  x.norm_text = norm ? *norm : base_norm_of(text);
  x.orth = string_id(text);
  x.norm = string_id(x.norm_text);
  x.lower = string_id(py_lower(text));
  const std::u32string_view view(points);
  x.prefix = string_id(encode_utf8(view.substr(0, 1)));
  x.suffix = string_id(encode_utf8(view.substr(view.size() > 3 ? view.size() - 3 : 0)));
  x.shape = string_id(word_shape(points));
  lexemes_.push_back(std::move(x));
  return it->second;
}

std::size_t SpacyTokenizer::affix(const std::optional<Regex>& p, std::u32string_view text) {
  if (!p) return 0;
  const auto span = p->search(text);
  return span ? span->second - span->first : 0;
}

const SpacyTokenizer::Pieces* SpacyTokenizer::rule(std::u32string_view text) const {
  const auto it = rules_.find(std::u32string(text));
  return it == rules_.end() ? nullptr : &it->second;
}

void SpacyTokenizer::add(std::u32string_view text, Pieces& out) {
  out.push_back({intern(encode_utf8(text), std::nullopt), false});
}

/// Runs of white space and of other characters, in turn. A single blank at the end of a run of
/// text is no token: it marks the token in front of it.
SpacyTokenizer::Pieces SpacyTokenizer::runs(std::u32string_view text, bool specials) {
  Pieces out;
  if (text.empty()) return out;
  std::size_t start = 0;
  bool in_space = py_is_space(text[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (py_is_space(text[i]) == in_space) continue;
    if (start < i) chunk(text.substr(start, i - start), specials, out);
    if (text[i] == U' ') {
      if (!out.empty()) out.back().space_after = true;
      start = i + 1;
    } else {
      start = i;
    }
    in_space = !in_space;
  }
  if (start < text.size()) {
    chunk(text.substr(start), specials, out);
    if (!out.empty()) out.back().space_after = text.back() == U' ' && !in_space;
  }
  return out;
}

void SpacyTokenizer::chunk(std::u32string_view text, bool specials, Pieces& out) {
  if (!specials) return cut_chunk(text, false, out);
  if (const auto it = memo_.find(std::u32string(text)); it != memo_.end()) {
    out.insert(out.end(), it->second.begin(), it->second.end());
    return;
  }
  Pieces pieces;
  if (const Pieces* r = rule(text)) {
    pieces = *r;
  } else {
    cut_chunk(text, true, pieces);
  }
  out.insert(out.end(), pieces.begin(), pieces.end());
  if (memo_.size() >= kMemoLimit) memo_.clear();
  if (text.size() < 64) memo_.emplace(std::u32string(text), std::move(pieces));
}

/// Strips prefixes and suffixes until nothing moves or an exception is left.
void SpacyTokenizer::cut_chunk(std::u32string_view s, bool specials, Pieces& out) {
  const auto special = [&](std::u32string_view t) { return specials && rule(t) != nullptr; };
  Pieces suffixes;
  std::size_t last = 0;
  while (!s.empty() && s.size() != last) {
    if (token_match_ && token_match_->match(s)) break;
    if (special(s)) break;
    last = s.size();
    const std::size_t pre = affix(prefix_, s);
    if (pre > 0 && pre < s.size() && special(s.substr(pre))) {
      add(s.substr(0, pre), out);
      s.remove_prefix(pre);
      break;
    }
    const std::size_t suf = affix(suffix_, s.substr(pre));
    if (suf > 0 && suf < s.size() && special(s.substr(0, s.size() - suf))) {
      add(s.substr(s.size() - suf), suffixes);
      s.remove_suffix(suf);
      break;
    }
    if (pre > 0 && suf > 0 && pre + suf <= s.size()) {
      add(s.substr(0, pre), out);
      add(s.substr(s.size() - suf), suffixes);
      s = s.substr(pre, s.size() - pre - suf);
    } else if (pre > 0) {
      add(s.substr(0, pre), out);
      s.remove_prefix(pre);
    } else if (suf > 0) {
      add(s.substr(s.size() - suf), suffixes);
      s.remove_suffix(suf);
    }
  }
  if (!s.empty()) {
    if (const Pieces* r = specials ? rule(s) : nullptr) {
      out.insert(out.end(), r->begin(), r->end());
    } else if ((token_match_ && token_match_->match(s)) || (url_match_ && url_match_->match(s))) {
      add(s, out);
    } else {
      infixes(s, out);
    }
  }
  out.insert(out.end(), suffixes.rbegin(), suffixes.rend());
}

void SpacyTokenizer::infixes(std::u32string_view s, Pieces& out) {
  std::size_t start = 0;
  if (infix_) {
    for (const auto& [begin, end] : infix_->find_all(s)) {
      if (begin == 0) continue;  // a match at the very start cuts nothing off
      if (begin != start) add(s.substr(start, begin - start), out);
      if (begin != end) add(s.substr(begin, end - begin), out);
      start = end;
    }
  }
  if (start < s.size()) add(s.substr(start), out);
}

/// Exceptions across what the rules cut: longest first, then leftmost, none overlapping.
SpacyTokenizer::Pieces SpacyTokenizer::apply_special_sequences(Pieces pieces) {
  const std::size_t n = pieces.size();
  std::vector<std::pair<std::size_t, std::size_t>> spans;
  std::vector<std::uint32_t> words;
  for (std::size_t i = 0; i < n; ++i) {
    if (!sequence_heads_.contains(lexemes_[pieces[i].lexeme].word)) continue;
    words.clear();
    for (std::size_t j = i; j < std::min(n, i + longest_sequence_); ++j) {
      words.push_back(lexemes_[pieces[j].lexeme].word);
      if (sequences_.contains(words)) spans.emplace_back(i, j + 1);
    }
  }
  if (spans.empty()) return pieces;
  std::stable_sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) {
    const std::size_t la = a.second - a.first;
    const std::size_t lb = b.second - b.first;
    return la != lb ? la > lb : a.first < b.first;
  });
  std::vector<bool> seen(n, false);
  std::vector<std::size_t> keep(n, 0);  // end of the span that starts here
  for (const auto& [a, b] : spans) {
    if (!seen[a] && !seen[b - 1]) keep[a] = b;
    std::fill(seen.begin() + static_cast<std::ptrdiff_t>(a),
              seen.begin() + static_cast<std::ptrdiff_t>(b), true);
  }
  Pieces out;
  for (std::size_t i = 0; i < n;) {
    if (keep[i] == 0) {
      out.push_back(pieces[i++]);
      continue;
    }
    const std::size_t end = keep[i];
    std::string text;
    for (std::size_t j = i; j < end; ++j) {
      text += lexemes_[pieces[j].lexeme].text;
      if (j + 1 < end && pieces[j].space_after) text += ' ';
    }
    if (const Pieces* r = rule(decode_utf8(text)); r != nullptr && !r->empty()) {
      out.insert(out.end(), r->begin(), r->end());
      out.back().space_after = pieces[end - 1].space_after;
    } else {
      for (std::size_t j = i; j < end; ++j) out.push_back(pieces[j]);
    }
    i = end;
  }
  return out;
}

std::vector<SpacyToken> SpacyTokenizer::tokenize(std::string_view text) {
  const std::u32string points = decode_utf8(text);
  std::vector<SpacyToken> out;
  std::uint32_t at = 0;
  std::uint32_t byte = 0;
  for (const Piece& p : apply_special_sequences(runs(points, true))) {
    const Lexeme& x = lexemes_[p.lexeme];
    SpacyToken t;
    t.begin = at;
    t.end = at + x.length;
    t.begin_byte = byte;
    t.end_byte = byte + static_cast<std::uint32_t>(x.text.size());
    t.lexeme = p.lexeme;
    t.space_after = p.space_after;
    at = t.end + (p.space_after ? 1 : 0);
    byte = t.end_byte + (p.space_after ? 1 : 0);
    out.push_back(std::move(t));
  }
  return out;
}

}  // namespace clue::concepts
