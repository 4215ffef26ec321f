// Texts a second of the spaCy engine on one core, after its first pass (which fills the memos) and
// in that pass. Usage: clue_recogniser_bench MODEL_FOLDER TEXTS.jsonl [ROUNDS=20]; each line has a
// "text". bench/recogniser_spacy.py times spaCy itself the same way.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/text.h"
#include "concepts/spacy_pipeline.h"

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  if (argc < 3) return 2;
  auto nlp = clue::concepts::SpacyPipeline::open(argv[1]);
  const auto file = clue::read_file(argv[2]);
  if (!nlp.ok() || !file.ok()) {
    std::fprintf(stderr, "%s\n", (!nlp.ok() ? nlp.error() : file.error()).message.c_str());
    return 1;
  }
  std::vector<std::string> texts;
  for (const auto line : clue::split_lines(*file)) {
    texts.push_back(nlohmann::json::parse(line)["text"].get<std::string>());
  }
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 20;
  std::size_t entities = 0;
  for (int pass = 0; pass < 2; ++pass) {
    const int repeats = pass == 0 ? 1 : rounds;
    const auto start = Clock::now();
    for (int r = 0; r < repeats; ++r) {
      for (const std::string& t : texts) {
        const auto doc = nlp->run(t);
        if (doc.ok()) entities += doc->entities.size();
      }
    }
    const double s = std::chrono::duration<double>(Clock::now() - start).count();
    std::printf("%s: %.0f texts/s\n", pass == 0 ? "first pass" : "later passes",
                static_cast<double>(texts.size()) * repeats / s);
  }
  std::printf("%zu entities\n", entities);
  return 0;
}
