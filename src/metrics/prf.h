// Precision, recall and their harmonic mean, as every overlap metric here reports them.
#pragma once

namespace clue::metrics {

struct Prf {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

/// 2pr/(p+r) in this order of operations (rouge_score's), 0 when both are 0.
[[nodiscard]] constexpr double harmonic(double p, double r) {
  return p + r > 0 ? 2 * p * r / (p + r) : 0.0;
}

[[nodiscard]] constexpr Prf make_prf(double precision, double recall) {
  return {precision, recall, harmonic(precision, recall)};
}

}  // namespace clue::metrics
