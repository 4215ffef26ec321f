#include "report/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/names.h"
#include "report/catalogue.h"
#include "report/format.h"
#include "report/run_facts.h"
#include "report/tally.h"

namespace clue::report {

namespace {

using Cells = std::vector<std::string>;

const Cells kHeads = {"model", "task",    "metric", "score %", "95 % interval", "n", "unparsed",
                      "cut",   "refused", "failed", ""};
const std::vector<bool> kRight = {false, false, false, true, true, true, true, true, true, true};

std::string shown(const TableRow& row) {
  if (!is_share(row.metric) && row.value) return fmt::format("{:.4g}", *row.value);
  return percent(row.value);
}

Cells cells(const TableRow& row) {
  return {row.run,
          task_title(row.task) + (row.rules == "clue-2024" ? " (clue-2024)" : ""),
          row.title + (row.headline ? " *" : ""),
          shown(row),
          is_share(row.metric) ? interval(row.low, row.high) : "",
          std::to_string(row.n),
          std::to_string(row.unparsed),
          std::to_string(row.cut),
          std::to_string(row.refused),
          std::to_string(row.failed),
          row.marks};
}

/// The metric as flags and results.json spell it, with the dictionary that concept scores carry.
std::string metric_id(const TableRow& row) {
  const std::size_t bracket = row.title.find(" (");
  return row.metric + (row.metric.starts_with("concept") && bracket != std::string::npos
                           ? row.title.substr(bracket)
                           : std::string());
}

/// Every reason of a missing figure, once.
std::vector<std::string> reasons(const std::vector<TableRow>& rows, bool ids) {
  std::vector<std::string> out;
  for (const TableRow& row : rows) {
    if (row.value) continue;
    const std::string line =
        (ids ? metric_id(row) : row.title) + ": " + (row.why.empty() ? "not measured" : row.why);
    if (std::ranges::find(out, line) == out.end()) out.push_back(line);
  }
  return out;
}

constexpr const char* kFootnote =
    "* enters the task's score; unparsed, cut and refused count as wrong";

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

Result<std::array<std::size_t, 6>> statuses(const PassInput& pass) {
  if (pass.statuses) return *pass.statuses;
  std::array<std::size_t, 6> out{};
  CLUE_OK(pass.samples([&](const store::SampleRow& row) {
    ++out[static_cast<std::size_t>(status_of(row))];
    return true;
  }));
  return out;
}

}  // namespace

Result<std::vector<TableRow>> table_rows(const std::vector<RunInput>& runs, bool all) {
  std::vector<TableRow> out;
  const std::vector<std::string> names = run_names(runs);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (std::size_t p = 0; p < runs[r].passes.size(); ++p) {
      const PassInput& pass = runs[r].passes[p];
      CLUE_TRY(const auto status, statuses(pass));
      for (const core::Summary& s : pass.summaries) {
        if (!all && !s.headline) continue;
        out.push_back({.run_index = r,
                       .pass_index = p,
                       .run = names[r],
                       .task = pass.row.facts.spec.task,
                       .rules = std::string(core::name(pass.rules)),
                       .metric = s.metric,
                       .title = metric_title(s.metric, s.signature),
                       .headline = s.headline,
                       .n = s.n,
                       .value = s.mean,
                       .low = s.ci_low,
                       .high = s.ci_high,
                       .unparsed = status[1],
                       .cut = status[2] + status[3],
                       .refused = status[4],
                       .failed = status[5],
                       .why = s.why,
                       .marks = pass_marks(pass),
                       .signature = s.signature});
      }
    }
  }
  return out;
}

std::string text_table(const std::vector<TableRow>& rows) {
  std::vector<Cells> lines;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Cells line = cells(rows[i]);
    // The terminal speaks the names that its flags take.
    line[1] = rows[i].task + (rows[i].rules == "clue-2024" ? " (clue-2024)" : "");
    line[2] = metric_id(rows[i]) + (rows[i].headline ? " *" : "");
    // A model, and what holds for the whole task, is said once.
    const bool model = i > 0 && rows[i].run_index == rows[i - 1].run_index;
    const bool task = model && rows[i].pass_index == rows[i - 1].pass_index;
    if (model) line[0].clear();
    if (task) {
      for (const std::size_t c : {1, 6, 7, 8, 9, 10}) line[c].clear();
    }
    lines.push_back(std::move(line));
  }
  std::string out = format_table(kHeads, lines, kRight);
  if (!rows.empty()) out += std::string(kFootnote) + "\n";
  for (const std::string& reason : reasons(rows, true)) out += "- " + reason + "\n";
  return out;
}

std::string markdown_table(const std::vector<TableRow>& rows) {
  std::vector<Cells> lines;
  for (const TableRow& row : rows) lines.push_back(cells(row));
  std::string out = format_markdown(kHeads, lines, kRight) + "\n\\" + kFootnote + "\n";
  for (const std::string& reason : reasons(rows, false)) out += "\n- " + reason;
  return out.ends_with('\n') ? out : out + "\n";
}

std::string csv_table(const std::vector<TableRow>& rows) {
  std::string out =
      "model,task,rules,metric,title,headline,n,value,ci_low,ci_high,unparsed,cut,refused,failed,"
      "marks,signature,why\n";
  for (const TableRow& r : rows) {
    out +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_cell(r.run),
                    csv_cell(r.task), r.rules, r.metric, csv_cell(r.title), r.headline ? 1 : 0, r.n,
                    number(r.value), number(r.low), number(r.high), r.unparsed, r.cut, r.refused,
                    r.failed, csv_cell(r.marks), csv_cell(r.signature), csv_cell(r.why));
  }
  return out;
}

std::string latex_table(const std::vector<TableRow>& rows) {
  std::string out =
      "% Needs \\usepackage{booktabs}.\n\\begin{tabular}{lllrrrll}\n\\toprule\n"
      "Model & Task & Metric & Score (\\%) & 95\\,\\% interval & $n$ & "
      "Unparsed/cut/refused/failed & \\\\\n\\midrule\n";
  for (const TableRow& row : rows) {
    const Cells line = cells(row);
    for (std::size_t i = 0; i < 6; ++i) out += (i > 0 ? " & " : "") + latex(line[i]);
    out += fmt::format(" & {}/{}/{}/{} & {} \\\\\n", row.unparsed, row.cut, row.refused, row.failed,
                       latex(row.marks));
  }
  return out + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace clue::report
