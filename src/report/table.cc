#include "report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "report/catalogue.h"
#include "report/format.h"
#include "report/run_facts.h"

namespace clue::report {

namespace {

std::string upper(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '-' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

std::string shown(const TableRow& row) {
  if (!is_share(row.metric) && row.value) return fmt::format("{:.4g}", *row.value);
  return percent(row.value);
}

std::string task_title(const std::string& name) {
  const TaskText* text = find_task_text(name);
  return text != nullptr ? std::string(text->title) : name;
}

std::string left_out(const TableRow& row) {
  return fmt::format("{}/{}/{}", row.unparsed, row.cut, row.failed);
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

using Line = std::array<std::string, 7>;

Line cells(const TableRow& row) {
  const std::string run = row.marks.empty() ? row.run : fmt::format("{} [{}]", row.run, row.marks);
  return {
      run,
      task_title(row.task) + (row.rules == "clue-2024" ? " (clue-2024)" : ""),
      row.title,
      std::to_string(row.n),
      row.value ? shown(row) : fmt::format("- ({})", row.why.empty() ? "not measured" : row.why),
      is_share(row.metric) ? interval(row.low, row.high) : "",
      left_out(row)};
}

constexpr std::array<std::string_view, 7> kHeads = {
    "model", "task", "metric", "n", "score %", "95 % interval", "unparsed/cut/failed"};

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '<' || c == '*' || c == '_' || c == '`') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

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

std::string latex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\textbackslash{}";
        break;
      case '~':
        out += "\\textasciitilde{}";
        break;
      case '^':
        out += "\\textasciicircum{}";
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        out += '\\';
        out += c;
        break;
      default:
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
  }
  return out;
}

std::string half_width(const TableRow& row) {
  if (!row.value || !row.low || !row.high) return "";
  return fmt::format("{{\\scriptsize\\,$\\pm$\\,{}}}", percent((*row.high - *row.low) / 2));
}

/// Rows whose interval reaches the best row's: nobody says which of them is better.
std::set<const TableRow*> best_group(const std::vector<const TableRow*>& column) {
  const TableRow* best = nullptr;
  for (const TableRow* row : column) {
    if (row->value && (best == nullptr || *row->value > *best->value)) best = row;
  }
  std::set<const TableRow*> out;
  if (best == nullptr) return out;
  std::size_t measured = 0;
  for (const TableRow* row : column) {
    if (!row->value) continue;
    ++measured;
    if (row->high.value_or(*row->value) >= best->low.value_or(*best->value)) out.insert(row);
  }
  if (out.size() == measured) out.clear();  // all tied: nothing stands out
  return out;
}

}  // namespace

Result<std::vector<TableRow>> table_rows(const std::vector<RunInput>& runs, bool all) {
  std::vector<TableRow> out;
  const std::vector<std::string> names = run_names(runs);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    std::string marks;
    for (const auto& [kind, text] : run_marks(runs[r])) {
      marks += (marks.empty() ? "" : ", ") + upper(kind);
    }
    for (const PassInput& pass : runs[r].passes) {
      std::array<std::size_t, 6> status{};
      CLUE_OK(pass.samples([&](const store::SampleRow& row) {
        const core::AnswerStatus s = row.answer                     ? row.answer->status
                                     : row.generation.error.empty() ? core::AnswerStatus::answered
                                                                    : core::AnswerStatus::error;
        ++status[static_cast<std::size_t>(s)];
        return true;
      }));
      for (const core::Summary& s : pass.summaries) {
        if (!all && !s.headline) continue;
        out.push_back({.run = names[r],
                       .task = pass.row.facts.spec.task,
                       .rules = rules_name(pass.rules),
                       .metric = s.metric,
                       .title = metric_title(s.metric),
                       .headline = s.headline,
                       .n = s.n,
                       .value = s.mean,
                       .low = s.ci_low,
                       .high = s.ci_high,
                       .unparsed = status[1] + status[4],
                       .cut = status[2] + status[3],
                       .failed = status[5],
                       .why = s.why,
                       .marks = marks,
                       .signature = s.signature});
      }
    }
  }
  return out;
}

