#include "concepts/spacy_scorer.h"

#include <algorithm>

namespace clue::concepts {

Result<TransitionScorer> TransitionScorer::from_model(const ThincModel& m, std::size_t classes,
                                                      std::size_t features) {
  CLUE_OK(m.check_supported());
  const auto wrong = [&](const std::string& what) {
    return Error{ErrorCode::data, m.place() + ": " + what +
                                      "; expected a spaCy 3 TransitionBasedParser with an upper "
                                      "layer"};
  };
  if (m.size() == 0) return wrong("the model is empty");
  const auto& refs = m.node(0).refs;
  const auto lower = refs.find("lower");
  const auto upper = refs.find("upper");
  const auto in_model = [&](std::int64_t i) {
    return i >= 0 && static_cast<std::size_t>(i) < m.size();
  };
  if (lower == refs.end() || upper == refs.end() || !in_model(lower->second) ||
      !in_model(upper->second)) {
    return wrong("no lower and upper layer");
  }
  const auto low = static_cast<std::size_t>(lower->second);
  const auto up = static_cast<std::size_t>(upper->second);
  std::size_t linear = m.size();
  for (const std::size_t i : m.named("linear")) {
    if (i != up && linear == m.size()) linear = i;
  }
  if (linear == m.size()) return wrong("no linear layer behind tok2vec");
  CLUE_TRY(const ThincArray* rw, m.array(linear, "W", 2));
  CLUE_TRY(const ThincArray* rb, m.array(linear, "b", 1));
  CLUE_TRY(const ThincArray* lw, m.array(low, "W", 4));
  CLUE_TRY(const ThincArray* lb, m.array(low, "b", 2));
  CLUE_TRY(const ThincArray* lp, m.array(low, "pad", 4));
  CLUE_TRY(const ThincArray* uw, m.array(up, "W", 2));
  CLUE_TRY(const ThincArray* ub, m.array(up, "b", 1));
  TransitionScorer s;
  const std::size_t nf = lw->shape[0];
  s.hidden_ = lw->shape[1];
  s.pieces_ = lw->shape[2];
  const std::size_t inputs = lw->shape[3];
  const std::size_t cell = s.hidden_ * s.pieces_;
  if (nf != features) {
    return wrong("the model looks at " + std::to_string(nf) + " tokens of a state, expected " +
                 std::to_string(features));
  }
  if (uw->shape[0] != classes || ub->data.size() != classes) {
    return wrong("the model has " + std::to_string(uw->shape[0]) + " classes, its moves file " +
                 std::to_string(classes));
  }
  if (cell == 0 || inputs == 0 || rw->shape[0] != inputs || rb->data.size() != inputs ||
      lb->data.size() != cell || lp->data.size() != nf * cell || uw->shape[1] != s.hidden_) {
    return wrong("the sizes of its layers do not fit together");
  }
  s.reduce_ = PackedMatrix(rw->data, inputs, rw->shape[1]);
  s.reduce_bias_ = rb->data;
  s.upper_ = PackedMatrix(uw->data, classes, s.hidden_);
  s.upper_bias_ = ub->data;
  // Pieces outermost, so that the maxout runs over straight rows.
  const auto sorted = [&](const float* from, std::size_t depth) {
    std::vector<float> to(cell * depth);
    for (std::size_t o = 0; o < s.hidden_; ++o) {
      for (std::size_t p = 0; p < s.pieces_; ++p) {
        std::copy_n(from + (o * s.pieces_ + p) * depth, depth,
                    to.begin() + static_cast<std::ptrdiff_t>((p * s.hidden_ + o) * depth));
      }
    }
    return to;
  };
  for (std::size_t f = 0; f < nf; ++f) {
    s.lower_.emplace_back(sorted(lw->data.data() + f * cell * inputs, inputs), cell, inputs);
    const auto pad = sorted(lp->data.data() + f * cell, 1);
    s.pad_.insert(s.pad_.end(), pad.begin(), pad.end());
  }
  s.lower_bias_ = sorted(lb->data.data(), 1);
  return s;
}

void TransitionScorer::start(const float* vectors, std::size_t n) {
  n_ = n;
  const std::size_t stride = reduce_.stride();
  reduced_.resize(n * stride);
  reduce_.apply(vectors, n, reduce_.inputs(), reduced_.data());
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t i = 0; i < reduce_bias_.size(); ++i) {
      reduced_[r * stride + i] += reduce_bias_[i];
    }
  }
  // The first feature (the token at the front of the buffer) is needed of every token: one product.
  // The others are computed when a state first asks.
  const std::size_t cell = lower_[0].stride();
  cache_.resize(lower_.size() * n * cell);
  cached_.assign(lower_.size() * n, 0);
  lower_[0].apply(reduced_.data(), n, stride, cache_.data());
  std::fill_n(cached_.begin(), n, char{1});
}

const float* TransitionScorer::contribution(int token, std::size_t feature) {
  if (token < 0) return pad_.data() + feature * hidden_ * pieces_;
  const auto t = static_cast<std::size_t>(token);
  const std::size_t slot = feature * n_ + t;
  float* row = cache_.data() + slot * lower_[0].stride();
  if (cached_[slot] == 0) {
    // A few neighbours at once: states that follow ask for them, and a product of one row is slow.
    std::size_t rows = 1;
    while (rows < 6 && t + rows < n_ && cached_[slot + rows] == 0) ++rows;
    lower_[feature].apply(reduced_.data() + t * reduce_.stride(), rows, reduce_.stride(), row);
    std::fill_n(cached_.begin() + static_cast<std::ptrdiff_t>(slot), rows, char{1});
  }
  return row;
}

std::span<const float> TransitionScorer::score(std::span<const int> tokens) {
  const std::size_t cell = hidden_ * pieces_;
  sum_.assign(cell, 0.0F);
  for (std::size_t f = 0; f < tokens.size(); ++f) {
    const float* y = contribution(tokens[f], f);
    for (std::size_t i = 0; i < cell; ++i) sum_[i] += y[i];
  }
  for (std::size_t i = 0; i < cell; ++i) sum_[i] += lower_bias_[i];
  for (std::size_t p = 1; p < pieces_; ++p) {
    for (std::size_t o = 0; o < hidden_; ++o) sum_[o] = std::max(sum_[o], sum_[p * hidden_ + o]);
  }
  scores_.resize(upper_.stride());
  upper_.apply(sum_.data(), 1, hidden_, scores_.data());
  for (std::size_t i = 0; i < upper_bias_.size(); ++i) scores_[i] += upper_bias_[i];
  return {scores_.data(), upper_bias_.size()};
}

}  // namespace clue::concepts
