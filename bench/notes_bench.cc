// Letters of a csv.gz: unpacking alone (as a stream, and by libdeflate with file and text in
// memory) beside reading them all (index pass) and choosing 4,000 of them (index pass and fetch),
// in alternation on the same file, with the peak memory, which may not exceed 300 MB above the
// letters kept.
//
//   clue_notes_bench discharge.csv.gz [ROUNDS]      one JSON line; bench/compare_pandas.py adds
//   pandas
#include <libdeflate.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/files.h"
#include "datagen/letter.h"
#include "datagen/notes.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double processor_seconds() {
  timespec t{};
  CLUE_CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

std::size_t unpack(const std::string& path) {
  std::vector<char> block(std::size_t{1} << 18);
  auto in = clue::open_bytes(path);
  CLUE_CHECK_MSG(in.ok(), in.error().message.c_str());
  std::size_t all = 0;
  while (const std::size_t n = *(*in)->read(block)) all += n;
  return all;
}

/// Seconds that libdeflate takes for the whole file, its own process: it needs all in memory at
/// once, and its pages touched before (else the kernel is measured).
double deflate_seconds(const std::string& path, std::size_t bytes) {
  int ends[2];
  CLUE_CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  CLUE_CHECK(child >= 0);
  if (child == 0) {
    const auto packed = clue::read_file(path);
    CLUE_CHECK(packed.ok());
    std::string text(bytes + 1, 'x');
    libdeflate_decompressor* const decoder = libdeflate_alloc_decompressor();
    const double s = seconds([&] {
      std::size_t got = 0;
      CLUE_CHECK(libdeflate_gzip_decompress(decoder, packed->data(), packed->size(), text.data(),
                                            text.size(), &got) == LIBDEFLATE_SUCCESS);
      CLUE_CHECK(got == bytes);
    });
    _exit(::write(ends[1], &s, sizeof s) == sizeof s ? 0 : 1);
  }
  double s = 0;
  CLUE_CHECK(::read(ends[0], &s, sizeof s) == sizeof s);
  ::close(ends[0]);
  ::close(ends[1]);
  CLUE_CHECK(waitpid(child, nullptr, 0) == child);
  return s;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: clue_notes_bench discharge.csv.gz [ROUNDS]\n");
    return 2;
  }
  const std::string path = argv[1];
  int rounds = 3;
  if (argc > 2) std::from_chars(argv[2], argv[2] + std::string_view(argv[2]).size(), rounds);
  const auto profile = clue::datagen::load_profile("mimic-iv");
  CLUE_CHECK(profile.ok());
  std::size_t bytes = 0;
  std::size_t letters = 0;
  std::size_t kept_bytes = 0;
  std::vector<double> unpacked;
  std::vector<double> deflated;
  std::vector<double> indexed;
  std::vector<double> chosen;
  std::vector<double> index_processor;
  std::vector<double> choose_processor;
  double before = 0;
  double index_peak = 0;
  double peak = 0;
  for (int i = 0; i < rounds; ++i) {
    unpacked.push_back(seconds([&] { bytes = unpack(path); }));
    if (i == 0) before = peak_mb();
    deflated.push_back(deflate_seconds(path, bytes));
    const double begin = processor_seconds();
    indexed.push_back(seconds([&] {
      const auto counts = clue::datagen::for_each_note(path, *profile, [&](auto& note) {
        return clue::datagen::is_admitted(note.text, *profile) || true;
      });
      CLUE_CHECK_MSG(counts.ok(), counts.error().message.c_str());
      letters = counts->letters;
    }));
    const double middle = processor_seconds();
    index_processor.push_back(middle - begin);
    if (i == 0) index_peak = peak_mb();
    chosen.push_back(seconds([&] {
      clue::datagen::SelectOptions options;
      options.max_notes = 4000;
      options.accept = [&](const auto& note) {
        return clue::datagen::is_admitted(note.text, *profile);
      };
      const auto selection = clue::datagen::select_notes(path, *profile, options);
      CLUE_CHECK_MSG(selection.ok(), selection.error().message.c_str());
      kept_bytes = 0;
      for (const auto& note : selection->notes) kept_bytes += note.text.size();
    }));
    choose_processor.push_back(processor_seconds() - middle);
    peak = peak_mb();
  }
  CLUE_CHECK_MSG(peak - static_cast<double>(kept_bytes) / 1e6 < 300,
                 "more than 300 MB above the letters kept");
  const double mb = static_cast<double>(bytes) / 1e6;
  std::printf(
      "{\"letters\":%zu,\"unpacked_mb\":%.0f,\"unpack_mb_s\":%.0f,\"libdeflate_mb_s\":%.0f,\"index_"
      "mb_s\":"
      "%.0f,\"choose_mb_s\":%.0f,\"index_of_unpack\":%.2f,\"index_of_libdeflate\":%.2f,\"unpack_"
      "s\":%.2f,"
      "\"libdeflate_s\":%.2f,\"index_s\":%.2f,\"choose_s\":%.2f,\"index_processor_s\":%.2f,"
      "\"choose_processor_s\":%.2f,"
      "\"start_mb\":%.0f,\"index_peak_mb\":%.0f,\"choose_peak_mb\":%.0f,\"kept_mb\":%.0f}\n",
      letters, mb, mb / median(unpacked), mb / median(deflated), mb / median(indexed),
      mb / median(chosen), median(unpacked) / median(indexed), median(deflated) / median(indexed),
      median(unpacked), median(deflated), median(indexed), median(chosen), median(index_processor),
      median(choose_processor), before, index_peak, peak, static_cast<double>(kept_bytes) / 1e6);
  return 0;
}
