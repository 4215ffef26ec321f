// Tables in MIMIC-IV's form of any size, for benches and for trying the generators out: letters put
// together at random from invented phrases, and diagnosis rows with public ICD codes. Nobody's data.
//
//   clue_synthetic_mimic LETTERS DIR [SEED]    DIR/discharge.csv.gz, DIR/diagnoses_icd.csv.gz
#include <zlib.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/py_random.h"
#include "metrics/icd_table.h"

namespace {

using clue::PyRandom;

class GzFile {
 public:
  explicit GzFile(const std::filesystem::path& path) : file_(gzopen(path.c_str(), "wb6")) {
    CLUE_CHECK_MSG(file_ != nullptr, "cannot write there");
    gzbuffer(file_, 1U << 18);
  }
  ~GzFile() { CLUE_CHECK(gzclose(file_) == Z_OK); }
  GzFile(const GzFile&) = delete;
  GzFile& operator=(const GzFile&) = delete;
  void write(std::string_view text) {
    CLUE_CHECK(gzwrite(file_, text.data(), static_cast<unsigned>(text.size())) ==
               static_cast<int>(text.size()));
  }

 private:
  gzFile file_;
};

constexpr std::array<std::string_view, 96> kWords = {
    "patient",    "denies",     "chest",      "pain",      "admitted",   "acute",     "renal",
    "injury",     "daily",      "stable",     "left",      "right",      "lower",     "upper",
    "extremity",  "edema",      "improved",   "started",   "continued",  "held",      "given",
    "lisinopril", "metoprolol", "furosemide", "insulin",   "heparin",    "warfarin",  "apixaban",
    "fever",      "chills",     "cough",      "dyspnea",   "nausea",     "vomiting",  "diarrhea",
    "lungs",      "clear",      "abdomen",    "soft",      "tender",     "without",   "with",
    "history",    "of",         "hypertension", "diabetes", "mellitus",  "type",      "status",
    "post",       "surgery",    "discharged", "home",      "follow",     "up",        "weeks",
    "was",        "were",       "and",        "the",       "no",         "evidence",  "ct",
    "mri",        "scan",       "showed",     "normal",    "mild",       "moderate",  "severe",
    "creatinine", "sodium",     "potassium",  "hemoglobin", "white",     "count",     "culture",
    "grew",       "antibiotics", "vancomycin", "cefepime", "transferred", "floor",    "icu",
    "intubated",  "extubated",  "oxygen",     "saturation", "room",      "air",       "tolerated",
    "diet",       "ambulated",  "therapy",    "consulted", "___"};

constexpr std::array<std::string_view, 8> kHeadings = {
    "Chief Complaint", "History of Present Illness", "Past Medical History", "Physical Exam",
    "Pertinent Results", "Brief Hospital Course", "Discharge Medications", "Discharge Diagnosis"};

/// Words cut out of 64 random bits at a time.
class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  PyRandom& random() { return random_; }

  void sentence(std::string& out, std::size_t words) {
    for (std::size_t i = 0; i < words; ++i) {
      const std::uint64_t draw = bits(11);
      if (draw < 1920) {
        out += kWords[draw % kWords.size()];
      } else {
        out += std::to_string(draw - 1919);
        out += draw % 2 == 0 ? " mg" : ".5";
      }
      out += i + 1 < words ? " " : ". ";
    }
  }

  void section(std::string& out, std::string_view heading, std::size_t sentences) {
    out += " \n";
    out += heading;
    out += ":\n";
    for (std::size_t i = 0; i < sentences; ++i) {
      sentence(out, 6 + bits(3));
      if (i % 3 == 2) out += '\n';
    }
    if (bits(3) == 0) out += "Family says \"\"he is better\"\".\n";
    out += "\n\n";
  }

 private:
  std::uint64_t bits(int n) {
    if (left_ < n) {
      pool_ = random_.getrandbits(64);
      left_ = 64;
    }
    const std::uint64_t value = pool_ & ((std::uint64_t{1} << n) - 1);
    pool_ >>= n;
    left_ -= n;
    return value;
  }

  PyRandom random_;
  std::uint64_t pool_ = 0;
  int left_ = 0;
};

void write_letters(std::size_t letters, const std::filesystem::path& dir, std::uint64_t seed) {
  Writer writer(seed);
  GzFile file(dir / "discharge.csv.gz");
  file.write("note_id,subject_id,hadm_id,note_type,note_seq,charttime,storetime,text\n");
  std::string row;
  for (std::size_t i = 0; i < letters; ++i) {
    const std::string patient = std::to_string(10'000'000 + i);
    row = patient + "-DS-1," + patient + "," + std::to_string(20'000'000 + i) +
          ",DS,1,2150-01-02 00:00:00,2150-01-03 10:00:00,\" \nName:  ___    Unit No:   ___\n";
    const std::size_t scale = 6 + static_cast<std::size_t>(writer.random().below(20));
    for (const std::string_view heading : kHeadings) writer.section(row, heading, scale);
    row += " \nDischarge Instructions:\nDear ___,\n\n";
    row += writer.random().below(10) < 6 ? "You were admitted to the hospital because " : "You had ";
    for (int s = 0; s < 6; ++s) writer.sentence(row, 10);
    row += "\n\nIt was a pleasure caring for you.\n\n\n \nFollowup Instructions:\n___\n\"\n";
    file.write(row);
  }
}

void write_diagnoses(std::size_t letters, const std::filesystem::path& dir, std::uint64_t seed) {
  PyRandom random(seed + 1);
  const auto table = clue::metrics::builtin_icd_table(clue::metrics::IcdTableId::reference);
  const std::vector<std::string> icd9 = {"4280", "25000", "4019", "5849", "42731", "486", "2724"};
  GzFile file(dir / "diagnoses_icd.csv.gz");
  file.write("subject_id,hadm_id,seq_num,icd_code,icd_version\n");
  std::string rows;
  for (std::size_t i = 0; i < letters; ++i) {
    rows.clear();
    const std::size_t n = 1 + static_cast<std::size_t>(random.below(24));
    for (std::size_t k = 1; k <= n; ++k) {
      rows += std::to_string(10'000'000 + i) + "," + std::to_string(20'000'000 + i) + "," +
              std::to_string(k) + ",";
      if (random.below(3) == 0) {
        rows += random.choice(icd9) + ",9\n";
      } else {
        rows += std::string(table->codes()[random.below(table->codes().size())].code) + ",10\n";
      }
    }
    file.write(rows);
  }
}

bool number(std::string_view text, std::uint64_t& out) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  return problem == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t letters = 0;
  std::uint64_t seed = 1;
  if (argc < 3 || argc > 4 || !number(argv[1], letters) || (argc == 4 && !number(argv[3], seed))) {
    std::fprintf(stderr, "usage: clue_synthetic_mimic LETTERS DIR [SEED]\n");
    return 2;
  }
  const std::filesystem::path dir = argv[2];
  std::filesystem::create_directories(dir);
  write_letters(letters, dir, seed);
  write_diagnoses(letters, dir, seed);
  std::printf("%s\n%s\n", (dir / "discharge.csv.gz").c_str(),
              (dir / "diagnoses_icd.csv.gz").c_str());
  return 0;
}
