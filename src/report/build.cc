// report.json out of runs: one walk over each pass's samples fills the tally, the sample index and
// the sample chunks; then the board, then the core.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/names.h"
#include "report/board.h"
#include "report/breakdowns.h"
#include "report/catalogue.h"
#include "report/compare.h"
#include "report/format.h"
#include "report/ratings.h"
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

struct Builder {
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

json summaries_json(const PassInput& input, const PassTally& tally, bool with_text) {
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
                   {"why", with_text ? s.why : without_folders(s.why)},
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
  tally.task = facts.spec.task;
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
  json status;
  for (std::size_t i = 0; i < tally.status.size(); ++i) {
    status[core::name(static_cast<core::AnswerStatus>(i))] = tally.status[i];
  }
  json extra = json::object();
  for (const auto& [key, value] : facts.extra) {
    extra[key] = with_text ? value : without_folders(value);
  }
  return json{
      {"id", id},
      {"task", facts.spec.task},
      {"rules", core::name(input.rules)},
      {"key", input.row.key},
      {"spec", json(core::to_json(facts.spec))},
      {"data",
       {{"path", with_text ? facts.dataset_path : without_folders(facts.dataset_path)},
        {"sha256", facts.spec.data_hash},
        {"use", core::name(facts.use)},
        {"examples", facts.examples}}},
      {"planned", facts.planned},
      {"done", input.row.done},
      {"limit", facts.limit},
      {"created", facts.created},
      {"command_line", with_text ? facts.command_line : without_folders(facts.command_line)},
      {"facts", extra},
      {"status", status},
      {"tokens",
       {{"prompt", tally.prompt_tokens},
        {"reused", tally.reused_tokens},
        {"output", tally.output_tokens},
        {"seconds", tally.seconds}}},
      {"metrics", summaries_json(input, tally, with_text)},
      {"breakdowns", breakdowns(tally, kind, with_text ? 1 : 5)},
      {"samples", {{"count", count}, {"index", id + "-index"}, {"chunks", parts}}},
      {"text", with_text}};
}

json ratings_json(const RatedPass& rated) {
  json correlations = json::array();
  for (const RatingCorrelation& c : rated.correlations) {
    correlations.push_back({{"scale", c.scale},
                            {"metric", c.metric},
                            {"n", c.n},
                            {"spearman", c.spearman ? json(*c.spearman) : json()}});
  }
  return {{"answers", rated.answers},
          {"reviewers", rated.reviewers},
          {"means", rated.means},
          {"correlations", std::move(correlations)}};
}

}  // namespace

Result<Report> build_report(const std::vector<RunInput>& runs, const ReportOptions& options) {
  const TextChoice text = choose_text(runs, options.with_text);
  Builder builder{text.with};
  Board board = published_board();
  std::vector<BoardRow> rows;
  json run_list = json::array();
  json notes = json::array();
  const std::vector<std::string> names = run_names(runs);
  std::vector<std::vector<PassTally>> all_tallies(runs.size());  // rows point into them
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const std::string id = fmt::format("r{}", r);
    std::vector<PassTally>& tallies = all_tallies[r];
    tallies.resize(runs[r].passes.size());
    json passes = json::array();
    CLUE_TRY(const Ratings ratings, read_ratings(runs[r].folder));
    for (std::size_t p = 0; p < runs[r].passes.size(); ++p) {
      CLUE_TRY(json pass, builder.pass(runs[r].passes[p], fmt::format("{}p{}", id, p), tallies[p]));
      CLUE_TRY(const RatedPass rated, correlate(runs[r].passes[p], ratings));
      if (rated.answers > 0) pass["ratings"] = ratings_json(rated);
      passes.push_back(std::move(pass));
    }
    rows.push_back(run_row(runs[r], tallies, id, names[r]));
    run_list.push_back(run_json(runs[r], id, names[r], text.with));
    run_list.back()["passes"] = std::move(passes);
  }
  builder.table.finish();
  add_runs(board, std::move(rows), runs, options.pairs);
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
