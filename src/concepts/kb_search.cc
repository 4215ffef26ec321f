#include "concepts/kb_search.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "concepts/trigrams.h"

namespace clue::concepts {
namespace {

/// Rounding stored vectors to 16 bits and summing in float move a cosine by less than this.
constexpr double kMargin = 1e-3;
/// Share of the threshold that counted terms must reach: lower reads fewer postings and checks more
/// groups. At 4.4 million aliases 0.4 to 0.6 are equally good (bench/linker_bench.cc).
constexpr double kCountedShare = 0.5;
/// More different terms than this (a whole page as one mention) are scored by brute force.
constexpr std::size_t kMaxTerms = 4000;

/// Next term of a forward list and moves the index behind it.
std::uint32_t next_term(std::span<const std::uint16_t> list, std::size_t& i) {
  std::uint32_t term = list[i++];
  if (term == 0xFFFF) term += list[i++];
  return term;
}

using Vec = std::uint16_t __attribute__((vector_size(16)));

/// Calls use(i) for each counter of `counters` that is at least `limit`, and zeroes all.
template <typename Use>
void sweep(std::span<std::uint16_t> counters, std::uint16_t limit, const Use& use) {
  constexpr std::size_t kLanes = 32;
  static_assert(kBlockGroups % kLanes == 0);
  for (std::size_t i = 0; i < counters.size(); i += kLanes) {
    std::uint16_t* at = counters.data() + i;
    Vec any{};
    for (std::size_t v = 0; v < kLanes; v += 8) {
      Vec x;
      std::memcpy(&x, at + v, sizeof(x));
      any |= x >= limit;
    }
    std::array<std::uint64_t, 2> bits;
    std::memcpy(bits.data(), &any, sizeof(any));
    if ((bits[0] | bits[1]) != 0) {
      for (std::size_t l = 0; l < kLanes; ++l) {
        if (at[l] >= limit) use(i + l);
      }
    }
    std::memset(at, 0, kLanes * sizeof(*at));
  }
}

}  // namespace

Searcher::Searcher(const Kb& kb)
    : kb_(&kb), dense_(kb.terms(), 0.0F), counters16_(kBlockGroups, 0) {}

bool Searcher::prepare(std::string_view text, const SearchOptions& options) {
  keys_.clear();
  terms_.clear();
  query_ = {};
  half_ = options.half_vectors;
  trigrams(text, keys_);
  std::sort(keys_.begin(), keys_.end());
  double sum = 0;
  for (std::size_t i = 0; i < keys_.size();) {
    std::size_t j = i;
    while (j < keys_.size() && keys_[j] == keys_[i]) ++j;
    if (const auto term = kb_->find_term(keys_[i])) {
      const float idf = kb_->idf(*term);
      const float weight =
          options.query_idf ? static_cast<float>(j - i) * idf : static_cast<float>(j - i);
      terms_.push_back({*term, weight, weight * idf, 0});
      query_.ranks.push_back(kb_->term_rank(*term));
      query_.values.push_back(weight);
      sum += static_cast<double>(weight * weight);  // scikit-learn: float squares, double sum
    }
    i = j;
  }
  query_norm_ = std::sqrt(sum);
  for (float& v : query_.values) v = static_cast<float>(static_cast<double>(v) / query_norm_);
  return !terms_.empty();
}

/// Orders terms by what they cost per gain, and sums what the dear ones could add.
void Searcher::finish_query() {
  std::sort(terms_.begin(), terms_.end(), [&](const QueryTerm& a, const QueryTerm& b) {
    const float x = static_cast<float>(kb_->frequency(a.term)) / a.gain;
    const float y = static_cast<float>(kb_->frequency(b.term)) / b.gain;
    return x != y ? x > y : a.term < b.term;
  });
  rest_gain_.assign(1, 0.0);
  rest_mass_.assign(1, 0.0);
  max_ratio_ = 0;
  for (const QueryTerm& t : terms_) {
    dense_[t.term] = t.gain;
    rest_gain_.push_back(rest_gain_.back() + static_cast<double>(t.gain));
    rest_mass_.push_back(rest_mass_.back() +
                         static_cast<double>(t.weight) * static_cast<double>(t.weight));
    max_ratio_ = std::max(max_ratio_, static_cast<double>(t.weight / kb_->idf(t.term)));
  }
  total_gain_ = rest_gain_.back();
  // Eight repeats of every term must not overflow 16 bits.
  scale_ = (65535.0 / kMaxPostingRepeats - static_cast<double>(terms_.size()) - 1.0) / total_gain_;
  for (QueryTerm& t : terms_) {
    t.step = static_cast<std::uint16_t>(std::ceil(static_cast<double>(t.gain) * scale_));
  }
}

double Searcher::product(std::uint32_t group) const {
  const auto list = kb_->forward(group);
  float sum = 0;
  for (std::size_t i = 0; i < list.size();) sum += dense_[next_term(list, i)];
  return static_cast<double>(sum);
}

float Searcher::score(std::uint32_t group) {
  stored_.ranks.clear();
  stored_.values.clear();
  const auto list = kb_->forward(group);
  double sum = 0;
  for (std::size_t i = 0; i < list.size();) {
    const std::uint32_t term = next_term(list, i);
    float count = 1;
    for (std::size_t j = i; j < list.size() && next_term(list, j) == term; i = j) ++count;
    const float weight = count * kb_->idf(term);
    stored_.ranks.push_back(kb_->term_rank(term));
    stored_.values.push_back(weight);
    sum += static_cast<double>(weight * weight);
  }
  const double norm = std::sqrt(sum);  // kb_->norm() is rounded
  for (float& v : stored_.values) {
    v = static_cast<float>(static_cast<double>(v) / norm);
    if (half_) v = round_to_half(v);
  }
  return nmslib_distance(stored_, query_);
}

void Searcher::check(std::uint32_t group, double threshold) {
  ++counters_.checked;
  if (product(group) < threshold * query_norm_ * static_cast<double>(kb_->norm(group))) return;
  ++counters_.scored;
  hits_.push_back({score(group), group});
  const auto [first, last] = kb_->group_rows(group);
  hit_rows_ += last - first;
}

void Searcher::scan_block(std::size_t number, double threshold) {
  const KbBlock& block = kb_->blocks()[number];
  const double repeats = block.max_repeats;
  const double least = query_norm_ * threshold * static_cast<double>(block.min_norm);
  // No group of the block can reach the threshold: too long, or too short.
  if (repeats * total_gain_ < least) return;
  if (max_ratio_ * static_cast<double>(block.max_norm) < threshold * query_norm_) return;

  std::size_t skipped = 0;  // terms left out; what they could add at most lowers the limit
  double limit = least;
  for (std::size_t i = 1; i < terms_.size(); ++i) {
    const double rest = std::min(rest_gain_[i] * repeats,
                                 std::sqrt(rest_mass_[i]) * static_cast<double>(block.min_norm));
    if (least - rest < kCountedShare * least) break;
    skipped = i;
    limit = least - rest;
  }
  std::size_t postings = 0;
  std::uint16_t* counters = counters16_.data();
  for (std::size_t i = skipped; i < terms_.size(); ++i) {
    const std::uint16_t step = terms_[i].step;
    const auto list = kb_->postings(terms_[i].term, number);
    postings += list.size();
    for (const std::uint16_t local : list) {
      counters[local] = static_cast<std::uint16_t>(counters[local] + step);
    }
  }
  counters_.postings += postings;
  // Over kMaxPostingRepeats the counters under-estimate, so any counted group is checked.
  const bool capped = block.max_repeats > kMaxPostingRepeats;
  const auto floor =
      capped ? std::uint16_t{1}
             : static_cast<std::uint16_t>(std::clamp(std::floor(limit * scale_), 1.0, 65535.0));
  const auto use = [&](std::size_t local) {
    check(block.first + static_cast<std::uint32_t>(local), threshold);
  };
  if (postings * 8 >= block.count) {
    const std::size_t size = (block.count + 31) / 32 * 32;
    sweep({counters, size}, floor, use);
    return;
  }
  for (std::size_t i = skipped; i < terms_.size(); ++i) {
    for (const std::uint16_t local : kb_->postings(terms_[i].term, number)) {
      if (counters[local] >= floor) use(local);
      counters[local] = 0;
    }
  }
}

/// The k-th best cosine so far, once there are k rows: nothing below it can be among the k.
double Searcher::raised(double threshold, int k) {
  if (hit_rows_ < static_cast<std::size_t>(k)) return threshold;
  std::sort(hits_.begin(), hits_.end(),
            [](const Hit& a, const Hit& b) { return a.distance < b.distance; });
  std::size_t rows = 0;
  for (std::size_t i = 0; i < hits_.size(); ++i) {
    const auto [first, last] = kb_->group_rows(hits_[i].group);
    rows += last - first;
    if (rows < static_cast<std::size_t>(k)) continue;
    const double kth = 1.0 - static_cast<double>(hits_[i].distance) - kMargin;
    // Ties with the k-th stay in; what is clearly behind goes.
    std::erase_if(hits_, [&](const Hit& h) { return 1.0 - static_cast<double>(h.distance) < kth; });
    return std::max(threshold, kth);
  }
  return threshold;
}

std::vector<Neighbour> Searcher::best(const SearchOptions& options) {
  std::erase_if(hits_, [&](const Hit& h) {
    return !(1.0 - static_cast<double>(h.distance) > options.threshold);
  });
  std::sort(hits_.begin(), hits_.end(), [&](const Hit& a, const Hit& b) {
    if (a.distance != b.distance) return a.distance < b.distance;
    return kb_->group_order(a.group) < kb_->group_order(b.group);
  });
  std::vector<Neighbour> out;
  for (const Hit& h : hits_) {
    const auto [first, last] = kb_->group_rows(h.group);
    for (std::uint32_t row = first; row < last; ++row) {
      if (out.size() == static_cast<std::size_t>(options.k)) return out;
      out.push_back({row, h.distance});
    }
  }
  return out;
}

std::vector<Neighbour> Searcher::search(std::string_view text, const SearchOptions& options) {
  counters_ = {};
  hits_.clear();
  hit_rows_ = 0;
  if (options.k <= 0 || !prepare(text, options)) return {};
  if (terms_.size() > kMaxTerms || options.threshold <= kMargin) return brute_force(text, options);
  finish_query();
  double threshold = options.threshold - kMargin;
  // Blocks of about the query's own length first: their hits raise the threshold for the others.
  // Within a class of repeats blocks ascend by length, so walking outward would only be a detour
  // for short lists; the order matters little and the file's order streams.
  std::size_t rows_seen = 0;
  for (std::size_t b = 0; b < kb_->blocks().size(); ++b) {
    scan_block(b, threshold);
    if (hit_rows_ != rows_seen) threshold = raised(options.threshold - kMargin, options.k);
    rows_seen = hit_rows_;
  }
  for (const QueryTerm& t : terms_) dense_[t.term] = 0;
  return best(options);
}

std::vector<Neighbour> Searcher::brute_force(std::string_view text, const SearchOptions& options) {
  hits_.clear();
  hit_rows_ = 0;
  if (options.k <= 0 || !prepare(text, options)) return {};
  for (std::uint32_t g = 0; g < kb_->vectors(); ++g) hits_.push_back({score(g), g});
  return best(options);
}

float Searcher::distance(std::string_view text, std::uint32_t group, const SearchOptions& options) {
  return prepare(text, options) ? score(group) : 1.0F;
}

}  // namespace clue::concepts
