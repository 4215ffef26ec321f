// Concept search at the size of UMLS and on a dictionary of the user's. Builds aliases with the
// statistics of real ones (Zipf words of several kinds, case variants, qualifiers, inversions,
// doses), checks that the search equals brute force, then measures processor time for mentions not
// seen before, on one core.
//   clue_linker_bench size [ALIASES=4400000] [MENTIONS=300] [CHECKED=5] [FILE.kbi to keep and use]
//   clue_linker_bench file KB.kbi MENTIONS.txt [CHECKED=20]       one mention a line
// bench/linker_reference.py times nmslib and scikit-learn on the same mentions.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "concepts/kb_build.h"
#include "concepts/linker.h"

namespace {

using clue::concepts::Kb;
using clue::concepts::KbSource;
using clue::concepts::SourceConcept;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point t) {
  return std::chrono::duration<double>(Clock::now() - t).count();
}

double cpu_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
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
  /// Rank below n, rank r with probability about 1 / r.
  std::size_t zipf(std::size_t n) {
    return static_cast<std::size_t>(std::pow(static_cast<double>(n), uniform())) % n;
  }
  template <std::size_t N>
  const char* one(const char* const (&list)[N]) {
    return list[below(N)];
  }
  template <std::size_t N>
  const char* skewed(const char* const (&list)[N]) {
    return list[zipf(N)];
  }
};

/// A word of one to three syllables with the sounds of English and Latin.
std::string spoken_word(Random& r) {
  static const char* const kOnset[] = {
      "",   "c",  "p",  "r",  "t",  "s",  "d",  "m",  "l",  "n",   "b",   "f",  "st", "pr", "g",
      "v",  "h",  "tr", "ch", "ph", "th", "sp", "cl", "gr", "br",  "pl",  "cr", "w",  "fl", "str",
      "gl", "qu", "sc", "sh", "dr", "bl", "j",  "k",  "y",  "scl", "spl", "z",  "rh", "x",  "pn"};
  static const char* const kNucleus[] = {"a",  "e",  "i",  "o",  "u",  "io", "ia", "ea", "y",
                                         "ou", "ae", "ei", "oe", "ie", "au", "oi", "eu", "oo"};
  static const char* const kCoda[] = {"",   "n",  "r",  "l",  "s",  "t",  "c",   "m",  "nt", "d",
                                      "st", "p",  "x",  "ct", "g",  "b",  "rt",  "ns", "ss", "ll",
                                      "nd", "ck", "ng", "rm", "ph", "lt", "sis", "mp", "f",  "tz"};
  std::string w;
  for (std::size_t n = 1 + r.below(3); n > 0; --n) {
    w += r.skewed(kOnset);
    w += r.skewed(kNucleus);
    w += r.skewed(kCoda);
  }
  return w;
}

/// A medical compound.
std::string learned_word(Random& r) {
  static const char* const kRoot[] = {
      "cardi",    "pulmon", "nephr",   "hepat",  "gastr",  "enter",   "neur", "oste",
      "arthr",    "derm",   "cyst",    "angi",   "haemat", "lymph",   "myel", "thorac",
      "crani",    "mening", "bronch",  "col",    "duoden", "pharyng", "rhin", "ot",
      "ophthalm", "kerat",  "spondyl", "chondr", "fibr",   "lip",     "aden", "carcin",
      "sarc",     "blast",  "cyt",     "thromb", "phleb",  "vascul",  "uter", "vulv"};
  static const char* const kTail[] = {"itis",   "osis",  "oma",     "ectomy", "opathy", "ic",
                                      "al",     "algia", "ography", "otomy",  "oscopy", "ogenic",
                                      "olysis", "emia",  "uria",    "plasty", "oid",    "ostomy"};
  static const char* const kFront[] = {"",      "",     "",      "hyper", "hypo", "peri", "endo",
                                       "poly",  "anti", "intra", "sub",   "epi",  "pan",  "micro",
                                       "macro", "para", "trans", "supra", "inter"};
  std::string w = r.one(kFront);
  w += r.one(kRoot);
  if (r.uniform() < 0.35) w += std::string("o") + r.one(kRoot);
  return w + r.one(kTail);
}

