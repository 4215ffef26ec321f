// report.json out of runs: one walk over each pass's samples fills the tally, the sample index and
// the sample chunks; then the board, then the core.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "report/board.h"
#include "report/breakdowns.h"
#include "report/catalogue.h"
#include "report/format.h"
#include "report/report.h"
#include "report/run_facts.h"
#include "report/sample_json.h"
#include "report/tally.h"
#include "report/texts.h"

namespace clue::report {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t kPartBytes = 1U << 20;

json nullable(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json figure_json(const Figure& f) {
  return {{"value", nullable(f.at.value)},
          {"low", nullable(f.at.low)},
          {"high", nullable(f.at.high)},
          {"n", f.at.n > 0 ? json(f.at.n) : json(nullptr)},
          {"method", f.method},
          {"why", f.why}};
}

struct Builder {
  const ReportOptions& options;
  bool with_text;
  Report report{};
  json texts = json::array();
  TextTable table{[this](std::size_t first, const std::vector<std::string>& lines) {
    const std::string id = fmt::format("t{}", texts.size());
    texts.push_back({{"id", id}, {"first", first}, {"count", lines.size()}});
    report.chunks.push_back({id, pack(dump(json(lines)))});
  }};

  Result<json> pass(const PassInput& input, const std::string& id, PassTally& tally);
};

std::vector<std::string> headline_of(const PassInput& input) {
  std::vector<std::string> out;
  for (const core::Summary& s : input.summaries) {
    if (s.headline) out.push_back(s.metric);
  }
  return out;
}

std::string kind_of(const PassInput& input) {
  const TaskText* text = find_task_text(input.row.facts.spec.task);
  return text != nullptr ? std::string(text->kind) : "text";
}

json summaries_json(const PassInput& input, const PassTally& tally) {
  json out = json::array();
  for (const core::Summary& s : input.summaries) {
    const auto bins = tally.histograms.find(s.metric);
    out.push_back({{"metric", s.metric},
                   {"signature", s.signature},
                   {"mean", nullable(s.mean)},
                   {"ci_low", nullable(s.ci_low)},
                   {"ci_high", nullable(s.ci_high)},
                   {"ci_method", s.ci_method},
                   {"n", s.n},
                   {"missing", s.missing},
                   {"headline", s.headline},
                   {"why", s.why},
                   {"histogram", bins == tally.histograms.end() || !is_share(s.metric)
                                     ? json::array()
                                     : json(bins->second)}});
  }
  return out;
}

Result<json> Builder::pass(const PassInput& input, const std::string& id, PassTally& tally) {
  const store::PassFacts& facts = input.row.facts;
  const std::vector<std::string> headline = headline_of(input);
  const std::string kind = kind_of(input);
  json parts = json::array();
  std::string part;
  std::size_t first = 0;
  std::size_t count = 0;
  SampleColumns columns;
  const auto flush = [&] {
    if (part.empty()) return;
    const std::string name = fmt::format("{}-{}", id, parts.size());
    report.chunks.push_back({name, pack("[" + part + "]")});
    parts.push_back({{"id", name}, {"first", first}, {"count", count - first}});
    first = count;
    part.clear();
  };
  CLUE_OK(input.samples([&](const store::SampleRow& row) {
    tally.add(row, headline, kind);
    columns.add(row, with_text);
    if (!part.empty()) part += ',';
    part += dump(sample_json(row, with_text ? &table : nullptr));
    ++count;
    if (part.size() >= kPartBytes) flush();
    return true;
  }));
  flush();
  report.chunks.push_back({id + "-index", pack(dump(columns.to_json()))});
  static constexpr const char* kStatus[] = {"answered",      "none",    "cut",
                                            "cut_reasoning", "refused", "error"};
  json status;
  for (std::size_t i = 0; i < 6; ++i) status[kStatus[i]] = tally.status[i];
  const std::filesystem::path path(facts.dataset_path);
  return json{{"id", id},
              {"task", facts.spec.task},
              {"rules", rules_name(input.rules)},
              {"key", input.row.key},
              {"spec", spec_json(facts.spec)},
              {"data",
               {{"path", with_text ? facts.dataset_path : path.filename().string()},
                {"sha256", facts.spec.data_hash},
                {"use", use_name(facts.use)},
                {"examples", facts.examples}}},
              {"planned", facts.planned},
              {"done", input.row.done},
              {"limit", facts.limit},
              {"created", facts.created},
              {"command_line", facts.command_line},
              {"facts", facts.extra},
              {"status", status},
              {"tokens",
               {{"prompt", tally.prompt_tokens},
                {"reused", tally.reused_tokens},
                {"output", tally.output_tokens},
                {"seconds", tally.seconds}}},
              {"metrics", summaries_json(input, tally)},
              {"breakdowns", breakdowns(tally, kind, with_text ? 1 : 5)},
              {"samples", {{"count", count}, {"index", id + "-index"}, {"chunks", parts}}},
              {"text", with_text}};
}

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
  std::map<std::string, const BoardRow*> by_id;
  const auto range = [](const std::optional<std::pair<std::size_t, std::size_t>>& r) {
    return r ? json::array({r->first, r->second}) : json(nullptr);
  };
  for (const BoardRow& row : board.rows) {
    by_id[row.id] = &row;
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
                    {"scores", scores},
                    {"metrics", metrics}});
  }
  json pairs = json::array();
  for (const BoardPair& pair : board.pairs) {
    if (!by_id.contains(pair.base) || !by_id.contains(pair.tuned)) continue;
    json scores = json::object();
    for (const auto& [key, base] : by_id[pair.base]->scores) {
      const auto tuned = by_id[pair.tuned]->scores.find(key);
      if (tuned == by_id[pair.tuned]->scores.end()) continue;
      const auto& a = base.at.value;
      const auto& b = tuned->second.at.value;
      scores[key] = {{"base", nullable(a)},
                     {"tuned", nullable(b)},
                     {"diff", a && b ? json(*b - *a) : json(nullptr)},
                     {"low", nullptr},
                     {"high", nullptr}};
    }
    pairs.push_back({{"base", pair.base},
                     {"tuned", pair.tuned},
                     {"domain", pair.domain},
                     {"source", pair.source},
                     {"scores", scores}});
  }
  return {{"about", board.about}, {"columns", columns}, {"rows", rows}, {"pairs", pairs}};
}

