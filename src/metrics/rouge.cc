#include "metrics/rouge.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "text/porter.h"
#include "text/words.h"

namespace clue::metrics {
namespace {

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0x9E3779B97F4A7C15u;
  return x ^ x >> 29;
}

constexpr std::size_t kSlack = 8;  // bytes behind the arena that may be read

/// The first up to 8 bytes as a number, the missing ones 0. Requires: kSlack bytes readable.
std::uint64_t first_bytes(const char* s, std::size_t size) {
  std::uint64_t v = 0;
  std::memcpy(&v, s, sizeof(v));
  return size >= sizeof(v) ? v : v & ((std::uint64_t{1} << 8 * size) - 1);
}

std::uint64_t hash_bytes(const char* s, std::size_t size) {
  std::uint64_t h = size * 0xff51afd7ed558ccdu;
  for (; size > 8; size -= 8, s += 8) h = mix(h ^ first_bytes(s, 8));
  return mix(h ^ first_bytes(s, size));
}

/// An open-addressing table that is emptied by raising an epoch, so that one pair after the other
/// costs no clearing.
template <typename Key>
class EpochTable {
 public:
  void start(std::size_t at_most) {
    const std::size_t size = std::bit_ceil(at_most * 2 + 16);
    if (slots_.size() < size) slots_.assign(size, Slot{}), epoch_ = 0;
    if (++epoch_ == 0) {
      for (Slot& s : slots_) s.epoch = 0;
      epoch_ = 1;
    }
  }
  /// The slot of a key: `same(key)` decides equality. `fresh` tells whether it was empty.
  template <typename Same>
  std::pair<Key*, bool> find(std::uint64_t hash, Same&& same) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      Slot& s = slots_[i];
      if (s.epoch != epoch_) {
        s.epoch = epoch_;
        return {&s.key, true};
      }
      if (same(s.key)) return {&s.key, false};
    }
  }

 private:
  struct Slot {
    std::uint32_t epoch = 0;
    Key key{};
  };
  std::vector<Slot> slots_;
  std::uint32_t epoch_ = 0;
};

struct WordKey {
  std::uint64_t first = 0;  ///< its first 8 bytes
  std::uint32_t id = 0;
  std::uint32_t begin = 0;  ///< into Scratch::arena
  std::uint32_t size = 0;
};

struct BigramKey {
  std::uint64_t pair = 0;
  std::int32_t left = 0;  ///< occurrences in the reference not yet matched
};

Prf overlap(std::size_t common, std::size_t predicted, std::size_t wanted) {
  const auto ratio = [common](std::size_t n) {
    return static_cast<double>(common) / static_cast<double>(std::max<std::size_t>(n, 1));
  };
  return make_prf(ratio(predicted), ratio(wanted));
}

}  // namespace

struct RougeScorer::Scratch {
  EpochTable<WordKey> table;
  EpochTable<BigramKey> bigrams;
  std::vector<char> arena;  ///< bytes of the distinct words of this pair, and kSlack
  std::size_t used = 0;     ///< of the arena
  std::string buffer;       ///< the word being stemmed
  std::uint32_t id_count = 0;
  std::vector<std::uint32_t> prediction, reference, short_a, short_b;
  std::vector<std::uint32_t> counts, marks;
  std::vector<std::uint64_t> masks;
  std::vector<unsigned char> carries;
};

std::string rouge_signature(const RougeOptions& options) {
  return std::string("rouge|rouge_score 0.1.2|stemmer:") + (options.stemmer ? "porter" : "no") +
         "|letters:" + (options.unicode ? "unicode" : "ascii");
}

RougeScorer::RougeScorer(RougeOptions options)
    : options_(options), scratch_(std::make_unique<Scratch>()) {}
RougeScorer::~RougeScorer() = default;
RougeScorer::RougeScorer(RougeScorer&&) noexcept = default;
RougeScorer& RougeScorer::operator=(RougeScorer&&) noexcept = default;

void RougeScorer::words(std::string_view text, std::vector<std::uint32_t>& ids) {
  Scratch& s = *scratch_;
  ids.clear();
  // Takes the word at the arena's end: a new one stays there. Returns where the next may stand.
  const auto intern = [&s, &ids](char* word, std::size_t size) {
    const std::uint64_t first = first_bytes(word, size);
    const auto [key, fresh] = s.table.find(hash_bytes(word, size), [&](const WordKey& k) {
      return k.first == first && k.size == size &&
             (size <= 8 || std::memcmp(s.arena.data() + k.begin, word, size) == 0);
    });
    if (fresh) {
      *key = {first, s.id_count++, static_cast<std::uint32_t>(word - s.arena.data()),
              static_cast<std::uint32_t>(size)};
      s.used = static_cast<std::size_t>(word - s.arena.data()) + size;
    }
    ids.push_back(key->id);
    return s.arena.data() + s.used;
  };
  const auto intern_stem = [&](char* word, std::size_t size) {
    if (size <= 3) return intern(word, size);
    s.buffer.assign(word, size);
    text::porter_stem(s.buffer);  // never longer than the word
    std::copy(s.buffer.begin(), s.buffer.end(), word);
    return intern(word, s.buffer.size());
  };
  const auto at = [&s](std::size_t size) {
    if (s.arena.size() < s.used + size + kSlack) s.arena.resize(2 * (s.used + size + kSlack));
    return s.arena.data() + s.used;
  };
  if (!options_.unicode) {
    if (options_.stemmer) return text::ascii_words(text, at(text.size()), intern_stem);
    return text::ascii_words(text, at(text.size()), intern);
  }
  const std::string all = text::unicode_words(text);
  char* room = at(all.size());
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t end = std::min(all.find(' ', i), all.size());
    const auto word = std::string_view(all).substr(i, end - i);
    std::copy(word.begin(), word.end(), room);
    // Porter's rules are English: words of other alphabets stay whole.
    const bool stem = options_.stemmer && std::none_of(word.begin(), word.end(),
                                                       [](char c) { return (c & 0x80) != 0; });
    room = stem ? intern_stem(room, word.size()) : intern(room, word.size());
    i = end + 1;
  }
}

