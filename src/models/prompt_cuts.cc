#include "models/prompt_cuts.h"

#include <algorithm>

namespace clue::models {
namespace {

constexpr std::size_t kBlock = kMostCutRows;
constexpr std::size_t kStep = 32;

std::size_t floor_to(std::size_t n, std::size_t step) { return n - n % step; }

/// The block that begins there is complete.
bool complete(std::size_t block, std::size_t size) { return block + kBlock <= size; }

}  // namespace

std::size_t next_cut(std::size_t at, std::size_t size) {
  const std::size_t block = floor_to(at, kBlock);
  if (complete(block, size)) return block + kBlock;
  return std::min(size, floor_to(at, kStep) + kStep);
}

std::size_t cut_in_common(std::size_t shared, std::size_t size_a, std::size_t size_b) {
  shared = std::min({shared, size_a, size_b});
  const std::size_t block = floor_to(shared, kBlock);
  const bool stepped = !complete(block, size_a) && !complete(block, size_b);
  return stepped ? floor_to(shared, kStep) : block;
}

}  // namespace clue::models
