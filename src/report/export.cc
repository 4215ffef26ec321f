// The table of export formats, and the two plain ones: JSON Lines and CSV.
#include "report/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/files.h"
#include "core/names.h"

namespace clue::report {
namespace {

namespace fs = std::filesystem;

constexpr std::array<Exporter, 5> kExporters = {{
    {"jsonl", "one JSON object a sample: prompt, output, answer, reference, scores", false,
     export_jsonl},
    {"csv", "one row a sample, a column for each metric", false, export_csv},
    {"clue-2024", "the published scripts' folders: TASK/MODEL/predictions.json, results.json", true,
     export_clue_2024},
    {"lm-eval", "lm-evaluation-harness: results_*.json and samples_*.jsonl", true, export_lm_eval},
    {"inspect", "inspect_ai evaluation logs, one .json for each task", true, export_inspect},
}};

/// RFC 4180: quoted when it must be, quotes doubled.
std::string cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string number(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

/// All metrics of the run, in the order of the tasks' reports.
std::vector<std::string> metric_columns(const run::RunResults& results) {
  std::vector<std::string> columns;
  for (const run::TaskResults& task : results.tasks) {
    for (const core::Summary& s : task.metrics) {
      if (std::find(columns.begin(), columns.end(), s.metric) == columns.end()) {
        columns.push_back(s.metric);
      }
    }
  }
  return columns;
}

std::string csv_row(const std::string& task, const store::SampleRow& row,
                    const std::vector<std::string>& columns, bool text) {
  std::string answer;
  if (row.answer) {
    answer = row.answer->codes.empty() ? row.answer->value
                                       : fmt::format("{}", fmt::join(row.answer->codes, ", "));
  }
  std::string line =
      cell(task) + ',' + cell(row.sample.id) + ',' + std::to_string(row.prompt.repeat) + ',';
  line += row.answer ? core::name(row.answer->status) : "unscored";
  for (const std::string& value : {row.generation.text, answer, reference_of(row)}) {
    line += ',' + (text ? cell(value) : std::string());
  }
  for (const std::string& column : columns) {
    line += ',';
    for (const core::Score& s : row.scores) {
      if (s.metric == column && s.value) line += number(*s.value);
    }
  }
  return line + "\r\n";
}

}  // namespace

bool ExportJob::text_of(const run::TaskResults& task) const {
  return options.with_text || task.pass.facts.use == core::DataUse::open;
}

Status ExportJob::write(const fs::path& file, std::string_view bytes) {
  const bool open = std::all_of(
      results.tasks.begin(), results.tasks.end(),
      [](const run::TaskResults& t) { return t.pass.facts.use == core::DataUse::open; });
  if (file.has_parent_path()) CLUE_OK(make_dirs(file.parent_path()));
  CLUE_OK(write_file_atomic(file, bytes, open ? 0666U : kPrivateFile));
  files.push_back(file);
  return {};
}

std::span<const Exporter> exporters() { return kExporters; }

std::string file_part(std::string_view name) {
  std::string part(name);
  for (char& c : part) {
    if (c == '/' || c == '\\' || c == ':' || c == '\0') c = '_';
  }
  return part.empty() || part.front() == '.' ? "_" + part : part;
}

std::string reference_of(const store::SampleRow& row) {
  if (!row.prompt.target.empty()) return row.prompt.target;
  return fmt::format("{}", fmt::join(row.sample.targets, ", "));
}

Status export_jsonl(ExportJob& job) {
  std::string lines;
  for (const run::TaskResults& task : job.results.tasks) {
    CLUE_TRY(const std::string of_task,
             run::sample_lines(job.store, task, job.results.rules, job.text_of(task)));
    lines += of_task;
  }
  return job.write(job.out, lines);
}

Status export_csv(ExportJob& job) {
  const std::vector<std::string> columns = metric_columns(job.results);
  std::string csv = "task,sample,repeat,status,output,answer,reference";
  for (const std::string& column : columns) csv += ',' + cell(column);
  csv += "\r\n";
  for (const run::TaskResults& task : job.results.tasks) {
    CLUE_OK(job.store.samples(task.pass.id, job.results.rules,
                              [&](const store::SampleRow& row) {
                                csv += csv_row(task.pass.facts.spec.task, row, columns,
                                               job.text_of(task));
                                return true;
                              },
                              {.prompt_text = false}));
  }
  return job.write(job.out, csv);
}

Result<Exported> export_run(store::RunStore& store, std::string_view format, const fs::path& out,
                            const ExportOptions& options) {
  const auto* exporter = std::find_if(kExporters.begin(), kExporters.end(),
                                      [&](const Exporter& e) { return e.name == format; });
  if (exporter == kExporters.end()) {
    std::vector<std::string_view> names;
    for (const Exporter& e : kExporters) names.push_back(e.name);
    return Error{
        ErrorCode::invalid_argument,
        fmt::format("unknown export format \"{}\"; there are: {}", format, fmt::join(names, ", "))};
  }
  CLUE_TRY(const run::RunResults results, run::collect_results(store, options.rules));
  ExportJob job{store, results, out, options};
  CLUE_OK(exporter->write(job));
  return Exported{std::move(job.files), std::move(job.notes)};
}

}  // namespace clue::report
