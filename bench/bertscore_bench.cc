// BERTScore's speed, as one side of bench/compare_bertscore.py.
//
//   clue_bertscore_bench MODEL LAYER THREADS PAIRS.jsonl [RULES]
//
// Loads the encoder, then answers lines on standard input: "scores" prints precision, recall and F1
// of every pair, "time" scores all pairs once and prints seconds (wall, processor time). Ends at
// the end of input.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "metrics/bert_score.h"

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "use: clue_bertscore_bench MODEL LAYER THREADS PAIRS.jsonl [RULES]\n");
    return 2;
  }
  using namespace clue;
  auto scorer = metrics::BertScorer::open(
      argv[1], {.layer = std::stoi(argv[2]), .threads = std::stoi(argv[3])});
  if (!scorer) {
    std::fprintf(stderr, "%s\n", scorer.error().message.c_str());
    return 1;
  }
  const auto rules = argc > 5 && std::string(argv[5]) == "clue-2024" ? core::RuleSet::clue_2024
                                                                     : core::RuleSet::corrected;
  std::vector<std::string> predictions, references;
  std::ifstream in(argv[4], std::ios::binary);
  for (std::string line; std::getline(in, line, '\n');) {
    const auto j = nlohmann::json::parse(line);
    predictions.push_back(j["prediction"].get<std::string>());
    references.push_back(j["reference"].get<std::string>());
  }
  for (std::string word; std::getline(std::cin, word);) {
    const auto wall = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    const auto scores = scorer->score(predictions, references, rules);
    if (!scores) return 1;
    if (word == "scores") {
      for (const metrics::BertScore& s : *scores)
        std::printf("%.9g %.9g %.9g\n", s.p.value_or(-9), s.r.value_or(-9), s.f1.value_or(-9));
    } else {
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - wall;
      std::printf("%.6f %.6f\n", seconds.count(),
                  static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC);
    }
    std::fflush(stdout);
  }
  return 0;
}
