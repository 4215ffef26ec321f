// Numbers, texts and escapes of the report on invented runs in memory.
#include "report/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/board.h"
#include "report/catalogue.h"
#include "report/format.h"
#include "report/table.h"
#include "report/texts.h"
#include "run/levels.h"

namespace clue::report {
namespace {

using nlohmann::json;

PassInput pass(const std::string& task, std::vector<double> scores, core::DataUse use) {
  PassInput out;
  out.row.facts.spec.task = task;
  out.row.facts.model.name = "invented";
  out.row.facts.model.kind = "mock";
  out.row.facts.use = use;
  out.row.facts.planned = out.row.done = scores.size();
  core::Summary s;
  s.metric = "accuracy";
  s.headline = true;
  s.n = scores.size();
  double sum = 0;
  for (const double v : scores) sum += v;
  s.mean = sum / static_cast<double>(scores.size());
  s.ci_low = *s.mean * 0.9;
  s.ci_high = *s.mean * 1.05;
  out.summaries = {s};
  out.samples = [scores](const std::function<bool(const store::SampleRow&)>& visit) -> Status {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      store::SampleRow row;
      row.sample.id = std::to_string(i);
      row.sample.targets = {"secret reference"};
      row.prompt.messages = {{core::Role::user, "secret letter " + std::string(400, 'x')}};
      row.generation.text = "</script><!--<b> secret output \xE2\x80\xA8 \xFF";
      row.answer = core::Answer{};
      row.answer->note = "secret note";
      core::Score score;
      score.metric = "accuracy";
      score.value = scores[i];
      score.why = "secret why";
      row.scores = {score};
      if (!visit(row)) break;
    }
    return {};
  };
  return out;
}

std::vector<RunInput> one_run(core::DataUse use) {
  RunInput run;
  run.folder = "runs/invented";
  run.passes = {pass("mednli", {1, 0, 1, 1}, use)};
  return {run};
}

TEST(Format, RoundsHalfUpAndShowsGaps) {
  EXPECT_EQ(percent(0.4645), "46.5");
  EXPECT_EQ(percent(0.1225), "12.3");
  EXPECT_EQ(percent(0.0), "0.0");
  EXPECT_EQ(percent(1.0), "100.0");
  EXPECT_EQ(percent(-0.0001), "0.0");
  EXPECT_EQ(percent(std::nullopt), "-");
}

TEST(Format, MakesJsonSafeInsideScripts) {
  EXPECT_EQ(script_safe("</script><!--"), "\\u003c/script>\\u003c!--");
  EXPECT_EQ(script_safe("a\xE2\x80\xA8"
                        "b\xE2\x80\xA9"),
            "a\\u2028b\\u2029");
}

TEST(Format, CountsUtf16Units) {
  EXPECT_EQ(utf16_offset("aü😀b", 1), 1U);
  EXPECT_EQ(utf16_offset("aü😀b", 3), 2U);
  EXPECT_EQ(utf16_offset("aü😀b", 7), 4U);
  EXPECT_EQ(utf16_offset("ab", 99), 2U);
}

TEST(Texts, PiecesJoinToTheSameTextAndLettersAreStoredOnce) {
  std::vector<std::string> lines;
  TextTable table(
      [&](std::size_t first, const std::vector<std::string>& part) {
        EXPECT_EQ(first, lines.size());
        lines.insert(lines.end(), part.begin(), part.end());
      },
      256);
  std::string letter;
  for (int i = 0; i < 60; ++i) letter += "line " + std::to_string(i % 50) + " of a letter\n\n";
  const std::vector<std::string> texts = {letter + "question one", "short", letter + "question two",
                                          "before\n" + letter};
  std::vector<std::vector<Piece>> pieces;
  for (const std::string& text : texts) pieces.push_back(table.add(text));
  table.finish();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string joined;
    for (const Piece& piece : pieces[i]) {
      if (const auto* text = std::get_if<std::string>(&piece)) {
        joined += *text;
      } else {
        const auto [first, count] = std::get<1>(piece);
        for (std::size_t k = first; k < first + count; ++k) joined += lines[k];
      }
    }
    EXPECT_EQ(joined, texts[i]);
  }
  EXPECT_LT(lines.size(), 200U);
}

TEST(Board, ReproducesEveryPublishedLevel) {
  const Board board = published_board();
  EXPECT_EQ(board.rows.size(), 26U);
  int levels = 0;
  for (const BoardRow& row : board.rows) {
    run::Headlines tasks;
    for (const TaskText& text : task_texts()) {
      for (const MetricText& metric : text.headline) {
        const auto at =
            row.metrics.find(std::string(text.board) + "/" + std::string(metric.published));
        if (at != row.metrics.end()) {
          tasks[std::string(text.name)].emplace_back(*at->second.at.value * 100);
        }
      }
    }
    for (const int level : {1, 2}) {
      const auto& published = level == 1 ? row.level1 : row.level2;
      if (!published.at.value) continue;
      const auto ours = run::level_score(level, tasks);
      ASSERT_TRUE(ours.has_value()) << row.name;
      EXPECT_NEAR(*ours, *published.at.value * 100, 0.0051) << row.name << " level " << level;
      ++levels;
    }
  }
  EXPECT_EQ(levels, 43);
}

TEST(Report, OpenDataKeepsTextAndPageAndTableAgree) {
  const auto runs = one_run(core::DataUse::open);
  const auto report = build_report(runs, ReportOptions{});
  ASSERT_TRUE(report.ok());
  const json core = json::parse(report->core);
  EXPECT_EQ(core["schema"], "clue.report");
  EXPECT_EQ(core["text"]["mode"], "with");
  const json metric = core["runs"][0]["passes"][0]["metrics"][0];
  const auto rows = table_rows(runs);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(metric["mean"].get<double>(), *(*rows)[0].value);
  const std::string shown = percent(metric["mean"].get<double>());
  for (const std::string& text :
       {text_table(*rows), markdown_table(*rows), latex_table(*rows), *latex_paper(runs)}) {
    EXPECT_NE(text.find(shown), std::string::npos) << text;
  }
  EXPECT_NE(csv_table(*rows).find(",0.75,"), std::string::npos);
  const std::string page = render_html(*report);
  EXPECT_EQ(page.find("<!--clue:"), std::string::npos);
  EXPECT_NE(page.find("id=\"clue-report\""), std::string::npos);
}

TEST(Report, PrivateDataLeavesEveryTextOut) {
  const auto report = build_report(one_run(core::DataUse::private_), ReportOptions{});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(json::parse(report->core)["text"]["mode"], "none");
  EXPECT_EQ(report->core.find("secret"), std::string::npos);
  for (const Chunk& chunk : report->chunks) {
    EXPECT_FALSE(chunk.id.starts_with("t")) << "a text table in a share-safe report";
  }
  ReportOptions with_text;
  with_text.with_text = true;
  const auto asked = build_report(one_run(core::DataUse::private_), with_text);
  ASSERT_TRUE(asked.ok());
  const json core = json::parse(asked->core);
  EXPECT_EQ(core["text"]["mode"], "with");
  EXPECT_NE(core["text"]["reason"], "");
}

TEST(Report, LivePageAsksItsServerAndHoldsNoData) {
  const std::string page = render_html({}, "0123abcd");
  EXPECT_NE(page.find("data-live=\"0123abcd\""), std::string::npos);
  EXPECT_NE(page.find("connect-src 'self'"), std::string::npos);
}

}  // namespace
}  // namespace clue::report
