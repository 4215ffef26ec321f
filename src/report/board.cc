#include "report/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <tuple>

#include "base/check.h"
#include "metrics/stats.h"
#include "report/assets.h"
#include "report/catalogue.h"

namespace clue::report {

namespace {

using nlohmann::json;

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

constexpr const char* kLinear = "95 % t interval by linearisation, samples clustered";

/// One task's figure, and why its level may have none.
struct TaskFigure {
  Figure figure;
  std::string not_whole;
};

TaskFigure task_figure(const TaskText& text, const PassInput& pass, const PassTally& tally,
                       BoardRow& row) {
  TaskFigure out;
  out.not_whole = whole(pass);
  double sum = 0;
  for (const MetricText& metric : text.headline) {
    Figure figure;
    const core::Summary* s = summary(pass, metric.name);
    const std::string key = fmt::format("{}/{}", text.board, metric.published);
    if (s == nullptr || !s->mean || s->missing > 0) {
      figure.why = s == nullptr || s->why.empty() ? "not measured on every sample" : s->why;
      out.figure.why = fmt::format("{}: {}", metric.title, figure.why);
    }
    if (s != nullptr && s->mean) {
      figure.at = {s->mean, s->ci_low, s->ci_high, s->n};
      figure.method = s->ci_method;
      if (metric.name.starts_with("concept")) {
        figure.method = metric_title(s->metric, s->signature) + "; " + figure.method;
      }
      row.signatures[key] = pinned(s->signature);
      sum += *s->mean;
    }
    row.metrics[key] = figure;
    if (text.headline.size() == 1 && out.figure.why.empty()) out.figure = figure;
  }
  if (!out.figure.why.empty() || text.headline.size() == 1) return out;
  out.figure.at = as_share(clustered_mean(tally.task_scores));
  const double mean = sum / static_cast<double>(text.headline.size());
  // The published aggregation counts a sample twice: its mean is not the samples'.
  if (!tally.task_score_complete || !out.figure.at.value ||
      std::abs(*out.figure.at.value - mean) > 1e-6) {
    out.figure.at.low = out.figure.at.high = std::nullopt;
  }
  out.figure.at.value = mean;
  out.figure.method = kLinear;
  return out;
}

/// Mean of figures; interval over all their samples at once, so that patients who appear in several
/// parts count once.
Figure mean_of(const std::vector<Figure>& figures, const std::vector<Part>& parts) {
  Figure out;
  double sum = 0;
  bool all = true;
  for (const Figure& figure : figures) {
    if (!figure.at.value) return missing(figure.why.empty() ? "not measured" : figure.why);
    sum += *figure.at.value;
    all = all && figure.at.low && figure.at.high;
  }
  out.at.value = sum / static_cast<double>(figures.size());
  const Estimate e = clustered_mean(parts);
  if (all && e.error) {
    out.at.low = std::max(0.0, *out.at.value - (*e.value - *e.low));
    out.at.high = std::min(1.0, *out.at.value + (*e.high - *e.value));
    out.at.n = e.n;
    out.method = kLinear;
  }
  return out;
}

/// Difference a - b of composite scores over common samples.
Estimate difference(const std::vector<Part>& a, const std::vector<Part>& b) {
  if (a.size() != b.size()) return {};
  std::vector<std::vector<Scored>> values(a.size());
  std::vector<Part> parts;
  for (std::size_t i = 0; i < a.size(); ++i) {
    values[i] = paired(*a[i].values, *b[i].values);
    parts.push_back({&values[i], a[i].weight});
  }
  return clustered_mean(parts);
}

std::vector<Part> level_parts(const BoardRow& row, int level) {
  std::vector<Part> out;
  const auto tasks = level_tasks(level);
  for (const std::string_view task : tasks) {
    for (Part part : row.samples.at(std::string(task))) {
      part.weight /= static_cast<double>(tasks.size());
      out.push_back(part);
    }
  }
  return out;
}

/// Two-sided p of "equal level scores"; 1 where rules or signatures differ: nothing is claimed.
double level_p(const BoardRow& a, const BoardRow& b, int level) {
  if (a.rules != b.rules || a.signatures != b.signatures) return 1;
  const Estimate d = difference(level_parts(a, level), level_parts(b, level));
  if (!d.value || !d.error) return 1;
  if (*d.error == 0) return *d.value == 0 ? 1 : 0;
  return std::erfc(std::abs(*d.value) / *d.error / std::sqrt(2.0));
}

void rank(std::vector<BoardRow*> rows, int level) {
  const auto figure = level == 1 ? &BoardRow::level1 : &BoardRow::level2;
  std::erase_if(rows, [&](const BoardRow* r) { return !r->on_board || !(r->*figure).at.value; });
  std::vector<double> means, p;
  for (const BoardRow* row : rows) means.push_back(*(row->*figure).at.value);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) p.push_back(level_p(*rows[i], *rows[j], level));
  }
  const std::vector<double> corrected = metrics::holm(p);
  std::vector<std::vector<double>> table(rows.size(), std::vector<double>(rows.size(), 1));
  std::size_t next = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) table[i][j] = table[j][i] = corrected[next++];
  }
  const std::vector<metrics::Placing> places = metrics::place(means, table);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    (level == 1 ? rows[i]->rank1 : rows[i]->rank2) = {places[i].best, places[i].worst};
    (level == 1 ? rows[i]->tie1 : rows[i]->tie2) = places[i].tie_group;
  }
}

