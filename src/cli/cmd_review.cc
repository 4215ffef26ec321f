// clue review FILE | --run RUN: clinicians accept, edit, reject or rate, on this machine only.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/number_checks.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "serve/review_server.h"
#include "serve/review_state.h"
#include "store/review_store.h"

namespace clue::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kExample =
    "clue review MeDiSumQA.json --reviewers anna,ben      (the pages)\n"
    "  clue review MeDiSumQA.json --export accepted.json    (the accepted set)\n"
    "  clue review --run runs/a --run runs/b --task medisumqa --limit 50";

struct ReviewFlags {
  std::string file, reviewers, db, out, language, task;
  std::vector<std::string> runs, merge;
  std::size_t limit = 0;
  std::uint64_t seed = 1;
  int port = 0;
  bool agreement = false, json = false;
};

/// "MeDiSumQA.json" -> "MeDiSumQA.review.db" beside it.
fs::path log_beside(const std::string& file) {
  const fs::path path(file);
  return path.parent_path() / (path.stem().string() + ".review.db");
}

Result<serve::ReviewSet> read_set(const ReviewFlags& f) {
  if (f.runs.empty()) return serve::read_pairs(f.file);
  return serve::read_outputs({f.runs.begin(), f.runs.end()},
                             {.task = f.task, .limit = f.limit, .seed = f.seed});
}

/// Of each file apart: ids are a file's own.
Result<store::Decisions> read_decisions(const ReviewFlags& f) {
  std::vector<fs::path> files;
  for (const std::string& run : f.runs) files.push_back(serve::ratings_file(run));
  if (f.runs.empty()) files.emplace_back(f.db);
  store::Decisions all;
  for (const fs::path& file : files) {
    CLUE_TRY(std::vector<store::ReviewEntry> log, store::ReviewStore::read(file));
    for (const auto& [item, by] : store::in_force(std::move(log))) {
      all[item].insert(by.begin(), by.end());
    }
  }
  return all;
}

/// Agreement and merge need the review files alone; a mistyped name is an error all the same.
Status must_exist(const ReviewFlags& f) {
  if (f.runs.empty()) {
    if (fs::is_regular_file(f.file)) return {};
    return file_error("read", f.file, fs::is_directory(f.file) ? EISDIR : ENOENT);
  }
  for (const std::string& run : f.runs) {
    if (!fs::is_regular_file(fs::path(run) / "run.db")) {
      return Error{ErrorCode::not_found, run + ": is not a run folder (there is no run.db in it)"};
    }
  }
  return {};
}

Status merge(const ReviewFlags& f, Io& io) {
  for (const std::string& other : f.merge) {  // before a review file is made
    if (!fs::is_regular_file(other)) {
      return Error{ErrorCode::not_found, other + ": no such review file"};
    }
    CLUE_TRY([[maybe_unused]] const auto entries, store::ReviewStore::read(other));
  }
  CLUE_TRY(store::ReviewStore store, store::ReviewStore::open(f.db));
  for (const std::string& other : f.merge) {
    CLUE_TRY(const std::size_t added, store.merge(other));
    io.out << other << ": " << added << " entries added to " << f.db << '\n';
  }
  return {};
}

Status export_accepted(const ReviewFlags& f, const serve::ReviewSet& set,
                       const store::Decisions& now, Io& io) {
  const auto settled = serve::settle(set, now);
  CLUE_TRY(const std::string text, serve::accepted_json(set, settled));
  CLUE_OK(write_file_atomic(f.out, text));
  std::error_code ignored;
  fs::permissions(f.out, fs::perms::owner_read | fs::perms::owner_write, ignored);
  const auto count = [&](serve::Verdict v) {
    return std::ranges::count_if(settled, [v](const auto& one) { return one.verdict == v; });
  };
  io.out << fmt::format("{}: {} accepted; left out: {} rejected, {} disputed, {} not decided\n",
                        f.out, count(serve::Verdict::accepted), count(serve::Verdict::rejected),
                        count(serve::Verdict::disputed), count(serve::Verdict::open));
  return {};
}

void print_agreement(const store::Decisions& now, bool as_json, Io& io) {
  const auto pairs = serve::agreement(now);
  if (as_json) {
    auto all = ordered_json::array();
    for (const serve::PairAgreement& p : pairs) {
      all.push_back({{"a", p.a},
                     {"b", p.b},
                     {"scale", p.scale},
                     {"n", p.n},
                     {"share", p.share},
                     {"kappa", p.kappa ? ordered_json(*p.kappa) : ordered_json()}});
    }
    io.out << dump_json(all, 2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const serve::PairAgreement& p : pairs) {
    rows.push_back({p.a, p.b, p.scale, std::to_string(p.n), fmt::format("{:.1f}", 100 * p.share),
                    p.kappa ? fmt::format("{:.3f}", *p.kappa) : "-"});
  }
  io.out << format_table({"reviewer", "and", "scale", "n", "alike %", "Cohen's kappa"}, rows,
                         {false, false, false, true, true, true});
  if (rows.empty()) io.out << "No two reviewers have decided the same item yet.\n";
}

Result<std::vector<std::string>> reviewer_names(const std::string& list) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const std::string_view part : split(list, ',')) {
    const std::string name(trim(part));
    if (name.empty()) continue;
    if (name == "adjudicator" || !seen.insert(name).second) {
      return Error{ErrorCode::invalid_argument,
                   "--reviewers: \"" + name + "\" is given twice, or is the adjudicator's"};
    }
    names.push_back(name);
  }
  if (names.empty()) names.emplace_back("reviewer");
  return names;
}