/// A substance or a code: digits, hyphens, rare letter pairs.
std::string coded_word(Random& r) {
  static const char* const kPart[] = {"meth",  "eth",   "prop",  "but",  "phen", "benz", "chlor",
                                      "fluor", "brom",  "hydr",  "ox",   "amin", "sulf", "nitr",
                                      "acet",  "pyrid", "thiaz", "imid", "carb", "cycl", "piper",
                                      "quin",  "indol", "fur",   "xyl",  "glyc", "gluc", "phosph"};
  static const char* const kEnd[] = {"yl",     "ine", "ol",     "one",   "ate", "ide",
                                     "amide",  "ene", "azole",  "mab",   "nib", "pril",
                                     "sartan", "vir", "cillin", "statin"};
  if (r.uniform() < 0.25) {
    std::string code;
    for (std::size_t n = 1 + r.below(3); n > 0; --n) code += static_cast<char>('a' + r.below(26));
    if (r.uniform() < 0.5) code += '-';
    return code + std::to_string(r.below(10000));
  }
  std::string w;
  if (r.uniform() < 0.4) w = std::to_string(1 + r.below(9)) + (r.uniform() < 0.5 ? "," : "-");
  if (w.ends_with(',')) w += std::to_string(1 + r.below(9)) + "-";
  for (std::size_t n = 1 + r.below(3); n > 0; --n)
    w += r.one(kPart) + std::string(n > 1 ? "o" : "");
  return w + r.one(kEnd);
}

std::vector<std::string> make_words(Random& r) {
  std::vector<std::string> words = {
      "of",      "disorder", "left",  "right",     "procedure", "disease", "acute",   "mg",
      "oral",    "tablet",   "with",  "the",       "and",       "in",      "finding", "structure",
      "chronic", "protein",  "human", "injection", "syndrome",  "other",   "to",      "without"};
  std::unordered_set<std::string> seen(words.begin(), words.end());
  while (words.size() < 250'000) {
    const double kind = r.uniform();
    std::string w = kind < 0.45 ? spoken_word(r) : kind < 0.75 ? learned_word(r) : coded_word(r);
    if (w.size() > 1 && seen.insert(w).second) words.push_back(std::move(w));
  }
  return words;
}

std::string capitalised(std::string s) {
  if (s[0] >= 'a' && s[0] <= 'z') s[0] = static_cast<char>(s[0] - 'a' + 'A');
  return s;
}

/// Another way to write a name.
std::string variant(const std::string& name, Random& r) {
  static const char* const kTails[] = {
      " (disorder)",  ", unspecified", " NOS",         " of left side",         " of right side",
      " Oral Tablet", " type 2",       " (procedure)", " without complication", " in remission"};
  const double kind = r.uniform();
  if (kind < 0.3) return capitalised(name);
  if (kind < 0.4) return clue::ascii_upper(name);
  const std::size_t blank = name.find(' ');
  if (kind < 0.6 && blank != std::string::npos) {
    return name.substr(blank + 1) + ", " + name.substr(0, blank);
  }
  if (kind < 0.7) return name + " " + std::to_string(5 * (1 + r.below(200))) + " MG";
  return name + r.one(kTails);
}

KbSource make_source(std::size_t aliases, Random& r) {
  const auto words = make_words(r);
  KbSource source;
  source.meta = {"csv", "synthetic", "1", "bench", "ours", "0000000000000000", true, {}};
  std::unordered_set<std::uint64_t> seen;
  const auto fresh = [&](const std::string& s) {
    return seen.insert(clue::concepts::word_hash(s)).second;
  };
  while (seen.size() < aliases) {
    SourceConcept c;
    c.id = "C" + std::to_string(1'000'000 + source.concepts.size());
    for (std::size_t n = 1 + r.below(4); n > 0; --n) {
      if (!c.name.empty()) c.name += ' ';
      c.name += words[r.zipf(words.size())];
    }
    if (!fresh(c.name)) continue;
    for (std::size_t n = r.zipf(8); n > 0; --n) {
      std::string alias = variant(c.name, r);
      if (fresh(alias)) c.aliases.push_back(std::move(alias));
    }
    if (r.uniform() < 0.06) c.definition = "defined";
    source.concepts.push_back(std::move(c));
  }
  return source;
}

/// Mentions as a recogniser finds them: names, often with a word lost, added or misspelt.
std::vector<std::string> make_mentions(const KbSource& source, std::size_t count, Random& r) {
  std::vector<std::string> mentions;
  while (mentions.size() < count) {
    std::string m = source.concepts[r.below(source.concepts.size())].name;
    if (r.uniform() < 0.3 && m.size() > 6) m.erase(r.below(m.size()), 1);
    if (r.uniform() < 0.2) m = "acute " + m;
    if (r.uniform() < 0.2 && m.rfind(' ') != std::string::npos) m.resize(m.rfind(' '));
    mentions.push_back(m);
  }
  return mentions;
}

