#include "models/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace clue::models {
namespace {

/// The first of the highest logits; a NaN never wins. In two steps that compilers vectorise: the
/// highest value lane by lane, then where it is. Large vocabularies times many streams add up.
int greedy(std::span<const float> logits) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> lanes;
  lanes.fill(-std::numeric_limits<float>::infinity());
  std::size_t i = 0;
  for (; i + kLanes <= logits.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float value = logits[i + lane];
      lanes[lane] = value > lanes[lane] ? value : lanes[lane];
    }
  }
  for (; i < logits.size(); ++i) lanes[0] = logits[i] > lanes[0] ? logits[i] : lanes[0];
  const float highest = *std::max_element(lanes.begin(), lanes.end());
  const auto found = std::find(logits.begin(), logits.end(), highest);
  return found == logits.end() ? 0 : static_cast<int>(found - logits.begin());
}

}  // namespace

Sampler::Sampler(const core::Decoding& decoding) : decoding_(decoding), state_(decoding.seed) {}

double Sampler::next_uniform() {  // splitmix64: the seed is already one of its kind, per sample
  std::uint64_t x = state_ += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1.0p-53;
}

int Sampler::choose(std::span<const float> logits) {
  CLUE_CHECK(!logits.empty());
  if (decoding_.temperature <= 0) return greedy(logits);
  order_.clear();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] > -std::numeric_limits<float>::infinity()) order_.push_back(static_cast<int>(i));
  }
  if (order_.empty()) return greedy(logits);
  const auto logit = [&](int id) {
    return static_cast<double>(logits[static_cast<std::size_t>(id)]);
  };
  const auto before = [&](int a, int b) {
    return logit(a) != logit(b) ? logit(a) > logit(b) : a < b;
  };
  const bool some =
      decoding_.top_k > 0 && static_cast<std::size_t>(decoding_.top_k) < order_.size();
  const auto keep = some ? order_.begin() + decoding_.top_k : order_.end();
  std::partial_sort(order_.begin(), keep, order_.end(), before);
  order_.erase(keep, order_.end());

  const double top = logit(order_[0]);
  weights_.clear();
  double total = 0;
  for (const int id : order_) total += weights_.emplace_back(std::exp(logit(id) - top));
  std::size_t kept = weights_.size();
  if (decoding_.top_p < 1.0) {
    double sum = 0;
    for (std::size_t i = 0; i < kept; ++i) {
      sum += weights_[i];
      if (sum >= decoding_.top_p * total) kept = i + 1;
    }
  }
  while (kept > 1 && weights_[kept - 1] < decoding_.min_p) --kept;

  total = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    total += weights_[i] = std::exp((logit(order_[i]) - top) / decoding_.temperature);
  }
  double draw = next_uniform() * total;
  for (std::size_t i = 0; i < kept; ++i) {
    draw -= weights_[i];
    if (draw < 0) return order_[i];
  }
  return order_[kept - 1];
}

double log_probability(std::span<const float> logits, int index) {
  double top = -std::numeric_limits<double>::infinity();
  for (const float x : logits) top = std::max(top, static_cast<double>(x));
  double sum = 0;
  for (const float x : logits) sum += std::exp(static_cast<double>(x) - top);
  return static_cast<double>(logits[static_cast<std::size_t>(index)]) - top - std::log(sum);
}

}  // namespace clue::models
