// The board as the page reads it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "report/board.h"
#include "report/catalogue.h"

namespace clue::report {

namespace {

using json = nlohmann::ordered_json;

json nullable(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

json figure_json(const Figure& f) {
  return {{"value", nullable(f.at.value)},
          {"low", nullable(f.at.low)},
          {"high", nullable(f.at.high)},
          {"n", f.at.n > 0 ? json(f.at.n) : json(nullptr)},
          {"method", f.method},
          {"why", f.why}};
}

}  // namespace

json board_json(const Board& board) {
  json columns = json::array();
  std::set<std::string_view> seen;
  for (const TaskText& task : task_texts()) {
    if (!seen.insert(task.board).second) continue;
    json metrics = json::array();
    for (const TaskText& part : task_texts()) {
      if (part.board != task.board) continue;
      for (const MetricText& m : part.headline) {
        metrics.push_back(
            {{"key", fmt::format("{}/{}", part.board, m.published)}, {"title", m.title}});
      }
    }
    columns.push_back(
        {{"key", task.board}, {"title", task.board}, {"level", task.level}, {"metrics", metrics}});
  }
  json rows = json::array();
  const auto range = [](const std::optional<std::pair<std::size_t, std::size_t>>& r) {
    return r ? json::array({r->first, r->second}) : json(nullptr);
  };
  for (const BoardRow& row : board.rows) {
    json scores = json::object();
    json metrics = json::object();
    for (const auto& [key, figure] : row.scores) scores[key] = figure_json(figure);
    for (const auto& [key, figure] : row.metrics) metrics[key] = figure_json(figure);
    rows.push_back({{"id", row.id},
                    {"source", row.mine ? "run" : "published"},
                    {"run", row.run},
                    {"name", row.name},
                    {"family", row.family},
                    {"size_b", nullable(row.size_b)},
                    {"domain", row.domain},
                    {"on_board", row.on_board},
                    {"level1", figure_json(row.level1)},
                    {"level2", figure_json(row.level2)},
                    {"rank1", range(row.rank1)},
                    {"rank2", range(row.rank2)},
                    {"tie1", row.tie1 ? json(*row.tie1) : json(nullptr)},
                    {"tie2", row.tie2 ? json(*row.tie2) : json(nullptr)},
                    {"scores", scores},
                    {"metrics", metrics}});
  }
  json pairs = json::array();
  for (const BoardPair& pair : board.pairs) {
    json scores = json::object();
    for (const auto& [key, s] : pair.scores) {
      scores[key] = {{"base", nullable(s.base)},
                     {"tuned", nullable(s.tuned)},
                     {"diff", nullable(s.diff)},
                     {"low", nullable(s.low)},
                     {"high", nullable(s.high)}};
    }
    pairs.push_back({{"base", pair.base},
                     {"tuned", pair.tuned},
                     {"domain", pair.domain},
                     {"source", pair.source},
                     {"scores", scores}});
  }
  return {{"about", board.about}, {"columns", columns}, {"rows", rows}, {"pairs", pairs}};
}

}  // namespace clue::report
