// Concept search at the size of UMLS: builds a dictionary of synthetic aliases with the statistics
// of real ones (Zipf words, shared stems, qualifiers), checks that the search equals brute force,
// then times new mentions on one core. Usage: clue_linker_bench [ALIASES=4400000] [MENTIONS=300]
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "concepts/kb_build.h"
#include "concepts/linker.h"

namespace {

using clue::concepts::Kb;
using clue::concepts::KbSource;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point t) {
  return std::chrono::duration<double>(Clock::now() - t).count();
}

/// SplitMix64: the same numbers everywhere.
struct Random {
  std::uint64_t state;
  std::uint64_t next() {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  std::size_t below(std::size_t n) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(n));
  }
};

/// Words of Latin and Greek looking syllables; a few are very common.
std::vector<std::string> make_words(Random& random) {
  static const char* const kSyllables[] = {
      "car",  "di",   "o",     "pul",   "mo",    "nar",  "he",   "pa",     "to",   "gas",
      "tro",  "en",   "ter",   "neph",  "ro",    "my",   "al",   "gi",     "itis", "osis",
      "ec",   "tomy", "scler", "a",     "de",    "no",   "ma",   "phy",    "ta",   "bra",
      "chy",  "in",   "su",    "lin",   "trans", "plan", "ta",   "ti",     "on",   "ven",
      "tri",  "cu",   "lar",   "sep",   "sis",   "lym",  "phat", "ic",     "os",   "teo",
      "ar",   "thr",  "der",   "ma",    "zol",   "pril", "mab",  "statin", "cef",  "oxa",
      "phen", "yl",   "meth",  "chlor", "ben",   "zo",   "qui",  "ne"};
  std::vector<std::string> words;
  for (int i = 0; i < 60000; ++i) {
    std::string w;
    const std::size_t n = 2 + random.below(4);
    for (std::size_t s = 0; s < n; ++s) w += kSyllables[random.below(std::size(kSyllables))];
    words.push_back(std::move(w));
  }
  return words;
}

KbSource make_source(std::size_t aliases, Random& random) {
  const auto words = make_words(random);
  static const char* const kTails[] = {" (disorder)",   ", unspecified",  " NOS",
                                       " of left side", " of right side", " 10 MG",
                                       " Oral Tablet",  " type 2"};
  const auto pick = [&]() -> const std::string& {  // Zipf: rank = N^u
    return words[static_cast<std::size_t>(
                     std::pow(static_cast<double>(words.size()), random.uniform())) %
                 words.size()];
  };
  KbSource source;
  source.meta = {"csv", "synthetic", "1", "bench", "ours", "0000000000000000", true, {}};
  std::size_t made = 0;
  while (made < aliases) {
    clue::concepts::SourceConcept c;
    c.id = "C" + std::to_string(1000000 + source.concepts.size());
    std::string base;
    for (std::size_t n = 1 + random.below(4); n > 0; --n)
      base += (base.empty() ? "" : " ") + pick();
    c.name = base;
    c.name[0] = static_cast<char>(c.name[0] - 'a' + 'A');
    if (random.uniform() < 0.3) c.aliases.push_back(base);
    for (std::size_t n = random.below(3); n > 0; --n)
      c.aliases.push_back(base + kTails[random.below(std::size(kTails))]);
    if (random.uniform() < 0.06) c.definition = "defined";
    made += 1 + c.aliases.size();
    source.concepts.push_back(std::move(c));
  }
  return source;
}

double resident_mb() {
  std::ifstream in("/proc/self/statm");
  double pages = 0, resident = 0;
  in >> pages >> resident;
  return resident * 4096 / 1e6;
}

double quantile(std::vector<double> v, double q) {
  std::sort(v.begin(), v.end());
  return v[static_cast<std::size_t>(q * static_cast<double>(v.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t aliases = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 4'400'000;
  const std::size_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 300;
  const auto path = std::filesystem::temp_directory_path() /
                    ("clue-linker-bench-" + std::to_string(aliases) + ".kbi");
  Random random{7};
  std::vector<std::string> mentions;
  {
    auto t = Clock::now();
    const KbSource source = make_source(aliases, random);
    std::printf("made %zu concepts in %.1f s\n", source.concepts.size(), seconds_since(t));
    t = Clock::now();
    if (const auto s = clue::concepts::write_kb(source, path); !s.ok()) {
      std::fprintf(stderr, "%s\n", s.error().message.c_str());
      return 1;
    }
    std::printf("built and wrote %.0f MB in %.1f s\n",
                static_cast<double>(std::filesystem::file_size(path)) / 1e6, seconds_since(t));
    // Mentions as a recogniser finds them: names, often with a word lost, added or misspelt.
    while (mentions.size() < count) {
      std::string m = source.concepts[random.below(source.concepts.size())].name;
      if (random.uniform() < 0.3 && m.size() > 6) m.erase(random.below(m.size()), 1);
      if (random.uniform() < 0.2) m = "acute " + m;
      if (random.uniform() < 0.2 && m.rfind(' ') != std::string::npos) m.resize(m.rfind(' '));
      mentions.push_back(m);
    }
  }
  auto t = Clock::now();
  const auto kb = Kb::open(path);
  if (!kb.ok()) return 1;
  std::printf("opened in %.3f s: %zu rows, %zu vectors, %zu terms\n", seconds_since(t), kb->rows(),
              kb->vectors(), kb->terms());
  clue::concepts::Searcher searcher(*kb);
  const clue::concepts::SearchOptions options;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, count); ++i) {
    const auto fast = searcher.search(mentions[i], options);
    const auto slow = searcher.brute_force(mentions[i], options);
    bool same = fast.size() == slow.size();
    for (std::size_t n = 0; same && n < fast.size(); ++n)
      same = fast[n].row == slow[n].row && fast[n].distance == slow[n].distance;
    if (!same) {
      std::printf("MISMATCH with brute force: %s\n", mentions[i].c_str());
      return 1;
    }
  }
  std::printf("equal to brute force\n");
  std::vector<double> ms;
  double postings = 0, checked = 0;
  for (const std::string& m : mentions) {
    rusage before{}, after{};
    getrusage(RUSAGE_THREAD, &before);
    t = Clock::now();
    static_cast<void>(searcher.search(m, options));
    getrusage(RUSAGE_THREAD, &after);
    const auto cpu = [](const rusage& r) {
      return static_cast<double>(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e3 +
             static_cast<double>(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e3;
    };
    ms.push_back(cpu(after) - cpu(before));
    postings += static_cast<double>(searcher.counters().postings);
    checked += static_cast<double>(searcher.counters().checked);
  }
  const auto n = static_cast<double>(ms.size());
  double mean = 0;
  for (const double x : ms) mean += x / n;
  std::printf(
      "CPU ms a new mention: mean %.2f, p50 %.2f, p95 %.2f; postings %.0f, checked %.0f; resident "
      "%.0f MB\n",
      mean, quantile(ms, 0.5), quantile(ms, 0.95), postings / n, checked / n, resident_mb());
  std::filesystem::remove(path);
  return 0;
}
