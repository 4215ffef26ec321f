// csv.gz of letters: unpacking alone, parsing behind it in one thread, parsing beside it in two.
// Goal: two threads at 0.8 of the speed of unpacking alone. Bytes are unpacked bytes.
#include <benchmark/benchmark.h>

#include <cstdio>

#include "base/csv.h"
#include "base/files.h"
#include "base/py_random.h"
#include "base/test_archives.h"
#include "base/test_paths.h"

namespace {

constexpr std::size_t kLetters = 4000;

/// Invented letters of about 10,000 characters in MIMIC-IV-Note's form.
const std::string& letters() {
  static const std::string text = [] {
    const std::vector<std::string> words = {
        "patient",    "denies", "chest",  "pain",  "admitted", "with",
        "acute",      "renal",  "injury", "10 mg", "daily",    "\"stable\"\"\n",
        "lisinopril", "of",     "the",    "left",  "___,",     "\n\n"};
    clue::PyRandom random(1);
    std::string out = "note_id,subject_id,hadm_id,note_type,note_seq,charttime,storetime,text\n";
    for (std::size_t i = 0; i < kLetters; ++i) {
      const std::string id = std::to_string(10'000'000 + i);
      out += id + "-DS-1," + id + ",2" + id + ",DS,1,2150-01-01 00:00:00,,\"";
      for (int w = 0; w < 1600; ++w) {
        std::string word = random.choice(words);
        if (word.front() == '"') word = "\"\"stable\"\"\n";
        out += word + " ";
      }
      out += "\"\n";
    }
    return out;
  }();
  return text;
}

const std::filesystem::path& packed_file() {
  static const clue::TempDir folder;
  static const std::filesystem::path path = [] {
    const std::filesystem::path p = folder / "letters.csv.gz";
    CLUE_CHECK(clue::write_file_atomic(p, clue::gz(letters())).ok());
    return p;
  }();
  return path;
}

std::size_t count_rows(bool read_ahead) {
  clue::Result<clue::CsvReader> csv =
      clue::CsvReader::open(packed_file(), {.read_ahead = read_ahead});
  CLUE_CHECK(csv.ok());
  std::vector<std::string> row;
  std::size_t n = 0;
  while (*csv->next(row)) ++n;
  return n;
}

void report(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * letters().size()));
}

void unpack_alone(benchmark::State& state) {
  std::vector<char> block(std::size_t{1} << 18);
  (void)packed_file();  // made outside the clock
  for (auto _ : state) {
    std::unique_ptr<clue::ByteSource> in = *clue::open_bytes(packed_file());
    std::size_t all = 0;
    while (const std::size_t n = *in->read(block)) all += n;
    CLUE_CHECK(all == letters().size());
  }
  report(state);
}

void parse(benchmark::State& state) {
  CLUE_CHECK(count_rows(state.range(0) != 0) == kLetters);
  for (auto _ : state) benchmark::DoNotOptimize(count_rows(state.range(0) != 0));
  report(state);
}

void parse_memory(benchmark::State& state) {
  std::vector<std::string> row;
  for (auto _ : state) {
    clue::Result<clue::CsvReader> csv =
        clue::CsvReader::from(clue::memory_bytes(letters()), "f", {});
    while (*csv->next(row)) benchmark::DoNotOptimize(row.data());
  }
  report(state);
}

BENCHMARK(unpack_alone)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(parse)
    ->Arg(0)
    ->Arg(1)
    ->ArgName("two_threads")
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(parse_memory)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
