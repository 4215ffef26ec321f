#include "report/breakdowns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace clue::report {

namespace {

using json = nlohmann::ordered_json;
using Point = PassTally::Point;

json nullable(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

/// At most `parts` groups of about equal size; equal lengths stay together.
std::vector<int> length_edges(std::vector<Point> points, std::size_t parts) {
  std::ranges::sort(points, {}, &Point::prompt_tokens);
  std::vector<int> edges;
  for (std::size_t i = 1; i < parts; ++i) {
    const int edge = points[points.size() * i / parts].prompt_tokens;
    if (edges.empty() ? edge > points.front().prompt_tokens : edge > edges.back()) {
      edges.push_back(edge);
    }
  }
  return edges;
}

std::size_t bin(const std::vector<int>& edges, int value) {
  return static_cast<std::size_t>(std::ranges::upper_bound(edges, value) - edges.begin());
}

std::string bin_name(const std::vector<int>& edges, std::size_t i) {
  if (i == 0) return fmt::format("under {} tokens", edges[0]);
  if (i == edges.size()) return fmt::format("{} tokens and more", edges.back());
  return fmt::format("{} to {}", edges[i - 1], edges[i] - 1);
}

json length_bars(const PassTally& tally) {
  const std::vector<int> edges = length_edges(tally.points, 5);
  if (edges.empty()) return nullptr;
  std::vector<std::vector<Scored>> groups(edges.size() + 1);
  for (std::size_t i = 0; i < tally.points.size(); ++i) {
    const Point& p = tally.points[i];
    groups[bin(edges, p.prompt_tokens)].push_back(tally.task_scores[i]);
  }
  json rows = json::array();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Estimate e = as_share(clustered_mean(groups[i]));
    rows.push_back({{"label", bin_name(edges, i)},
                    {"n", e.n},
                    {"mean", nullable(e.value)},
                    {"low", nullable(e.low)},
                    {"high", nullable(e.high)}});
  }
  return {{"kind", "bars"},
          {"id", "length"},
          {"title", "Task score by length of the prompt"},
          {"note", "Groups of about equal size; 95 % t intervals."},
          {"metric", ""},
          {"rows", rows}};
}

json position_heat(const PassTally& tally) {
  std::vector<Point> points;
  std::ranges::copy_if(tally.points, std::back_inserter(points),
                       [](const Point& p) { return p.position.has_value(); });
  if (points.size() < 10) return nullptr;
  const std::vector<int> edges = length_edges(points, 4);
  const std::size_t rows = edges.size() + 1;
  std::vector<std::pair<std::size_t, double>> cells(rows * 5);
  for (const Point& p : points) {
    const auto x = std::min<std::size_t>(4, static_cast<std::size_t>(*p.position * 5));
    auto& [n, sum] = cells[bin(edges, p.prompt_tokens) * 5 + x];
    ++n;
    sum += p.score;
  }
  json out = json::array();
  json names = json::array();
  for (std::size_t y = 0; y < rows; ++y) {
    names.push_back(edges.empty() ? std::string("all lengths") : bin_name(edges, y));
    for (std::size_t x = 0; x < 5; ++x) {
      const auto& [n, sum] = cells[y * 5 + x];
      if (n > 0) {
        out.push_back({{"x", x}, {"y", y}, {"n", n}, {"mean", sum / static_cast<double>(n)}});
      }
    }
  }
  return {{"kind", "heat"},
          {"id", "position"},
          {"title", "Accuracy by where the answer stands and how long the prompt is"},
          {"note", "Small figures are numbers of prompts; cells with fewer than ten are faded."},
          {"metric", "accuracy"},
          {"x_title", "position of the answer in the documents"},
          {"y_title", "prompt length"},
          {"x", {"first fifth", "second", "third", "fourth", "last fifth"}},
          {"y", names},
          {"cells", out}};
}

json confusion(const PassTally& tally, std::size_t min_count) {
  std::set<std::string> columns;
  for (const auto& [gold, row] : tally.confusion) {
    std::size_t all = 0;
    for (const auto& [predicted, n] : row) {
      columns.insert(predicted);
      all += n;
    }
    if (all < min_count) return nullptr;  // a rare label may point at one patient
  }
  // Unbounded label sets (free text) are no matrix.
  if (tally.confusion.empty() || tally.confusion.size() > 12 || columns.size() > 13) return nullptr;
  json x = json::array();
  json y = json::array();
  json counts = json::array();
  for (const std::string& name : columns) x.push_back(name);
  for (const auto& [gold, row] : tally.confusion) {
    y.push_back(gold);
    json line = json::array();
    for (const std::string& name : columns) {
      const auto found = row.find(name);
      line.push_back(found == row.end() ? 0 : found->second);
    }
    counts.push_back(line);
  }
  return {{"kind", "matrix"},
          {"id", "confusion"},
          {"title", "Confusion"},
          {"note", "Counts, and the share of the row in percent."},
          {"x_title", "answer"},
          {"y_title", "reference"},
          {"x", x},
          {"y", y},
          {"counts", counts}};
}

json chapter_bars(const PassTally& tally) {
  json rows = json::array();
  for (const auto& [name, t] : tally.chapters) {
    rows.push_back({{"label", name},
                    {"n", t.a},
                    {"mean", static_cast<double>(t.b) / static_cast<double>(t.a)},
                    {"low", nullptr},
                    {"high", nullptr}});
  }
  return {{"kind", "bars"},
          {"id", "chapters"},
          {"title", "Reference codes found exactly, by ICD-10 chapter"},
          {"note", "n: codes of the chapter in the reference."},
          {"metric", ""},
          {"rows", rows}};
}

json coding(const PassTally& tally) {
  const double all = static_cast<double>(tally.coding[0] + tally.coding[1] + tally.coding[2]);
  static constexpr const char* kNames[] = {"fewer codes than the reference", "as many",
                                           "more codes than the reference"};
  json rows = json::array();
  for (std::size_t i = 0; i < 3; ++i) {
    rows.push_back({{"label", kNames[i]},
                    {"n", tally.coding[i]},
                    {"mean", all > 0 ? json(static_cast<double>(tally.coding[i]) / all) : json()},
                    {"low", nullptr},
                    {"high", nullptr}});
  }
  return {{"kind", "bars"},
          {"id", "coding"},
          {"title", "Under- and over-coding"},
          {"note", "Share of letters."},
          {"metric", ""},
          {"rows", rows}};
}

/// The most frequent terms of one side: codes or concepts, missed or invented.
struct TermTable {
  const char* id;
  const char* title;
  const char* note;
  const char* column;
  bool missed;
};
constexpr TermTable kCodeTables[] = {
    {"missed", "Most missed codes", "In the reference, not in the answer.", "Code", true},
    {"invented", "Most invented codes", "In the answer, not in the reference.", "Code", false}};
constexpr TermTable kConceptTables[] = {{"missed-concepts", "Most missed concepts",
                                         "In the reference, not in the answer.", "Concept", true},
                                        {"added-concepts", "Most added concepts",
                                         "In the answer, not in the reference.", "Concept", false}};

json terms(const std::map<std::string, Term>& all, const TermTable& table, bool codes,
           std::size_t min_count) {
  std::vector<std::pair<std::size_t, std::string>> order;
  for (const auto& [term, t] : all) {
    const std::size_t n = table.missed ? t.a : t.b;
    if (n >= std::max<std::size_t>(1, min_count)) order.emplace_back(n, term);
  }
  std::ranges::sort(order, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  json rows = json::array();
  for (std::size_t i = 0; i < std::min<std::size_t>(12, order.size()); ++i) {
    const std::string& term = order[i].second;
    rows.push_back({{"term", term},
                    {"text", codes ? icd_chapter(term) : std::string()},
                    {"values", {order[i].first}}});
  }
  if (rows.empty()) return nullptr;
  return {{"kind", "terms"},
          {"id", table.id},
          {"title", table.title},
          {"note", table.note},
          {"columns", {table.column, codes ? "Letters" : "Samples"}},
          {"rows", rows}};
}

}  // namespace

json breakdowns(const PassTally& tally, std::string_view kind, std::size_t min_count) {
  json out = json::array();
  const auto put = [&](json part) {
    if (!part.is_null()) out.push_back(std::move(part));
  };
  put(position_heat(tally));
  if (kind == "label") put(confusion(tally, min_count));
  if (tally.points.size() >= 20) put(length_bars(tally));
  if (kind == "codes" && !tally.chapters.empty()) {
    put(chapter_bars(tally));
    put(coding(tally));
    for (const TermTable& table : kCodeTables) put(terms(tally.codes, table, true, min_count));
  }
  for (const TermTable& table : kConceptTables) {
    put(terms(tally.concepts, table, false, min_count));
  }
  return out;
}

}  // namespace clue::report
