// clue doctor: what is missing on this machine, and what mends it.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "base/json.h"
#include "cli/places.h"
#include "cli/resources.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "models/llama_runtime.h"
#include "run/catalogue.h"

namespace clue::cli {
namespace {

/// The command that brings a task's data; data that no command brings: where it belongs.
std::string how_to_get(const tasks::Task& task) {
  for (const run::Source& s : run::catalogue()) {
    if (s.file == task.file.data_file && !s.url.empty())
      return "clue data get " + std::string(s.name);
  }
  return "put " + task.file.data_file + " under CLUE_DATA or ./data, or use --data";
}

/// A card is no need: its row is never "missing" unless this build was made for one.
std::vector<std::vector<std::string>> gpu_rows() {
  std::vector<std::vector<std::string>> rows;
  for (const models::Gpu& gpu : models::list_gpus()) {
    rows.push_back(
        {"GPU", "ok", gpu.name + ", " + std::to_string(gpu.free_bytes >> 30) + " GiB free"});
  }
  if (!rows.empty()) return rows;
  if (models::built_for_gpus()) {
    return {
        {"GPU", "missing", "this build can use one, but the driver shows none: try nvidia-smi"}};
  }
  return {
      {"GPU", "none", "this build computes on the processors; for cards see docs/howto/gpu.md"}};
}

int print_rows(const std::vector<std::vector<std::string>>& rows, bool as_json, Io& io) {
  if (!as_json) {
    io.out << format_table({"what", "state", "where, or what to do"}, rows, {});
    return kDone;
  }
  auto all = nlohmann::ordered_json::array();
  for (const auto& row : rows)
    all.push_back({{"what", row[0]}, {"state", row[1]}, {"note", row[2]}});
  io.out << dump_json(all, 1) << '\n';
  return kDone;
}

}  // namespace

int cmd_doctor(const Args& args, Io& io) {
  Flags parser("clue doctor", "Says what is there, what is missing, and what mends it.",
               "clue doctor");
  bool as_json = false;
  parser.app().add_flag("--json", as_json, "a JSON array");
  if (const auto code = parser.parse(args, io)) return *code;
  std::vector<std::vector<std::string>> rows;
  const auto row = [&](const std::string& what, bool good, const std::string& words) {
    rows.push_back({what, good ? "ok" : "missing", words});
  };
  rows.push_back({"processors", "ok", std::to_string(std::thread::hardware_concurrency())});
  for (std::vector<std::string>& gpu : gpu_rows()) rows.push_back(std::move(gpu));
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
    row("data of " + t.file.name, real, real ? place->path : how_to_get(t));
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
  return print_rows(rows, as_json, io);
}

}  // namespace clue::cli
