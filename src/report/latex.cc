// The paper layout: a table, its footnote, a methods paragraph and what that cites. Every sentence
// is made of what the runs hold; nothing is claimed that was not done.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "core/names.h"
#include "metrics/stats.h"
#include "report/catalogue.h"
#include "report/format.h"
#include "report/run_facts.h"
#include "report/scores.h"
#include "report/table.h"

namespace clue::report {

namespace {

struct Column {
  int level = 0;
  std::string task, title, metric;
  std::vector<const TableRow*> rows;
  const TableRow* best = nullptr;  ///< significantly better than every other; else null
};

std::string half_width(const TableRow& row) {
  if (!row.value || !row.low || !row.high) return "";
  return fmt::format("{{\\scriptsize\\,$\\pm$\\,{}}}", percent((*row.high - *row.low) / 2));
}

/// The row that leads its column outside every tie: paired tests of the best against each other
/// row, corrected over the column. Null: tied, alone, or not comparable.
Result<const TableRow*> leader(const Column& column, ScoreCache& cache) {
  const TableRow* best = nullptr;
  std::size_t measured = 0;
  for (const TableRow* row : column.rows) {
    if (!row->value) continue;
    ++measured;
    if (best == nullptr || *row->value > *best->value) best = row;
  }
  if (measured < 2) return nullptr;
  CLUE_TRY(const PassScores* top, cache.get(best->run_index, best->pass_index));
  std::vector<double> p;
  for (const TableRow* row : column.rows) {
    if (row == best || !row->value) continue;
    if (row->rules != best->rules || pinned(row->signature) != pinned(best->signature))
      return nullptr;
    CLUE_TRY(const PassScores* other, cache.get(row->run_index, row->pass_index));
    const PairedColumn pair = paired_column(*top, *other, column.metric);
    const auto test = metrics::compare_paired(pair.a, pair.b, pair.clusters, {.draws = 2000});
    p.push_back(test ? test->p_sign_flip : 1.0);
  }
  const std::vector<double> corrected = metrics::holm(p);
  return std::ranges::all_of(corrected, [](double v) { return v < 0.05; }) ? best : nullptr;
}

std::string model_name(const TableRow& row) {
  return row.run + (row.rules == "clue-2024" ? " (clue-2024 rules)" : "");
}

Result<std::vector<Column>> columns_of(const std::vector<TableRow>& rows, ScoreCache& cache) {
  std::vector<Column> out;
  for (const TableRow& row : rows) {
    if (!row.headline) continue;
    const TaskText* text = find_task_text(row.task);
    auto found = std::ranges::find_if(
        out, [&](const Column& c) { return c.task == row.task && c.metric == row.metric; });
    if (found == out.end()) {
      out.push_back({text != nullptr ? text->level : 3, row.task, row.title, row.metric, {}});
      found = out.end() - 1;
    }
    if (found->title != row.title) found->title = metric_title(row.metric);
    found->rows.push_back(&row);
  }
  std::ranges::stable_sort(out, {}, &Column::level);
  for (Column& column : out) {
    CLUE_TRY(column.best, leader(column, cache));
  }
  return out;
}

/// "a", "a and b", "a, b and c".
std::string listing(const std::set<std::string>& items) {
  std::string out;
  std::size_t i = 0;
  for (const std::string& item : items) {
    out += i == 0 ? "" : i + 1 == items.size() ? " and " : ", ";
    out += item;
    ++i;
  }
  return out;
}

/// Facts of all passes, each with the tasks or models it holds for where they differ.
struct Facts {
  std::set<std::string> sizes, prompts, shots, rules, weights, decoding, engines, marks;
  std::set<std::string> signatures, methods;
  bool rouge = false, bertscore = false, umls = false;
};

Facts facts_of(const std::vector<RunInput>& runs, const std::vector<TableRow>& rows) {
  Facts out;
  const std::vector<std::string> names = run_names(runs);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (const PassInput& pass : runs[r].passes) {
      const store::PassFacts& f = pass.row.facts;
      const std::string task = task_title(f.spec.task);
      out.prompts.insert(f.spec.prompt_set);
      out.shots.insert(fmt::format("{} {}", task, f.spec.shots));
      out.rules.insert(std::string(core::name(pass.rules)));
      out.engines.insert(f.spec.engine);
      out.decoding.insert(f.spec.decoding.temperature > 0
                              ? fmt::format("sampling at temperature {}, seed {}",
                                            f.spec.decoding.temperature, f.spec.decoding.seed)
                              : std::string("greedy decoding"));
      for (const char* key : {"quantisation", "file_type"}) {
        const auto found = f.model.details.find(key);
        if (found == f.model.details.end()) continue;
        out.weights.insert(names[r] + ": " + found->second);
        break;
      }
      if (f.examples) out.marks.insert(task + " on invented examples");
      if (f.limit > 0) out.marks.insert(fmt::format("{} on a subset of {}", task, f.limit));
      for (const core::Summary& s : pass.summaries) {
        if (!s.mean || !s.headline) continue;
        if (!s.ci_method.empty()) out.methods.insert(s.ci_method.substr(0, s.ci_method.find(',')));
        out.rouge |= s.metric.starts_with("rouge");
        out.bertscore |= s.metric.starts_with("bertscore");
        out.umls |= s.signature.starts_with("UMLS F1");
      }
    }
  }
  for (const TableRow& row : rows) {
    if (!row.headline || !row.value) continue;
    out.sizes.insert(fmt::format("{} $n={}$", latex(task_title(row.task)), row.n));
    if (!row.signature.empty())
      out.signatures.insert(row.title + " [" + std::string(pinned(row.signature)) + "]");
  }
  return out;
}

/// The columns of one level as a tabular of its own: all of them side by side would be unreadable.
std::string level_block(std::span<const Column> columns, const std::vector<std::string>& models) {
  std::string tasks, rules, metrics;
  for (std::size_t i = 0; i < columns.size();) {
    std::size_t j = i;
    while (j < columns.size() && columns[j].task == columns[i].task) ++j;
    tasks +=
        fmt::format(" & \\multicolumn{{{}}}{{c}}{{{}}}", j - i, latex(task_title(columns[i].task)));
    rules += fmt::format("\\cmidrule(lr){{{}-{}}}", i + 2, j + 1);
    i = j;
  }
  for (const Column& c : columns) metrics += " & " + latex(c.title);
  const int level = columns.front().level;
  std::string out =
      "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n\\begin{tabular}{"
      "l" +
      std::string(columns.size(), 'r') + "}\n\\toprule\n" +
      (level == 3 ? std::string("Own tasks") : fmt::format("Level {}", level)) + tasks + " \\\\\n" +
      rules + "\nModel" + metrics + " \\\\\n\\midrule\n";
  for (const std::string& model : models) {
    out += latex(model);
    for (const Column& c : columns) {
      const auto at =
          std::ranges::find_if(c.rows, [&](const auto* r) { return model_name(*r) == model; });
      if (at == c.rows.end() || !(*at)->value) {
        out += " & --";
        continue;
      }
      const std::string value = percent((*at)->value);
      out += " & " + (c.best == *at ? "\\textbf{" + value + "}" : value) + half_width(**at);
    }
    out += " \\\\\n";
  }
  return out + "\\bottomrule\n\\end{tabular}}\n";
}

std::string footnote(const Facts& f) {
  std::string out = "\\par\\medskip\n{\\raggedright\\footnotesize " + listing(f.sizes) +
                    ". Prompts: " + latex(listing(f.prompts)) +
                    "; examples in the prompt: " + latex(listing(f.shots)) +
                    ". Rules: " + latex(listing(f.rules)) + ". ";
  if (!f.weights.empty()) out += "Weights: " + latex(listing(f.weights)) + ". ";
  if (!f.marks.empty()) out += "\\textbf{" + latex(listing(f.marks)) + ".} ";
  if (!f.signatures.empty()) out += "Signatures: " + latex(listing(f.signatures)) + ".";
  return out + "\\par}\n";
}

std::string methods(const Facts& f) {
  std::string out =
      "\\paragraph{Methods.} The runs follow the CLUE tasks \\cite{clue} as implemented in clue " +
      latex(CLUE_VERSION) + ", with " + latex(listing(f.decoding)) + " (engine " +
      latex(listing(f.engines)) +
      "). Answers that could not be parsed, were cut or refused count "
      "as wrong; infrastructure failures are missing.";
  if (f.rouge) out += " ROUGE follows \\cite{rouge}.";
  if (f.bertscore) out += " BERTScore follows \\cite{bertscore}.";
  if (f.umls) out += " Concepts were linked to the UMLS \\cite{umls}.";
  if (!f.methods.empty()) {
    out += " Intervals are 95\\,\\% intervals (" + latex(listing(f.methods)) +
           ") over samples, drawn by patient or letter where the data names them.";
  }
  return out + "\n";
}

}  // namespace

