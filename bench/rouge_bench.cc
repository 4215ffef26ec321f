// ROUGE's speed. First checks equality with the golden values (tests/golden/rouge.jsonl), then
// times.
//
//   rouge_bench [PAIRS.jsonl] [--scores]     lines {"prediction","reference"}; --scores prints them
//   all
//
// bench/compare_rouge.py runs it beside PyPI rouge_score on the same pairs.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "base/test_paths.h"
#include "metrics/rouge.h"

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::vector<nlohmann::json> lines(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<nlohmann::json> out;
  for (std::string l; std::getline(in, l, '\n');) out.push_back(nlohmann::json::parse(l));
  return out;
}

bool equal_to_golden() {
  clue::metrics::RougeScorer scorer;
  const auto cases = lines(clue::source_dir() / "tests/golden/rouge.jsonl");
  for (const auto& c : cases) {
    const auto s = scorer.score(c["pred"].get<std::string>(), c["ref"].get<std::string>());
    const auto off = [](double a, const nlohmann::json& b) {
      return std::abs(a - b[2].get<double>()) > 1e-12;
    };
    if (off(s.rouge_1.f1, c["rouge1"]) || off(s.rouge_2.f1, c["rouge2"]) ||
        off(s.rouge_l.f1, c["rougeL"])) {
      std::printf("differs from the reference: %s\n", c["id"].get<std::string>().c_str());
      return false;
    }
  }
  std::printf("%zu golden pairs equal the reference\n", cases.size());
  return !cases.empty();
}

Pairs random_pairs(std::size_t count, std::size_t words) {
  std::mt19937 rng(1);
  const auto text = [&] {
    std::string s;
    for (std::size_t i = 0; i < words; ++i)
      s += "word" + std::to_string(rng() % (words + 20)) + " ";
    return s;
  };
  Pairs out;
  for (std::size_t i = 0; i < count; ++i) {
    std::string a = text();
    out.emplace_back(std::move(a), text());
  }
  return out;
}

/// Pairs a second of processor time (others may use the machine): whole passes until half a second.
double speed(const Pairs& pairs) {
  clue::metrics::RougeScorer scorer;
  double sink = 0;
  std::size_t done = 0;
  const std::clock_t start = std::clock();
  double seconds = 0;
  do {
    for (const auto& [p, r] : pairs) sink += scorer.score(p, r).rouge_l.f1;
    done += pairs.size();
    seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  } while (seconds < 0.5);
  if (sink < 0) std::printf(" ");
  return static_cast<double>(done) / seconds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    Pairs pairs;
    for (const auto& j : lines(argv[1])) {
      pairs.emplace_back(j["prediction"].get<std::string>(), j["reference"].get<std::string>());
    }
    if (argc > 2 && std::strcmp(argv[2], "--scores") == 0) {
      clue::metrics::RougeScorer scorer;
      for (const auto& [p, r] : pairs) {
        const auto s = scorer.score(p, r);
        std::printf("%.17g %.17g %.17g\n", s.rouge_1.f1, s.rouge_2.f1, s.rouge_l.f1);
      }
      return 0;
    }
    std::printf("%.1f\n", speed(pairs));
    return 0;
  }
  if (!equal_to_golden()) return 1;
  for (const std::size_t words : {12UL, 100UL, 500UL, 3000UL}) {
    const double s = speed(random_pairs(words > 1000 ? 20 : 200, words));
    std::printf("%5zu words: %12.0f pairs/s\n", words, s);
  }
  return 0;
}
