// CPython's `random` module, bit for bit: the benchmark's shuffles and draws are defined by it.
// The only source of randomness in the program; passed by reference, never shared between threads.
//
//   PyRandom random(1);                  // random.seed(1)
//   random.shuffle(records);             // random.shuffle(records)
//   for (std::size_t i : random.sample(n, 10)) ...   // random.sample(range(n), 10)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace clue {

/// MT19937 seeded as CPython does for an int (init_by_array over its 32-bit words), and the
/// algorithms of CPython 3.9 to 3.12 on top of it. Source: Modules/_randommodule.c, Lib/random.py,
/// re-implemented from their documented behaviour; proven by tests/golden/random.jsonl.
class PyRandom {
 public:
  explicit PyRandom(std::uint64_t seed);

  /// random.random(): 53-bit double in [0, 1).
  double random();
  /// random.getrandbits(bits). Requires: 0 <= bits <= 64; 0 gives 0 and draws nothing.
  std::uint64_t getrandbits(int bits);
  /// random.getrandbits(bits) of any size as a decimal number. Requires: bits >= 0.
  std::string getrandbits_decimal(int bits);
  /// random.randrange(n), and what choice() draws. 0 when n is 0 (nothing is drawn then).
  std::uint64_t below(std::uint64_t n);
  /// random.randint(low, high), both included. Requires: low <= high.
  std::int64_t randint(std::int64_t low, std::int64_t high);
  /// random.sample(range(n), k): k distinct indices. Requires: k <= n.
  std::vector<std::size_t> sample(std::size_t n, std::size_t k);

  /// random.choice(items). Requires: not empty.
  template <typename T>
  const T& choice(const std::vector<T>& items) {
    return items[static_cast<std::size_t>(below(items.size()))];
  }

  /// random.shuffle(items).
  template <typename T>
  void shuffle(std::vector<T>& items) {
    using std::swap;
    for (std::size_t i = items.size(); i-- > 1;) {
      swap(items[i], items[static_cast<std::size_t>(below(i + 1))]);
    }
  }

 private:
  static constexpr std::size_t kWords = 624;
  std::uint32_t next();
  void refill();
  void seed_words(const std::vector<std::uint32_t>& key);

  std::array<std::uint32_t, kWords> state_{};
  std::size_t next_word_ = kWords;
};

}  // namespace clue
