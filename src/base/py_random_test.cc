#include "base/py_random.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/test_paths.h"
#include "base/text.h"

namespace clue {
namespace {

using nlohmann::json;

std::vector<std::size_t> range(std::size_t n) {
  std::vector<std::size_t> v(n);
  std::iota(v.begin(), v.end(), std::size_t{0});
  return v;
}

std::string comma_joined(const std::vector<std::size_t>& v) {
  std::string out;
  for (const std::size_t x : v) {
    if (!out.empty()) out += ",";
    out += std::to_string(x);
  }
  return out;
}

void check_stream(const json& row, PyRandom& random, std::size_t n) {
  std::vector<std::size_t> shuffled = range(n);
  random.shuffle(shuffled);
  shuffled.resize(std::min<std::size_t>(n, 10));
  EXPECT_EQ(json(shuffled), row["shuffle_first10"]);
  EXPECT_EQ(json(random.sample(n, std::min<std::size_t>(4, n))), row["sample"]);
  EXPECT_EQ(random.below(n), row["choice"].get<std::uint64_t>());
  EXPECT_EQ(random.randint(0, static_cast<std::int64_t>(n)), row["randint"].get<std::int64_t>());
  EXPECT_EQ(random.random(), row["random"].get<double>());
}

/// One golden case: a seed, a call, what CPython answered.
void check_case(const json& row) {
  const std::string kind = row["kind"];
  PyRandom random(row["seed"].get<std::uint64_t>());
  const std::size_t n = row.value("n", std::size_t{0});
  json got = json::array();
  if (kind == "shuffle" || kind == "shuffle_hash") {
    std::vector<std::size_t> v = range(n);
    random.shuffle(v);
    if (kind == "shuffle_hash") {
      EXPECT_EQ(sha256_hex(comma_joined(v)), row["sha256_comma_joined"].get<std::string>());
      v.resize(20);
      EXPECT_EQ(json(v), row["first20"]);
      return;
    }
    got = v;
  } else if (kind == "stream") {
    return check_stream(row, random, n);
  } else if (kind == "sample") {
    got = random.sample(n, row["k"]);
  } else {
    for (std::size_t i = 0; i < row["result"].size(); ++i) {
      if (kind == "choice") got.push_back(random.below(n));
      if (kind == "randint") got.push_back(random.randint(row["lo"], row["hi"]));
      if (kind == "random") got.push_back(random.random());
      if (kind == "getrandbits") got.push_back(random.getrandbits_decimal(row["bits"]));
    }
  }
  EXPECT_EQ(got, row["result"]);
}

TEST(PyRandom, EqualsCPython) {
  Result<std::string> text = read_file(source_dir() / "tests" / "golden" / "random.jsonl");
  ASSERT_TRUE(text.ok()) << text.error().message;
  std::map<std::string, int> seen;
  for (const std::string_view line : split_lines(*text)) {
    SCOPED_TRACE(std::string(line.substr(0, 80)));
    const json row = json::parse(line);
    ++seen[row["kind"]];
    check_case(row);
  }
  for (const char* kind : {"shuffle", "sample", "choice", "randint", "random", "getrandbits",
                           "stream", "shuffle_hash"}) {
    EXPECT_GT(seen[kind], 0) << kind;
  }
}

TEST(PyRandom, SixtyFourBitsAgreeWithTheDecimalForm) {
  for (const int bits : {1, 31, 32, 33, 53, 63, 64}) {
    PyRandom a(7);
    PyRandom b(7);
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(std::to_string(a.getrandbits(bits)), b.getrandbits_decimal(bits)) << bits;
    }
  }
}

TEST(PyRandom, EmptyAndSingle) {
  PyRandom random(3);
  EXPECT_EQ(random.below(0), 0U);
  EXPECT_EQ(random.getrandbits(0), 0U);
  EXPECT_TRUE(random.sample(0, 0).empty());
  std::vector<int> one = {5};
  random.shuffle(one);
  EXPECT_EQ(one[0], 5);
  EXPECT_EQ(PyRandom(3).random(), random.random()) << "none of these draws";
}

TEST(PyRandom, SampleIsDistinctAtTheBranchPoint) {
  for (const std::size_t n : {21, 22, 85, 86, 277, 278}) {
    std::vector<std::size_t> s = PyRandom(9).sample(n, 5);
    std::sort(s.begin(), s.end());
    EXPECT_EQ(std::unique(s.begin(), s.end()), s.end());
    EXPECT_LT(s.back(), n);
  }
}

}  // namespace
}  // namespace clue
