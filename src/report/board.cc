#include "report/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "base/check.h"
#include "report/assets.h"
#include "report/catalogue.h"

namespace clue::report {

namespace {

using nlohmann::json;

/// Exact (Clopper-Pearson) ends by bisection on the binomial distribution.
double binomial_tail(std::size_t n, std::size_t k, double p) {  // P(X >= k)
  double sum = 0;
  for (std::size_t i = k; i <= n; ++i) {
    const double log_term =
        std::lgamma(static_cast<double>(n) + 1) - std::lgamma(static_cast<double>(i) + 1) -
        std::lgamma(static_cast<double>(n - i) + 1) + static_cast<double>(i) * std::log(p) +
        static_cast<double>(n - i) * std::log1p(-p);
    sum += std::exp(log_term);
  }
  return sum;
}

double bisect(std::size_t n, std::size_t k, double target) {
  double low = 1e-12;
  double high = 1 - 1e-12;
  for (int i = 0; i < 50; ++i) {
    const double mid = (low + high) / 2;
    (binomial_tail(n, k, mid) < target ? low : high) = mid;
  }
  return (low + high) / 2;
}

void exact_interval(Estimate& at, std::size_t n) {
  const auto k = static_cast<std::size_t>(std::lround(*at.value * static_cast<double>(n)));
  at.n = n;
  at.low = k == 0 ? 0.0 : bisect(n, k, 0.025);
  at.high = k == n ? 1.0 : bisect(n, k + 1, 0.975);
}

Figure missing(std::string why) {
  Figure out;
  out.why = std::move(why);
  return out;
}

json parse(std::string_view name) {
  json out = json::parse(embedded(name), nullptr, false);
  CLUE_CHECK(!out.is_discarded());
  return out;
}

std::vector<std::string_view> level_tasks(int level) {
  std::vector<std::string_view> out;
  for (const TaskText& task : task_texts()) {
    if (task.level == level && std::ranges::find(out, task.board) == out.end()) {
      out.push_back(task.board);
    }
  }
  return out;
}

const core::Summary* summary(const PassInput& pass, std::string_view metric) {
  for (const core::Summary& s : pass.summaries) {
    if (s.metric == metric) return &s;
  }
  // Metric names with and without the last "_f1" mean the same figure; UMLS-F1 has two names.
  const std::string_view other = metric == "concept_f1" ? "umls_f1" : metric;
  for (const core::Summary& s : pass.summaries) {
    if (s.metric == other || s.metric + "_f1" == metric) return &s;
  }
  return nullptr;
}

std::string whole(const PassInput& pass) {
  const store::PassFacts& facts = pass.row.facts;
  if (facts.limit > 0) return fmt::format("a subset of {} samples", facts.limit);
  if (facts.examples) return "the shipped examples, not the real data";
  if (pass.row.errors > 0) return fmt::format("{} samples failed", pass.row.errors);
  if (pass.row.done < facts.planned) {
    return fmt::format("{} of {} samples are there", pass.row.done, facts.planned);
  }
  return "";
}

/// A task's figure out of its parts (LongHealth has three, the others one).
struct Part {
  Figure figure;
  std::string not_whole;
};

Part part_score(const TaskText& text, const PassInput& pass, const PassTally& tally,
                std::map<std::string, Figure>& metrics) {
  Part out;
  out.not_whole = whole(pass);
  double sum = 0;
  for (const MetricText& metric : text.headline) {
    Figure figure;
    const core::Summary* s = summary(pass, metric.name);
    if (s == nullptr || !s->mean) {
      figure.why = s == nullptr || s->why.empty() ? "not measured" : s->why;
      out.figure.why = fmt::format("{}: {}", metric.title, figure.why);
    } else {
      figure.at = {s->mean, s->ci_low, s->ci_high, s->n};
      figure.method = s->ci_method;
      sum += *s->mean;
    }
    metrics[fmt::format("{}/{}", text.board, metric.published)] = figure;
    if (text.headline.size() == 1) out.figure = figure;
  }
  if (!out.figure.why.empty() || text.headline.size() == 1) return out;
  out.figure.at = clustered_mean(tally.task_scores);
  const double mean = sum / static_cast<double>(text.headline.size());
  if (!tally.task_score_complete || !out.figure.at.value ||
      std::abs(*out.figure.at.value - mean) > 1e-6) {
    out.figure.at.low = out.figure.at.high = std::nullopt;
  }
  out.figure.at.value = mean;
  out.figure.method = "normal interval of the per-sample mean, clustered";
  return out;
}

/// Mean of independent parts: half widths add in squares.
Figure mean_of(const std::vector<Figure>& parts, std::string method) {
  Figure out;
  double sum = 0;
  double squares = 0;
  bool all = true;
  for (const Figure& part : parts) {
    if (!part.at.value) return missing(part.why.empty() ? "not measured" : part.why);
    sum += *part.at.value;
    if (part.at.low && part.at.high) {
      squares += std::pow((*part.at.high - *part.at.low) / 2, 2);
    } else {
      all = false;
    }
  }
  const double n = static_cast<double>(parts.size());
  out.at.value = sum / n;
  if (all) {
    const double half = std::sqrt(squares) / n;
    out.at.low = std::max(0.0, *out.at.value - half);
    out.at.high = std::min(1.0, *out.at.value + half);
    out.method = std::move(method);
  }
  return out;
}

using Range = std::optional<std::pair<std::size_t, std::size_t>>;

void ranks(std::vector<BoardRow*>& rows, Figure BoardRow::*level, Range BoardRow::*rank) {
  for (BoardRow* row : rows) {
    const Estimate& me = (row->*level).at;
    if (!row->on_board || !me.value) continue;
    std::size_t best = 1;
    std::size_t worst = 1;
    for (const BoardRow* other : rows) {
      const Estimate& it = (other->*level).at;
      if (other == row || !other->on_board || !it.value) continue;
      if (it.low.value_or(*it.value) > me.high.value_or(*me.value)) ++best;
      if (it.high.value_or(*it.value) >= me.low.value_or(*me.value)) ++worst;
    }
    row->*rank = {best, std::max(best, worst)};
  }
}

}  // namespace

std::optional<double> level_score(
    int level, const std::map<std::string, std::map<std::string, double>>& metrics_by_task) {
  double sum = 0;
  const auto tasks = level_tasks(level);
  for (const std::string_view task : tasks) {
    const auto found = metrics_by_task.find(std::string(task));
    if (found == metrics_by_task.end() || found->second.empty()) return std::nullopt;
    double task_sum = 0;
    for (const auto& [name, value] : found->second) task_sum += value;
    sum += task_sum / static_cast<double>(found->second.size());
  }
  return sum / static_cast<double>(tasks.size());
}

Board published_board() {
  const json data = parse("published_results.json");
  const json models = parse("models.json").at("models");
  Board board;
  board.about = data.value("about", "");
  for (const auto& [name, tasks] : data.at("results").items()) {
    BoardRow row;
    row.id = row.name = name;
    if (const auto m = models.find(name); m != models.end()) {
      row.family = m->value("family", "");
      row.domain = m->value("domain", "");
      if (m->contains("size_b")) row.size_b = m->at("size_b").get<double>();
      if (m->contains("tuned_from")) {
        board.pairs.push_back({m->at("tuned_from"), name, row.domain, "card"});
      }
    }
    for (const auto& [task, metrics] : tasks.items()) {
      double sum = 0;
      for (const auto& [metric, value] : metrics.items()) {
        Figure figure;
        figure.at.value = value.get<double>() / 100;
        sum += *figure.at.value;
        row.metrics[task + "/" + metric] = figure;
      }
      Figure score;
      score.at.value = sum / static_cast<double>(metrics.size());
      if (task == "MedNLI") {
        exact_interval(score.at, 1419);
        score.method = "exact binomial interval from the published number of items";
        row.metrics["MedNLI/accuracy"] = score;
      }
      row.scores[task] = score;
    }
    const json level = data.at("levels").value(name, json::object());
    for (const auto& [key, place] : {std::pair("level1", &row.level1), {"level2", &row.level2}}) {
      if (level.contains(key)) place->at.value = level.at(key).get<double>() / 100;
    }
    board.rows.push_back(std::move(row));
  }
  for (const auto& [base, tuned] : data.at("derived_from").items()) {
    for (const auto& name : tuned) {
      const std::string domain = models.contains(name) ? models.at(name).value("domain", "") : "";
      board.pairs.push_back({base, name, domain, "published"});
    }
  }
  return board;
}

BoardRow run_row(const RunInput& run, const std::vector<PassTally>& tallies, const std::string& id,
                 const std::string& name) {
  BoardRow row;
  row.id = "run:" + id;
  row.mine = true;
  row.run = id;
  row.name = name;
  if (run.passes.empty()) {
    row.on_board = false;
    return row;
  }
  const core::ModelInfo& model = run.passes.front().row.facts.model;
  const auto detail = [&](const char* key) {
    const auto found = model.details.find(key);
    return found == model.details.end() ? std::string() : found->second;
  };
  row.family = detail("family");
  row.domain = detail("domain");
  const core::RuleSet rules = run.passes.front().rules;
  std::string not_whole;
  for (const int level : {1, 2}) {
    std::vector<Figure> tasks;
    for (const std::string_view board_task : level_tasks(level)) {
      std::vector<Figure> parts;
      bool complete = true;
      for (const TaskText& text : task_texts()) {
        if (text.board != board_task) continue;
        const auto pass = std::ranges::find_if(run.passes, [&](const PassInput& p) {
          return p.row.facts.spec.task == text.name && p.rules == rules;
        });
        if (pass == run.passes.end()) {
          complete = false;
          continue;
        }
        const auto index = static_cast<std::size_t>(pass - run.passes.begin());
        const Part part = part_score(text, *pass, tallies[index], row.metrics);
        if (!part.not_whole.empty()) not_whole = fmt::format("{}: {}", text.title, part.not_whole);
        parts.push_back(part.figure);
      }
      Figure task = missing("not run");
      if (complete && !parts.empty()) {
        task = parts.size() == 1 ? parts[0]
                                 : mean_of(parts, "half widths of the parts added in squares");
        row.scores[std::string(board_task)] = task;
      } else {
        task.why = fmt::format("{} was not run", board_task);
      }
      tasks.push_back(task);
    }
    Figure& figure = level == 1 ? row.level1 : row.level2;
    figure = not_whole.empty() ? mean_of(tasks, "half widths of the three tasks added in squares")
                               : missing(not_whole);
  }
  row.on_board = not_whole.empty() && (row.level1.at.value || row.level2.at.value);
  return row;
}

void add_runs(Board& board, std::vector<BoardRow> rows, const std::vector<RunInput>& runs) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (runs[i].passes.empty()) continue;
    const core::ModelInfo& model = runs[i].passes.front().row.facts.model;
    const auto base = model.details.find("base_model");
    if (base == model.details.end()) continue;
    for (const BoardRow& row : board.rows) {
      if (row.name == base->second) {
        board.pairs.push_back({row.id, rows[i].id, rows[i].domain, "run"});
      }
    }
    for (const BoardRow& row : rows) {
      if (row.name == base->second) {
        board.pairs.push_back({row.id, rows[i].id, rows[i].domain, "run"});
      }
    }
  }
  std::vector<BoardRow*> mine;
  for (BoardRow& row : rows) mine.push_back(&row);
  ranks(mine, &BoardRow::level1, &BoardRow::rank1);
  ranks(mine, &BoardRow::level2, &BoardRow::rank2);
  std::ranges::move(rows, std::back_inserter(board.rows));
}

}  // namespace clue::report
