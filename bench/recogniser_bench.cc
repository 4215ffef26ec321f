// Texts a second of the spaCy engine on one core, in processor time. First every document must
// equal spaCy's: tokens, norms, heads, labels, sentence starts, entities. bench/recogniser_spacy.py
// writes what spaCy found and times spaCy itself. Usage:
//   clue_recogniser_bench MODEL_FOLDER FOUND.jsonl [ROUNDS=20]
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/text.h"
#include "concepts/spacy_pipeline.h"

namespace {

using clue::concepts::SpacyPipeline;
using nlohmann::json;

double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

/// The name of the first thing that differs; "" when all is equal.
std::string difference(SpacyPipeline& nlp, const json& want) {
  const auto doc = nlp.run(want["text"].get<std::string>());
  if (!doc.ok()) return doc.error().message;
  json got{{"tokens", json::array()}, {"spaces", json::array()}, {"norms", json::array()},
           {"starts", json::array()}, {"heads", json::array()},  {"deps", json::array()},
           {"ents", json::array()}};
  for (const auto& t : doc->tokens) {
    got["tokens"].push_back(nlp.lexeme(t).text);
    got["spaces"].push_back(t.space_after);
    got["norms"].push_back(nlp.lexeme(t).norm_text);
    got["starts"].push_back(t.sent_start == 1);
    got["heads"].push_back(t.head);
    got["deps"].push_back(t.dep);
  }
  for (const auto& e : doc->entities) got["ents"].push_back({e.first, e.last, e.label});
  for (const auto& [key, value] : got.items()) {
    if (value != want[key]) return key;
  }
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  auto nlp = SpacyPipeline::open(argv[1]);
  const auto file = clue::read_file(argv[2]);
  if (!nlp.ok() || !file.ok()) {
    std::fprintf(stderr, "%s\n", (!nlp.ok() ? nlp.error() : file.error()).message.c_str());
    return 1;
  }
  std::vector<std::string> texts;
  std::size_t wrong = 0;
  for (const auto line : clue::split_lines(*file)) {
    const json want = json::parse(line);
    texts.push_back(want["text"].get<std::string>());
    const std::string key = difference(*nlp, want);
    if (key.empty()) continue;
    if (++wrong <= 10) std::printf("text %zu: %s differ\n", texts.size(), key.c_str());
  }
  std::printf("%zu of %zu texts equal to spaCy's\n", texts.size() - wrong, texts.size());
  if (wrong > 0) return 1;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 20;
  for (const bool fresh : {true, false}) {
    double seconds = 0;
    for (int r = 0; r < rounds; ++r) {
      if (fresh) nlp = SpacyPipeline::open(argv[1]);  // empties the memos of words
      const double start = cpu_seconds();
      for (const std::string& t : texts) static_cast<void>(nlp->run(t));
      seconds += cpu_seconds() - start;
    }
    std::printf("%s: %.0f texts/s of processor time\n", fresh ? "words new" : "words seen before",
                static_cast<double>(texts.size()) * rounds / seconds);
  }
  return 0;
}