int serve_page(const ReviewFlags& f, serve::ReviewSet set, Io& io) {
  auto names = reviewer_names(f.reviewers);
  if (!names) return fail(io, names.error());
  if (set.items.empty()) {
    return fail(io, {ErrorCode::data, "there is nothing to review in " + set.title});
  }
  const std::size_t items = set.items.size();
  const auto server = serve::ReviewServer::start(
      std::move(set),
      {.log = f.db, .reviewers = std::move(*names), .language = f.language, .port = f.port});
  if (!server) return fail(io, server.error());
  for (const serve::ReviewAddress& a : (*server)->addresses())
    io.out << a.url << "  " << a.who << '\n';
  io.out << std::flush;
  io.err << items << " items; each address is one person's, decisions are kept in "
         << (f.runs.empty() ? f.db : "ratings.db of each run") << ". Ctrl-C ends it.\n";
  const std::stop_callback stop(interrupted(), [&server] { (*server)->stop(); });
  (*server)->wait();
  return kDone;
}

}  // namespace

int cmd_review(const Args& args, Io& io) {
  Flags parser(
      "clue review",
      "Serves question-answer pairs (or a run's outputs, blind to the model) to clinicians "
      "on\nthis machine: accept, edit, reject with a reason, rate, undo; every decision is "
      "durable at once.",
      kExample);
  ReviewFlags f;
  CLI::App& app = parser.app();
  app.add_option("FILE", f.file, "question set, e.g. MeDiSumQA.json");
  app.add_option("--run", f.runs, "rate the outputs of this run; repeatable")->take_all();
  app.add_option("--reviewers", f.reviewers, "names with commas; each gets an own address");
  app.add_option("--db", f.db, "review file (default: FILE's name with .review.db)");
  app.add_option("--export", f.out, "write the accepted pairs here and end");
  app.add_flag("--agreement", f.agreement, "print the reviewers' agreement and end");
  app.add_option("--merge", f.merge, "take in the review file of another machine and end")
      ->take_all();
  app.add_option("--task", f.task, "--run: only this task");
  app.add_option("--limit", f.limit, "--run: so many samples of each task")->check(non_negative());
  app.add_option("--seed", f.seed, "--run: draws and mixes (default 1)")->check(non_negative());
  app.add_option("--language", f.language, "page's language: en or de (default: the browser's)")
      ->check(CLI::IsMember({"en", "de"}));
  app.add_option("--port", f.port, "port on 127.0.0.1 (default: any free one)")
      ->check(port_check());
  app.add_flag("--json", f.json, "--agreement as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  if (f.file.empty() == f.runs.empty()) {
    return fail(io, {ErrorCode::invalid_argument,
                     "give a question set, or runs with --run, as in: " + std::string(kExample)});
  }
  if (!f.runs.empty() && (!f.out.empty() || !f.merge.empty())) {
    return fail(io, {ErrorCode::invalid_argument,
                     "--export and --merge go with a question set; ratings stay in their runs and "
                     "clue report shows them"});
  }
  if (!f.db.empty() && (f.agreement || !f.out.empty()) && !fs::exists(f.db)) {
    return fail(io, {ErrorCode::not_found, "--db " + f.db + ": no such review file"});
  }
  if (f.db.empty()) f.db = log_beside(f.file).string();
  if (const Status there = must_exist(f); !there) return fail(io, there.error());
  if (!f.merge.empty()) {
    const Status done = merge(f, io);
    return done ? int{kDone} : fail(io, done.error());
  }
  if (f.agreement) {
    const auto decisions = read_decisions(f);
    if (!decisions) return fail(io, decisions.error());
    print_agreement(*decisions, f.json, io);
    return kDone;
  }
  auto set = read_set(f);
  if (!set) return fail(io, set.error());
  if (f.out.empty()) return serve_page(f, std::move(*set), io);
  const auto decisions = read_decisions(f);
  if (!decisions) return fail(io, decisions.error());
  const Status done = export_accepted(f, *set, *decisions, io);
  return done ? int{kDone} : fail(io, done.error());
}

}  // namespace clue::cli
