#include "base/py_random.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "base/check.h"

namespace clue {

PyRandom::PyRandom(std::uint64_t seed) {
  // CPython hands the integer's 32-bit words, least significant first, without leading zeros.
  std::vector<std::uint32_t> key = {static_cast<std::uint32_t>(seed)};
  if (seed >> 32 != 0) key.push_back(static_cast<std::uint32_t>(seed >> 32));
  seed_words(key);
}

void PyRandom::seed_words(const std::vector<std::uint32_t>& key) {
  state_[0] = 19650218U;
  for (std::uint32_t i = 1; i < kWords; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  }
  std::size_t i = 1;
  std::size_t j = 0;
  for (std::size_t k = std::max(kWords, key.size()); k > 0; --k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1664525U)) + key[j] +
                static_cast<std::uint32_t>(j);
    if (++i >= kWords) {
      state_[0] = state_[kWords - 1];
      i = 1;
    }
    if (++j >= key.size()) j = 0;
  }
  for (std::size_t k = kWords - 1; k > 0; --k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1566083941U)) -
                static_cast<std::uint32_t>(i);
    if (++i >= kWords) {
      state_[0] = state_[kWords - 1];
      i = 1;
    }
  }
  state_[0] = 0x80000000U;
  next_word_ = kWords;
}

void PyRandom::refill() {
  constexpr std::size_t kShift = 397;
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % kWords] & 0x7fffffffU);
    state_[i] = state_[(i + kShift) % kWords] ^ (y >> 1) ^ ((y & 1U) != 0 ? 0x9908b0dfU : 0U);
  }
  next_word_ = 0;
}

std::uint32_t PyRandom::next() {
  if (next_word_ >= kWords) refill();
  std::uint32_t y = state_[next_word_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

double PyRandom::random() {
  const std::uint32_t a = next() >> 5;
  const std::uint32_t b = next() >> 6;
  return (a * 67108864.0 + b) * (1.0 / 9007199254740992.0);
}

std::uint64_t PyRandom::getrandbits(int bits) {
  CLUE_CHECK(bits >= 0 && bits <= 64);
  if (bits == 0) return 0;
  if (bits <= 32) return next() >> (32 - bits);
  const std::uint64_t low = next();
  const std::uint64_t high = next() >> (64 - bits);
  return high << 32 | low;
}

std::string PyRandom::getrandbits_decimal(int bits) {
  CLUE_CHECK(bits >= 0);
  std::vector<std::uint32_t> words;  // least significant first
  for (int left = bits; left > 0; left -= 32)
    words.push_back(next() >> (left < 32 ? 32 - left : 0));
  std::string digits;  // least significant first
  while (!words.empty()) {
    std::uint64_t rest = 0;
    for (std::size_t i = words.size(); i-- > 0;) {
      rest = rest << 32 | words[i];
      words[i] = static_cast<std::uint32_t>(rest / 10);
      rest %= 10;
    }
    digits.push_back(static_cast<char>('0' + rest));
    while (!words.empty() && words.back() == 0) words.pop_back();
  }
  if (digits.empty()) return "0";
  std::reverse(digits.begin(), digits.end());
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string::npos ? "0" : digits.substr(first);
}

std::uint64_t PyRandom::below(std::uint64_t n) {
  if (n == 0) return 0;
  int bits = 0;
  for (std::uint64_t v = n; v != 0; v >>= 1) ++bits;
  std::uint64_t r = getrandbits(bits);
  while (r >= n) r = getrandbits(bits);
  return r;
}

std::int64_t PyRandom::randint(std::int64_t low, std::int64_t high) {
  CLUE_CHECK(low <= high);
  const std::uint64_t width =
      static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  CLUE_CHECK_MSG(width != 0, "randint over all 64-bit numbers");
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + below(width));
}

std::vector<std::size_t> PyRandom::sample(std::size_t n, std::size_t k) {
  CLUE_CHECK(k <= n);
  std::vector<std::size_t> result(k);
  // CPython estimates which is smaller, a list of n or a hash table of k entries; the two branches
  // draw different numbers, so the estimate is part of the contract.
  double set_size = 21;
  if (k > 5) {
    set_size += std::pow(4.0, std::ceil(std::log(static_cast<double>(k) * 3) / std::log(4.0)));
  }
  if (static_cast<double>(n) <= set_size) {
    std::vector<std::size_t> pool(n);
    std::iota(pool.begin(), pool.end(), std::size_t{0});
    for (std::size_t i = 0; i < k; ++i) {
      const auto j = static_cast<std::size_t>(below(n - i));
      result[i] = pool[j];
      pool[j] = pool[n - i - 1];
    }
    return result;
  }
  std::unordered_set<std::size_t> taken;
  for (std::size_t i = 0; i < k; ++i) {
    auto j = static_cast<std::size_t>(below(n));
    while (!taken.insert(j).second) j = static_cast<std::size_t>(below(n));
    result[i] = j;
  }
  return result;
}

}  // namespace clue