RougeScores RougeScorer::score(std::string_view prediction, std::string_view reference) {
  Scratch& s = *scratch_;
  // Every word takes two bytes with its separator; unicode ideographs take three.
  s.table.start((prediction.size() + reference.size()) / 2 + 2);
  s.used = 0;
  s.id_count = 0;
  words(prediction, s.prediction);
  words(reference, s.reference);
  const std::vector<std::uint32_t>& p = s.prediction;
  const std::vector<std::uint32_t>& r = s.reference;
  if (p.empty() || r.empty()) return {};

  RougeScores out;
  s.counts.assign(s.id_count, 0);
  for (const std::uint32_t id : r) ++s.counts[id];
  std::size_t common = 0;
  for (const std::uint32_t id : p) {
    if (s.counts[id] > 0) --s.counts[id], ++common;
  }
  out.rouge_1 = overlap(common, p.size(), r.size());
  if (common == 0) return out;

  const auto pair_of = [](const std::vector<std::uint32_t>& v, std::size_t i) {
    return std::uint64_t{v[i]} << 32 | v[i + 1];
  };
  s.bigrams.start(p.size() + r.size());
  const auto slot = [&s](std::uint64_t pair) {
    const auto [key, fresh] =
        s.bigrams.find(mix(pair), [pair](const BigramKey& k) { return k.pair == pair; });
    if (fresh) *key = {pair, 0};
    return key;
  };
  for (std::size_t i = 0; i + 1 < r.size(); ++i) ++slot(pair_of(r, i))->left;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i + 1 < p.size(); ++i) {
    BigramKey* k = slot(pair_of(p, i));
    if (k->left > 0) --k->left, ++pairs;
  }
  out.rouge_2 = overlap(pairs, p.size() - 1, r.size() - 1);

  if (std::min(p.size(), r.size()) <= 64) {
    out.rouge_l = overlap(lcs_length(p, r, s.id_count, s.masks, s.carries), p.size(), r.size());
    return out;
  }
  // Words that only one side has can never be in the common subsequence.
  s.marks.assign(s.id_count, 0);
  for (const std::uint32_t id : p) s.marks[id] |= 1u;
  for (const std::uint32_t id : r) s.marks[id] |= 2u;
  const auto keep = [&s](const std::vector<std::uint32_t>& from, std::vector<std::uint32_t>& to) {
    to.clear();
    for (const std::uint32_t id : from) {
      if (s.marks[id] == 3u) to.push_back(id);
    }
  };
  keep(p, s.short_a);
  keep(r, s.short_b);
  out.rouge_l =
      overlap(lcs_length(s.short_a, s.short_b, s.id_count, s.masks, s.carries), p.size(), r.size());
  return out;
}

// One 64-word stripe of `a` after the other. Within a stripe, bit i of `v` is 0 where the LCS of
// a[..i] grows; v' = (v + (v & m)) | (v & ~m), and the carry of that addition goes to the next
// stripe at the same word of b. So memory is one mask for each id and one bit for each word of b.
std::size_t lcs_length(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                       std::size_t id_count, std::vector<std::uint64_t>& masks,
                       std::vector<unsigned char>& carries) {
  if (a.size() > b.size()) std::swap(a, b);
  masks.assign(id_count, 0);
  carries.assign(b.size(), 0);
  std::size_t length = 0;
  for (std::size_t begin = 0; begin < a.size(); begin += 64) {
    const std::size_t width = std::min<std::size_t>(64, a.size() - begin);
    for (std::size_t i = 0; i < width; ++i) masks[a[begin + i]] |= std::uint64_t{1} << i;
    std::uint64_t v = ~std::uint64_t{0};
    const std::size_t steps = a.size() <= 64 ? 0 : b.size();
    if (steps == 0) {  // the only stripe: no carries to keep
      for (const std::uint32_t id : b) v = (v + (v & masks[id])) | (v & ~masks[id]);
    }
    for (std::size_t j = 0; j < steps; ++j) {
      const std::uint64_t m = masks[b[j]];
      const std::uint64_t add = v & m;
      const std::uint64_t partial = v + add;
      const std::uint64_t sum = partial + carries[j];
      carries[j] = static_cast<unsigned char>((partial < v) | (sum < partial));
      v = sum | (v & ~m);
    }
    if (width < 64) v |= ~std::uint64_t{0} << width;
    length += static_cast<std::size_t>(std::popcount(~v));
    for (std::size_t i = 0; i < width; ++i) masks[a[begin + i]] = 0;
  }
  return length;
}

}  // namespace clue::metrics
