#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace clue::cli {
namespace {

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string pad(const std::string& text, std::size_t to, bool right) {
  const std::string blanks(to - std::min(to, width(text)), ' ');
  return right ? blanks + text : text + blanks;
}

std::size_t count(const run::TaskResults& t, const char* status) {
  const auto it = t.statuses.find(status);
  return it == t.statuses.end() ? 0 : it->second;
}

std::string marks(const run::TaskResults& t) {
  std::string out;
  const auto add = [&](const std::string& mark) { out += (out.empty() ? "" : ", ") + mark; };
  if (t.pass.facts.examples) add("EXAMPLES");
  if (t.subset()) add("SUBSET");
  if (!t.complete()) {
    add(fmt::format("INCOMPLETE {}/{}", t.pass.done - t.pass.errors, t.pass.facts.planned));
  }
  return out;
}

}  // namespace

std::string percent(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value * 100) : "-";
}

std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows,
                         const std::vector<bool>& right) {
  std::vector<std::size_t> widths;
  for (const std::string& h : header) widths.push_back(width(h));
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (c > 0) text += "  ";
      text += pad(cells[c], widths[c], c < right.size() && right[c]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line(header);
  std::vector<std::string> rule;
  for (const std::size_t w : widths) rule.emplace_back(w, '-');
  line(rule);
  for (const auto& row : rows) line(row);
  return out;
}

std::string results_table(const std::vector<run::RunResults>& runs) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> reasons;
  std::vector<std::string> levels;
  for (const run::RunResults& r : runs) {
    for (const run::TaskResults& t : r.tasks) {
      bool first = true;
      for (const core::Summary& s : t.metrics) {
        const std::string interval =
            s.ci_low ? fmt::format("{} – {}", percent(s.ci_low), percent(s.ci_high)) : "";
        const std::string reason = s.metric + ": " + s.why;
        if (!s.mean && !s.why.empty() &&
            std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
          reasons.push_back(reason);
        }
        rows.push_back({first ? r.model.name : "", first ? t.pass.facts.spec.task : "",
                        s.metric + (s.headline ? " *" : ""), percent(s.mean), interval,
                        std::to_string(s.n), first ? std::to_string(count(t, "none")) : "",
                        first ? std::to_string(count(t, "cut") + count(t, "cut_reasoning")) : "",
                        first ? std::to_string(count(t, "refused")) : "",
                        first ? std::to_string(count(t, "error")) : "", first ? marks(t) : ""});
        first = false;
      }
    }
    for (const auto& [name, value] : {std::pair{"level 1", r.level1}, {"level 2", r.level2}}) {
      if (value) levels.push_back(fmt::format("{}: {} {}", r.model.name, name, percent(value)));
    }
  }
  std::string out =
      format_table({"model", "task", "metric", "score", "95 % interval", "n", "unparsed", "cut",
                    "refused", "failed", ""},
                   rows, {false, false, false, true, true, true, true, true, true, true});
  for (const std::string& level : levels) out += level + "\n";
  if (!rows.empty())
    out += "* enters the task's score; percent; unparsed, cut and refused count as wrong\n";
  for (const std::string& reason : reasons) out += "- " + reason + "\n";
  return out;
}

}  // namespace clue::cli
