// Comparisons as terminal, Markdown and LaTeX tables and as the page's JSON: one set of numbers.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/catalogue.h"
#include "report/compare.h"
#include "report/format.h"
#include "report/run_facts.h"

namespace clue::report {

namespace {

using json = nlohmann::ordered_json;
using Cells = std::vector<std::string>;

json nullable(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

const Cells kHeads = {"metric",   "A",      "B",          "A - B", "95 % interval", "p",
                      "p (Holm)", "effect", "detectable", "n",     "test"};
const std::vector<bool> kRight = {false, true, true, true, true, true, true, true, true, true};

std::string interval_points(const MetricDifference& m) {
  return m.low && m.high ? points(m.low) + " to " + points(m.high) : "";
}

Cells cells(const MetricDifference& m) {
  return {m.title + (m.headline ? " *" : ""),
          percent(m.mean_a),
          percent(m.mean_b),
          points(m.diff),
          interval_points(m),
          p_value(m.p),
          m.headline ? p_value(m.p_holm) : "",
          m.effect ? fmt::format("{:.2f}", *m.effect) : "-",
          percent(m.detectable),
          std::to_string(m.n),
          m.why.empty() ? m.test : m.why};
}

const std::string& task_of(const ComparisonInput& c, const std::vector<RunInput>& runs) {
  return runs[c.run_a].passes[c.pass_a].row.facts.spec.task;
}

std::string title(const ComparisonInput& c, const std::vector<RunInput>& runs,
                  const std::vector<std::string>& names) {
  return fmt::format("{}: A = {}, B = {}", task_title(task_of(c, runs)), names[c.run_a],
                     names[c.run_b]);
}

/// What was compared, what was not, and why, a line each.
std::vector<std::string> remarks(const ComparisonInput& c) {
  std::vector<std::string> out = {
      fmt::format("{} common samples; {} only in A, {} only in B", c.common, c.only_a, c.only_b)};
  if (c.other_text > 0) {
    out.back() +=
        fmt::format(", {} with another text or reference under the same id", c.other_text);
  }
  for (const Uncommon& u : c.uncommon) {
    out.push_back(fmt::format("{} {}: {}{}", u.count, u.why, fmt::join(u.samples, ", "),
                              u.count > u.samples.size() ? ", ..." : ""));
  }
  if (c.other_prompt > 0) {
    out.push_back(
        fmt::format("{} of the common samples were asked with another prompt.", c.other_prompt));
  }
  out.insert(out.end(), c.notes.begin(), c.notes.end());
  return out;
}

std::string flips(const ComparisonInput& c) {
  return fmt::format("both right {}, only A {}, only B {}, both wrong {}", c.both, c.first,
                     c.second, c.neither);
}

/// How the p values were corrected and what "detectable" means; "" when nothing was compared.
std::string footnote(const std::vector<ComparisonInput>& all) {
  for (const ComparisonInput& c : all) {
    for (const MetricDifference& m : c.metrics) {
      if (m.family == 0) continue;
      return fmt::format(
          "* headline metric: p (Holm) is corrected over {} tests. Percent and percentage points; "
          "positive: A is better. effect: mean difference / its standard deviation. detectable: "
          "the smallest true difference found in 4 of 5 repeats.",
          m.family);
    }
  }
  return "";
}

}  // namespace

std::string comparison_text(const std::vector<ComparisonInput>& all,
                            const std::vector<RunInput>& runs) {
  const std::vector<std::string> names = run_names(runs);
  std::string out;
  for (const ComparisonInput& c : all) {
    if (!c.refused.empty()) continue;
    out += title(c, runs, names) + "\n";
    for (const std::string& remark : remarks(c)) out += "  " + remark + "\n";
    std::vector<Cells> lines;
    for (const MetricDifference& m : c.metrics) lines.push_back(cells(m));
    out += format_table(kHeads, lines, kRight);
    if (c.has_flips) out += flips(c) + "\n";
    out += '\n';
  }
  const std::string note = footnote(all);
  return note.empty() ? out : out + note + "\n";
}

std::string comparison_markdown(const std::vector<ComparisonInput>& all,
                                const std::vector<RunInput>& runs) {
  const std::vector<std::string> names = run_names(runs);
  std::string out;
  for (const ComparisonInput& c : all) {
    if (!c.refused.empty()) continue;
    out += "### " + title(c, runs, names) + "\n\n";
    for (const std::string& remark : remarks(c)) out += "- " + remark + "\n";
    std::vector<Cells> lines;
    for (const MetricDifference& m : c.metrics) lines.push_back(cells(m));
    out += "\n" + format_markdown(kHeads, lines, kRight);
    if (c.has_flips) out += "\n" + flips(c) + "\n";
    out += '\n';
  }
  const std::string note = footnote(all);
  return note.empty() ? out : out + "\\" + note + "\n";
}

std::string comparison_latex(const std::vector<ComparisonInput>& all,
                             const std::vector<RunInput>& runs) {
  const std::vector<std::string> names = run_names(runs);
  std::string out =
      "% Needs \\usepackage{booktabs}.\n\\begin{tabular}{llllrrrrrr}\n\\toprule\n"
      "A & B & Task & Metric & A & B & $A-B$ & 95\\,\\% interval & $p$ (Holm) & $n$ "
      "\\\\\n\\midrule\n";
  for (const ComparisonInput& c : all) {
    for (const MetricDifference& m : c.metrics) {
      if (!m.headline) continue;
      const Cells row = {names[c.run_a],
                         names[c.run_b],
                         task_title(task_of(c, runs)),
                         m.title,
                         percent(m.mean_a),
                         percent(m.mean_b),
                         points(m.diff),
                         interval_points(m),
                         p_value(m.p_holm),
                         std::to_string(m.n)};
      for (std::size_t i = 0; i < row.size(); ++i) out += (i > 0 ? " & " : "") + latex(row[i]);
      out += " \\\\\n";
    }
  }
  out += "\\bottomrule\n\\end{tabular}\n";
  const std::string note = footnote(all);
  return note.empty() ? out : out + "% " + note + "\n";
}

json comparisons_json(const std::vector<ComparisonInput>& comparisons,
                      const std::vector<RunInput>& runs) {
  json out = json::array();
  const std::vector<std::string> names = run_names(runs);
  for (const ComparisonInput& c : comparisons) {
    json metrics = json::array();
    for (const MetricDifference& m : c.metrics) {
      metrics.push_back({{"metric", m.metric},
                         {"title", m.title},
                         {"headline", m.headline},
                         {"n", m.n},
                         {"mean_a", nullable(m.mean_a)},
                         {"mean_b", nullable(m.mean_b)},
                         {"diff", nullable(m.diff)},
                         {"low", nullable(m.low)},
                         {"high", nullable(m.high)},
                         {"p", nullable(m.p)},
                         {"p_holm", nullable(m.p_holm)},
                         {"family", m.family},
                         {"effect", nullable(m.effect)},
                         {"detectable", nullable(m.detectable)},
                         {"test", m.test},
                         {"why", m.why}});
    }
    json flips = nullptr;
    if (c.has_flips) {
      flips = {{"metric", c.flips_metric},
               {"both", c.both},
               {"only_a", c.first},
               {"only_b", c.second},
               {"neither", c.neither}};
    }
    json uncommon = json::array();
    for (const Uncommon& u : c.uncommon) {
      uncommon.push_back({{"why", u.why}, {"count", u.count}, {"samples", u.samples}});
    }
    out.push_back({{"a", fmt::format("r{}p{}", c.run_a, c.pass_a)},
                   {"b", fmt::format("r{}p{}", c.run_b, c.pass_b)},
                   {"run_a", names[c.run_a]},
                   {"run_b", names[c.run_b]},
                   {"task", runs[c.run_a].passes[c.pass_a].row.facts.spec.task},
                   {"refused", c.refused},
                   {"common", c.common},
                   {"only_a", c.only_a},
                   {"only_b", c.only_b},
                   {"other_text", c.other_text},
                   {"other_prompt", c.other_prompt},
                   {"uncommon", uncommon},
                   {"notes", c.notes},
                   {"flips", flips},
                   {"metrics", metrics}});
  }
  return out;
}

}  // namespace clue::report
