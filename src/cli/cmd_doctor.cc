// clue doctor: what is missing on this machine, and what mends it.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>
#include <thread>

#include "cli/places.h"
#include "cli/resources.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace clue::cli {

int cmd_doctor(const Args& args, Io& io) {
  Flags parser("clue doctor", "Says what is there, what is missing, and what mends it.",
               "clue doctor");
  if (const auto code = parser.parse(args, io)) return *code;
  std::vector<std::vector<std::string>> rows;
  const auto row = [&](const std::string& what, bool good, const std::string& words) {
    rows.push_back({what, good ? "ok" : "missing", words});
  };
  rows.push_back({"processors", "ok", std::to_string(std::thread::hardware_concurrency())});
  std::error_code ec;
  const auto space = std::filesystem::space(".", ec);
  row("disk", !ec && space.available > (1ULL << 30),
      ec ? ec.message() : std::to_string(space.available >> 30) + " GiB free here");
  row("examples", !examples_dir().empty(), examples_dir().string());
  const Result<tasks::Library> library = task_library();
  if (!library) return fail(io, library.error());
  const Result<tasks::DataFolders> folders = data_folders({});
  if (!folders) return fail(io, folders.error());
  for (const tasks::Task& t : library->tasks) {
    const Result<tasks::DataPlace> place = tasks::find_data(t, *folders);
    const bool real = place && !place->examples;
    row("data of " + t.file.name, real,
        real ? place->path
             : "put " + t.file.data_file + " under CLUE_DATA or ./data, or use --data");
  }
  bool german = false;
  for (const tasks::Task& t : library->tasks) german = german || t.file.language == "de";
  for (const std::string language : {"en", "de"}) {
    if (language == "de" && !german) continue;
    const std::string of = language == "en" ? "" : " (German tasks)";
    const MetricFile encoder = find_encoder(metrics_dir(), language);
    row("BERTScore encoder" + of, !encoder.path.empty(),
        encoder.path.empty() ? encoder.why : encoder.path.string());
    const MetricFile kb = find_kb(metrics_dir(), language);
    row("concept dictionary" + of, !kb.path.empty(), kb.path.empty() ? kb.why : kb.path.string());
    const MetricFile spacy = find_spacy(metrics_dir(), language);
    row("spaCy pipeline" + of, !spacy.path.empty(),
        spacy.path.empty() ? spacy.why : spacy.path.string());
  }
  io.out << format_table({"what", "state", "where, or what to do"}, rows, {});
  return kDone;
}

}  // namespace clue::cli