std::string text_table(const std::vector<TableRow>& rows) {
  std::vector<Line> lines;
  Line head;
  for (std::size_t i = 0; i < 7; ++i) head[i] = kHeads[i];
  lines.push_back(head);
  for (const TableRow& row : rows) lines.push_back(cells(row));
  std::array<std::size_t, 7> widths{};
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < 7; ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  std::string out;
  std::string_view model;
  std::string_view task;
  for (std::size_t l = 0; l < lines.size(); ++l) {
    for (std::size_t i = 0; i < 7; ++i) {
      // A model or task is named once, then left blank.
      const bool same = l > 0 && ((i == 0 && lines[l][0] == model) ||
                                  (i == 1 && lines[l][0] == model && lines[l][1] == task));
      const std::string& cell = lines[l][i];
      const std::string pad(widths[i] - (same ? 0 : width(cell)), ' ');
      const bool right = i == 3 || i == 4 || i == 6;
      out += (right ? pad : "") + (same ? "" : cell) + (right ? "" : pad) + (i < 6 ? "  " : "");
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
    model = lines[l][0];
    task = lines[l][1];
    if (l == 0) {
      std::size_t all = 12;
      for (const std::size_t w : widths) all += w;
      out += std::string(all, '-') + '\n';
    }
  }
  return out;
}

std::string markdown_table(const std::vector<TableRow>& rows) {
  std::string out = "|";
  for (const std::string_view head : kHeads) out += fmt::format(" {} |", head);
  out += "\n|---|---|---|---:|---:|---|---:|\n";
  for (const TableRow& row : rows) {
    out += '|';
    for (const std::string& cell : cells(row)) out += fmt::format(" {} |", markdown_cell(cell));
    out += '\n';
  }
  return out;
}

std::string csv_table(const std::vector<TableRow>& rows) {
  std::string out =
      "model,task,rules,metric,headline,n,value,ci_low,ci_high,unparsed,cut,failed,marks,"
      "signature,why\n";
  for (const TableRow& r : rows) {
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_cell(r.run),
                       csv_cell(r.task), r.rules, r.metric, r.headline ? 1 : 0, r.n,
                       number(r.value), number(r.low), number(r.high), r.unparsed, r.cut, r.failed,
                       csv_cell(r.marks), csv_cell(r.signature), csv_cell(r.why));
  }
  return out;
}

std::string latex_table(const std::vector<TableRow>& rows) {
  std::string out =
      "\\begin{tabular}{lllrrlr}\n\\toprule\n"
      "Model & Task & Metric & $n$ & Score (\\%) & 95\\,\\% interval & Unparsed/cut/failed "
      "\\\\\n\\midrule\n";
  for (const TableRow& row : rows) {
    const Line line = cells(row);
    for (std::size_t i = 0; i < 7; ++i) out += (i > 0 ? " & " : "") + latex(line[i]);
    out += " \\\\\n";
  }
  return out + "\\bottomrule\n\\end{tabular}\n";
}