double resident_mb() {
  std::ifstream in("/proc/self/statm");
  double pages = 0, resident = 0;
  in >> pages >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

double quantile(std::vector<double> v, double q) {
  std::sort(v.begin(), v.end());
  return v[static_cast<std::size_t>(q * static_cast<double>(v.size() - 1))];
}

/// In a process of its own, so that the memory of building is not counted for searching.
int build(const std::filesystem::path& path, const std::filesystem::path& mentions_path,
          std::size_t aliases, std::size_t count) {
  const pid_t child = ::fork();
  if (child != 0) {
    int status = 1;
    ::waitpid(child, &status, 0);
    return status;
  }
  Random random{7};
  const KbSource source = make_source(aliases, random);
  std::printf("made %zu concepts\n", source.concepts.size());
  std::ofstream out(mentions_path);
  for (const std::string& m : make_mentions(source, count, random)) out << m << "\n";
  out.close();
  const auto t = Clock::now();
  const auto written = clue::concepts::write_kb(source, path);
  if (!written.ok()) std::fprintf(stderr, "%s\n", written.error().message.c_str());
  std::printf("built and wrote it in %.1f s\n", seconds_since(t));
  std::fflush(stdout);
  ::_exit(written.ok() ? 0 : 1);
}

bool equal_to_brute_force(clue::concepts::Searcher& searcher, const std::string& mention) {
  const clue::concepts::SearchOptions options;
  const auto fast = searcher.search(mention, options);
  const auto slow = searcher.brute_force(mention, options);
  return std::equal(
      fast.begin(), fast.end(), slow.begin(), slow.end(),
      [](const auto& a, const auto& b) { return a.row == b.row && a.distance == b.distance; });
}

int measure(const std::filesystem::path& path, const std::vector<std::string>& mentions,
            std::size_t checked) {
  const double before = resident_mb();
  const auto t = Clock::now();
  const auto kb = Kb::open(path);
  if (!kb.ok()) {
    std::fprintf(stderr, "%s\n", kb.error().message.c_str());
    return 1;
  }
  const double opening = seconds_since(t);
  double trigrams = 0;
  for (std::uint32_t g = 0; g < kb->vectors(); g += 100) {
    trigrams += static_cast<double>(kb->forward(g).size());
  }
  std::printf(
      "opened in %.3f s: %.0f MB, %zu aliases, %zu vectors of about %.1f trigrams, %zu terms\n",
      opening, static_cast<double>(kb->bytes()) / 1e6, kb->rows(), kb->vectors(),
      trigrams * 100 / static_cast<double>(kb->vectors()), kb->terms());
  clue::concepts::Searcher searcher(*kb);
  const clue::concepts::SearchOptions options;
  for (std::size_t i = 0; i < std::min(checked, mentions.size()); ++i) {
    if (equal_to_brute_force(searcher, mentions[i])) continue;
    std::printf("MISMATCH with brute force: %s\n", mentions[i].c_str());
    return 1;
  }
  std::printf("%zu mentions equal to brute force\n", std::min(checked, mentions.size()));
  std::vector<double> ms;
  double postings = 0, counted = 0, scored = 0, sum = 0;
  for (const std::string& m : mentions) {
    const double start = cpu_ms();
    static_cast<void>(searcher.search(m, options));
    ms.push_back(cpu_ms() - start);
    sum += ms.back();
    postings += static_cast<double>(searcher.counters().postings);
    counted += static_cast<double>(searcher.counters().checked);
    scored += static_cast<double>(searcher.counters().scored);
  }
  const auto n = static_cast<double>(ms.size());
  std::printf("CPU ms a new mention: p50 %.3f, mean %.3f, p95 %.3f\n", quantile(ms, 0.5), sum / n,
              quantile(ms, 0.95));
  std::printf("a mention: %.0f postings read, %.0f groups checked, %.0f scored\n", postings / n,
              counted / n, scored / n);
  std::printf("resident %.0f MB more than before opening\n", resident_mb() - before);
  return 0;
}

std::vector<std::string> read_mentions(const std::filesystem::path& path) {
  std::vector<std::string> out;
  const auto text = clue::read_file(path);
  if (text.ok()) {
    for (const auto line : clue::split_lines(*text)) out.emplace_back(line);
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  const std::string mode = argc > 1 ? argv[1] : "size";
  const auto number = [&](int i, std::size_t usual) {
    return argc > i ? static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)) : usual;
  };
  if (mode == "file" && argc > 3) return measure(argv[2], read_mentions(argv[3]), number(4, 20));
  if (mode != "size") return 2;
  const bool keep = argc > 5;
  const fs::path path = keep ? fs::path(argv[5])
                             : fs::temp_directory_path() /
                                   ("clue-linker-bench-" + std::to_string(::getpid()) + ".kbi");
  const fs::path mentions = path.string() + ".mentions";
  if (!fs::exists(path) && build(path, mentions, number(2, 4'400'000), number(3, 300)) != 0) {
    return 1;
  }
  const int rc = measure(path, read_mentions(mentions), number(4, 5));
  if (!keep) {
    fs::remove(path);
    fs::remove(mentions);
  }
  return rc;
}