Result<std::string> latex_paper(const std::vector<RunInput>& runs) {
  CLUE_TRY(const std::vector<TableRow> rows, table_rows(runs));
  ScoreCache cache(runs);
  CLUE_TRY(const std::vector<Column> columns, columns_of(rows, cache));
  if (columns.empty()) {
    return Error{ErrorCode::not_found, "these runs have no scored headline metric yet"};
  }
  std::vector<std::string> models;
  for (const TableRow& row : rows) {
    const std::string name = model_name(row);
    if (std::ranges::find(models, name) == models.end()) models.push_back(name);
  }
  std::string out =
      "% Needs \\usepackage{booktabs,graphicx} and \\bibliography{references}.\n"
      "\\begin{table}\n\\centering\n";
  for (std::size_t i = 0; i < columns.size();) {
    std::size_t j = i;
    while (j < columns.size() && columns[j].level == columns[i].level) ++j;
    if (i > 0) out += "\n\\medskip\n";
    out += level_block(std::span(columns).subspan(i, j - i), models);
    i = j;
  }
  out += "\\caption{Headline metrics in percent, with half widths of 95\\,\\% intervals.";
  if (std::ranges::any_of(columns, [](const Column& c) { return c.best != nullptr; })) {
    out +=
        " Bold: better than every other model of the column (paired sign-flip tests, "
        "Holm-corrected over the column, 5\\,\\%); models that tie are not bold.";
  }
  const Facts facts = facts_of(runs, rows);
  return out + "}\n" + footnote(facts) + "\\end{table}\n\n" + methods(facts);
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
@article{umls,
  title = {The Unified Medical Language System ({UMLS}): integrating biomedical terminology},
  author = {Bodenreider, Olivier},
  journal = {Nucleic Acids Research},
  volume = {32},
  pages = {D267--D270},
  year = {2004}
}
)";
}

}  // namespace clue::report
