#include "metrics/rouge.h"

#include <algorithm>
#include <bit>
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

std::uint64_t hash_bytes(std::string_view s) {
  std::uint64_t h = s.size() * 0xff51afd7ed558ccdu;
  while (s.size() >= 8) {
    std::uint64_t v = 0;
    std::copy_n(s.data(), 8, reinterpret_cast<char*>(&v));
    h = mix(h ^ v);
    s.remove_prefix(8);
  }
  std::uint64_t v = 0;
  std::copy_n(s.data(), s.size(), reinterpret_cast<char*>(&v));
  return mix(h ^ v);
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
  std::uint64_t hash = 0;
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
  std::string arena;   ///< bytes of the distinct words of this pair
  std::string buffer;  ///< the word being read
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
  const auto intern = [&s, &ids](std::string_view word) {
    const std::uint64_t h = hash_bytes(word);
    const auto [key, fresh] = s.table.find(h, [&](const WordKey& k) {
      return k.hash == h && std::string_view(s.arena).substr(k.begin, k.size) == word;
    });
    if (fresh) {
      *key = {h, s.id_count++, static_cast<std::uint32_t>(s.arena.size()),
              static_cast<std::uint32_t>(word.size())};
      s.arena.append(word);
    }
    ids.push_back(key->id);
  };
  const bool stem = options_.stemmer;
  const auto take = [&](std::string& word) {
    if (stem && word.size() > 3) text::porter_stem(word);
    intern(word);
  };
  if (!options_.unicode) return text::ascii_words(text, s.buffer, take);
  const std::string all = text::unicode_words(text);
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t end = std::min(all.find(' ', i), all.size());
    s.buffer.assign(all, i, end - i);
    const bool ascii =
        std::none_of(s.buffer.begin(), s.buffer.end(), [](char c) { return (c & 0x80) != 0; });
    if (ascii) {
      take(s.buffer);
    } else {
      intern(s.buffer);  // Porter's rules are English: words of other alphabets stay whole
    }
    i = end + 1;
  }
}

RougeScores RougeScorer::score(std::string_view prediction, std::string_view reference) {
  Scratch& s = *scratch_;
  // Every word takes two bytes with its separator; unicode ideographs take three.
  s.table.start((prediction.size() + reference.size()) / 2 + 2);
  s.arena.clear();
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
    for (std::size_t j = 0; j < b.size(); ++j) {
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