std::string latex_paper(const std::vector<TableRow>& rows) {
  std::vector<std::string> models;
  struct Column {
    int level;
    std::string task, title;
    std::vector<const TableRow*> rows;
  };
  std::vector<Column> columns;
  std::set<std::string> signatures;
  for (const TableRow& row : rows) {
    if (!row.headline) continue;
    if (std::ranges::find(models, row.run) == models.end()) models.push_back(row.run);
    const TaskText* text = find_task_text(row.task);
    const int level = text != nullptr ? text->level : 3;
    auto found = std::ranges::find_if(
        columns, [&](const Column& c) { return c.task == row.task && c.title == row.title; });
    if (found == columns.end()) {
      columns.push_back({level, row.task, row.title, {}});
      found = columns.end() - 1;
    }
    found->rows.push_back(&row);
    if (!row.signature.empty()) signatures.insert(row.title + ": " + row.signature);
  }
  std::ranges::stable_sort(columns, {}, &Column::level);
  std::string out =
      "% Needs \\usepackage{booktabs}.\n\\begin{table}\n\\centering\\small\n\\setlength{"
      "\\tabcolsep}{4pt}\n\\begin{tabular}{l" +
      std::string(columns.size(), 'r') + "}\n\\toprule\n";
  std::string levels, tasks, heads, rules;
  for (std::size_t i = 0; i < columns.size();) {
    std::size_t j = i;
    while (j < columns.size() && columns[j].level == columns[i].level) ++j;
    levels += fmt::format(
        " & \\multicolumn{{{}}}{{c}}{{{}}}", j - i,
        columns[i].level == 3 ? "Own tasks" : fmt::format("Level {}", columns[i].level));
    rules += fmt::format("\\cmidrule(lr){{{}-{}}}", i + 2, j + 1);
    i = j;
  }
  for (std::size_t i = 0; i < columns.size();) {
    std::size_t j = i;
    while (j < columns.size() && columns[j].task == columns[i].task) ++j;
    tasks +=
        fmt::format(" & \\multicolumn{{{}}}{{c}}{{{}}}", j - i, latex(task_title(columns[i].task)));
    i = j;
  }
  for (const Column& c : columns) heads += " & " + latex(c.title);
  out += levels + " \\\\\n" + rules + "\n" + tasks + " \\\\\nModel" + heads + " \\\\\n\\midrule\n";
  for (const std::string& model : models) {
    out += latex(model);
    for (const Column& c : columns) {
      const auto bold = best_group(c.rows);
      const auto at = std::ranges::find_if(c.rows, [&](const auto* r) { return r->run == model; });
      if (at == c.rows.end() || !(*at)->value) {
        out += " & --";
        continue;
      }
      const std::string value = percent((*at)->value);
      out += " & " + (bold.contains(*at) ? "\\textbf{" + value + "}" : value) + half_width(**at);
    }
    out += " \\\\\n";
  }
  out +=
      "\\bottomrule\n\\end{tabular}\n\\caption{Headline metrics in percent with half widths of "
      "95\\,\\% intervals. Bold: the best model and those whose interval reaches its own, where "
      "that is not everyone.";
  std::set<std::string> sizes;
  for (const TableRow& row : rows) {
    sizes.insert(
        fmt::format("{}: $n={}$, rules {}", latex(task_title(row.task)), row.n, row.rules));
  }
  for (const std::string& s : sizes) out += " " + s + ".";
  out +=
      "}\n\\end{table}\n\n\\paragraph{Methods.} Models were evaluated with the CLUE tasks "
      "\\cite{clue}. Answers that could not be parsed, were cut or refused count as wrong; "
      "only infrastructure failures are missing. Intervals are percentile bootstrap intervals "
      "over samples, drawn by patient or letter where the task groups them. ROUGE follows "
      "\\cite{rouge}, BERTScore \\cite{bertscore}.";
  for (const std::string& s : signatures) out += " " + latex(s) + ".";
  return out + "\n";
}

std::string references_bib() {
  return R"(@article{clue,
  title = {{CLUE}: A Clinical Language Understanding Evaluation for {LLMs}},
  author = {Dada, Amin and others},
  journal = {arXiv preprint arXiv:2404.04067},
  year = {2024}
}
@inproceedings{rouge,
  title = {{ROUGE}: A Package for Automatic Evaluation of Summaries},
  author = {Lin, Chin-Yew},
  booktitle = {Text Summarization Branches Out},
  year = {2004}
}
@inproceedings{bertscore,
  title = {{BERTScore}: Evaluating Text Generation with {BERT}},
  author = {Zhang, Tianyi and Kishore, Varsha and Wu, Felix and Weinberger, Kilian Q. and Artzi, Yoav},
  booktitle = {International Conference on Learning Representations},
  year = {2020}
}
)";
}

}  // namespace clue::report