void fill(BoardPair& pair, const BoardRow& base, const BoardRow& tuned) {
  for (const auto& [key, from] : base.scores) {
    const auto to = tuned.scores.find(key);
    if (to == tuned.scores.end()) continue;
    PairScore score{from.at.value, to->second.at.value, {}, {}, {}};
    if (score.base && score.tuned) {
      score.diff = *score.tuned - *score.base;
      const auto a = tuned.samples.find(key);
      const auto b = base.samples.find(key);
      if (a != tuned.samples.end() && b != base.samples.end() && base.rules == tuned.rules) {
        const Estimate d = difference(a->second, b->second);
        if (d.error) {
          score.low = *score.diff - (*d.value - *d.low);
          score.high = *score.diff + (*d.high - *d.value);
        }
      }
    }
    pair.scores[key] = score;
  }
}

}  // namespace

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
        constexpr std::size_t kItems = 1419;
        const auto right = std::lround(*score.at.value * static_cast<double>(kItems));
        score.at.n = kItems;
        std::tie(score.at.low, score.at.high) =
            metrics::clopper_pearson(static_cast<std::size_t>(right), kItems);
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
  row.rules = run.passes.front().rules;
  std::string not_whole;
  for (const int level : {1, 2}) {
    std::vector<Figure> tasks;
    for (const std::string_view board_task : level_tasks(level)) {
      std::vector<Figure> figures;
      std::vector<Part> parts;
      bool complete = true;
      for (const TaskText& text : task_texts()) {
        if (text.board != board_task) continue;
        const auto pass = std::ranges::find_if(run.passes, [&](const PassInput& p) {
          return p.row.facts.spec.task == text.name && p.rules == row.rules;
        });
        if (pass == run.passes.end()) {
          complete = false;
          continue;
        }
        const PassTally& tally = tallies[static_cast<std::size_t>(pass - run.passes.begin())];
        const TaskFigure part = task_figure(text, *pass, tally, row);
        if (!part.not_whole.empty()) not_whole = fmt::format("{}: {}", text.title, part.not_whole);
        figures.push_back(part.figure);
        parts.push_back({&tally.task_scores, 1});
      }
      Figure task = missing(fmt::format("{} was not run", board_task));
      if (complete && !figures.empty()) {
        for (Part& part : parts) part.weight = 1 / static_cast<double>(parts.size());
        task = figures.size() == 1 ? figures[0] : mean_of(figures, parts);
        row.scores[std::string(board_task)] = task;
        row.samples[std::string(board_task)] = parts;
      }
      tasks.push_back(task);
    }
    const bool all =
        std::ranges::all_of(tasks, [](const Figure& f) { return f.at.value.has_value(); });
    (level == 1 ? row.level1 : row.level2) =
        !not_whole.empty() ? missing(not_whole)
                           : mean_of(tasks, all ? level_parts(row, level) : std::vector<Part>());
  }
  row.on_board = not_whole.empty() && (row.level1.at.value || row.level2.at.value);
  return row;
}

void add_runs(Board& board, std::vector<BoardRow> rows, const std::vector<RunInput>& runs,
              const std::vector<std::pair<std::size_t, std::size_t>>& pairs) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (runs[i].passes.empty()) continue;
    const core::ModelInfo& model = runs[i].passes.front().row.facts.model;
    const auto base = model.details.find("base_model");
    if (base == model.details.end()) continue;
    for (const auto* list : {&board.rows, &rows}) {
      for (const BoardRow& row : *list) {
        if (row.name == base->second) {
          board.pairs.push_back({row.id, rows[i].id, rows[i].domain, "run"});
        }
      }
    }
  }
  for (const auto& [base, tuned] : pairs) {
    const auto known = std::ranges::any_of(board.pairs, [&](const BoardPair& p) {
      return p.base == rows[base].id && p.tuned == rows[tuned].id;
    });
    if (!known) board.pairs.push_back({rows[base].id, rows[tuned].id, rows[tuned].domain, "run"});
  }
  std::vector<BoardRow*> mine;
  for (BoardRow& row : rows) mine.push_back(&row);
  rank(mine, 1);
  rank(mine, 2);
  std::ranges::move(rows, std::back_inserter(board.rows));
  std::map<std::string_view, const BoardRow*> by_id;
  for (const BoardRow& row : board.rows) by_id[row.id] = &row;
  std::erase_if(board.pairs, [&](const BoardPair& pair) {
    return !by_id.contains(pair.base) || !by_id.contains(pair.tuned);
  });
  for (BoardPair& pair : board.pairs) fill(pair, *by_id[pair.base], *by_id[pair.tuned]);
}

}  // namespace clue::report