json comparisons_json(const std::vector<ComparisonInput>& comparisons,
                      const std::vector<RunInput>& runs) {
  json out = json::array();
  for (const ComparisonInput& c : comparisons) {
    json metrics = json::array();
    for (const MetricDifference& m : c.metrics) {
      metrics.push_back({{"metric", m.metric},
                         {"headline", m.headline},
                         {"n", m.n},
                         {"mean_a", nullable(m.mean_a)},
                         {"mean_b", nullable(m.mean_b)},
                         {"diff", nullable(m.diff)},
                         {"low", nullable(m.low)},
                         {"high", nullable(m.high)},
                         {"p", nullable(m.p)},
                         {"p_holm", nullable(m.p_holm)},
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
    out.push_back({{"a", fmt::format("r{}p{}", c.run_a, c.pass_a)},
                   {"b", fmt::format("r{}p{}", c.run_b, c.pass_b)},
                   {"task", runs[c.run_a].passes[c.pass_a].row.facts.spec.task},
                   {"refused", c.refused},
                   {"common", c.common},
                   {"only_a", c.only_a},
                   {"only_b", c.only_b},
                   {"notes", c.notes},
                   {"flips", flips},
                   {"metrics", metrics}});
  }
  return out;
}

}  // namespace

Result<Report> build_report(const std::vector<RunInput>& runs, const ReportOptions& options) {
  const TextChoice text = choose_text(runs, options.with_text);
  Builder builder{options, text.with};
  Board board = published_board();
  std::vector<BoardRow> rows;
  json run_list = json::array();
  json notes = json::array();
  const std::vector<std::string> names = run_names(runs);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const std::string id = fmt::format("r{}", r);
    std::vector<PassTally> tallies(runs[r].passes.size());
    json passes = json::array();
    for (std::size_t p = 0; p < runs[r].passes.size(); ++p) {
      CLUE_TRY(json pass, builder.pass(runs[r].passes[p], fmt::format("{}p{}", id, p), tallies[p]));
      passes.push_back(std::move(pass));
    }
    rows.push_back(run_row(runs[r], tallies, id, names[r]));
    run_list.push_back(run_json(runs[r], id, names[r], text.with));
    run_list.back()["passes"] = std::move(passes);
  }
  builder.table.finish();
  add_runs(board, std::move(rows), runs);
  const json core = {{"schema", "clue.report"},
                     {"version", 1},
                     {"generator", options.generator},
                     {"generated", options.generated},
                     {"revision", options.revision},
                     {"title", options.title},
                     {"text", {{"mode", text.with ? "with" : "none"}, {"reason", text.reason}}},
                     {"tasks", tasks_json(runs)},
                     {"board", board_json(board)},
                     {"runs", run_list},
                     {"comparisons", comparisons_json(options.comparisons, runs)},
                     {"texts", builder.texts},
                     {"notes", notes}};
  builder.report.core = dump(core);
  return std::move(builder.report);
}

}  // namespace clue::report
