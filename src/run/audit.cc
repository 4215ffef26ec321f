#include "run/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/names.h"
#include "run/derive.h"

namespace clue::run {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kCopies = "copies.txt";

std::string fact(const store::PassRow& pass, const char* name) {
  const auto found = pass.facts.extra.find(name);
  return found == pass.facts.extra.end() ? std::string() : found->second;
}

bool purged(const store::PassRow& pass) { return fact(pass, "text_purged") == "yes"; }

/// True when a line of samples_TASK.jsonl has a prompt or an output.
Result<bool> samples_hold_text(const fs::path& file) {
  CLUE_TRY(const std::string bytes, read_file(file));
  for (const std::string_view line : split_lines(bytes)) {
    CLUE_TRY(const json row, parse_json(line, file.string()));
    for (const char* key : {"prompt", "output", "answer", "reference"}) {
      if (row.is_object() && row.contains(key) && !row[key].is_null()) return true;
    }
  }
  return false;
}

/// True for a report page that was written with text; the mark stands in its JSON.
Result<bool> page_holds_text(const fs::path& file) {
  CLUE_TRY(const std::string page, read_file(file));
  return page.find(R"("text":{"mode":"with")") != std::string::npos;
}

Result<TextCopy> look_at(const fs::path& file, bool all_purged) {
  const std::string name = file.filename().string();
  if (name == "run.db") {
    return TextCopy{file, all_purged ? TextCopy::State::none : TextCopy::State::holds,
                    "letters, prompts and answers"};
  }
  if (name == "run.db-wal") {
    std::error_code ec;
    const bool empty = fs::file_size(file, ec) == 0 || all_purged;
    return TextCopy{file, empty ? TextCopy::State::none : TextCopy::State::holds,
                    "the database's latest changes"};
  }
  if (name == "run.lock" || name == "run.db-shm" || name == "results.json" || name == kCopies) {
    return TextCopy{file, TextCopy::State::none, "figures and settings"};
  }
  if (name == "report.html") {
    CLUE_TRY(const bool holds, page_holds_text(file));
    return TextCopy{file, holds ? TextCopy::State::holds : TextCopy::State::none, "report page"};
  }
  if (name.starts_with("samples_") && name.ends_with(".jsonl")) {
    CLUE_TRY(const bool holds, samples_hold_text(file));
    return TextCopy{file, holds ? TextCopy::State::holds : TextCopy::State::none,
                    "samples one by one"};
  }
  return TextCopy{file, TextCopy::State::unknown, "not made by clue run; look yourself"};
}

/// The files that note_copy() wrote down.
std::vector<TextCopy> noted_copies(const fs::path& folder) {
  std::vector<TextCopy> out;
  const Result<std::string> list = read_file(folder / kCopies, 1U << 24U);
  if (!list) return out;
  std::error_code ec;
  for (const std::string_view line : split_lines(*list)) {
    const fs::path file{std::string(line)};
    out.push_back({file, fs::exists(file, ec) ? TextCopy::State::holds : TextCopy::State::gone,
                   "report or export with text"});
  }
  return out;
}

Result<std::vector<TextCopy>> copies_of(const fs::path& folder,
                                        const std::vector<store::PassRow>& passes) {
  const bool all_purged = std::all_of(passes.begin(), passes.end(), purged);
  std::vector<TextCopy> copies;
  std::error_code ec;
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, ec)) files.insert(entry.path());
  for (const fs::path& file : files) {
    CLUE_TRY(TextCopy copy, look_at(file, all_purged));
    copies.push_back(std::move(copy));
  }
  for (TextCopy& noted : noted_copies(folder)) {
    const auto same = std::find_if(copies.begin(), copies.end(), [&](const TextCopy& c) {
      return fs::weakly_canonical(c.path, ec) == fs::weakly_canonical(noted.path, ec);
    });
    if (same == copies.end()) {
      copies.push_back(std::move(noted));
    } else {
      *same = std::move(noted);
    }
  }
  std::set<std::string> data;
  for (const store::PassRow& p : passes) {
    if (p.facts.dataset_path.empty() || !data.insert(p.facts.dataset_path).second) continue;
    copies.push_back(
        {p.facts.dataset_path,
         fs::exists(p.facts.dataset_path, ec) ? TextCopy::State::holds : TextCopy::State::gone,
         "the data file of " + p.facts.spec.task});
  }
  return copies;
}

}  // namespace

std::string_view name(TextCopy::State state) {
  switch (state) {
    case TextCopy::State::holds:
      return "text";
    case TextCopy::State::none:
      return "no text";
    case TextCopy::State::unknown:
      return "unknown";
    case TextCopy::State::gone:
      return "not there now";
  }
  return "";
}

Result<Audit> audit_run(const fs::path& folder) {
  CLUE_TRY(store::RunStore store, store::RunStore::open_read(folder));
  CLUE_TRY(const std::vector<store::PassRow> passes, store.passes());
  Audit audit;
  for (const store::PassRow& pass : passes) {
    TaskAudit task;
    task.task = pass.facts.spec.task;
    task.use = pass.facts.use;
    task.model = pass.facts.model.spec;
    task.allow_remote = fact(pass, "allow_remote");
    task.allowed_hosts = fact(pass, "allowed_hosts");
    task.purged = purged(pass);
    CLUE_TRY(task.sent, read_egress(fact(pass, "egress")));
    CLUE_TRY(task.served, read_served(fact(pass, "servers")));
    audit.tasks.push_back(std::move(task));
  }
  CLUE_TRY(audit.copies, copies_of(folder, passes));
  return audit;
}

Status needs_text(store::RunStore& store) {
  CLUE_TRY(const std::vector<store::PassRow> passes, store.passes());
  if (std::ranges::none_of(passes, purged)) return {};
  return Error{ErrorCode::not_found,
               store.dir().string() +
                   ": its text was purged, so nothing can be scored again or added; the scores of "
                   "before stay (clue report), a new run needs another folder"};
}

void note_copy(const std::vector<std::string>& folders, const fs::path& file) {
  std::error_code ec;
  const fs::path absolute = fs::absolute(file, ec).lexically_normal();
  for (const std::string& folder : folders) {
    const std::vector<TextCopy> known = noted_copies(folder);
    if (std::ranges::any_of(known, [&](const TextCopy& c) { return c.path == absolute; })) continue;
    std::ofstream list(fs::path(folder) / kCopies, std::ios::app);
    if (list) list << absolute.string() << '\n';
  }
}

Result<Purged> purge_run(const fs::path& folder) {
  bool guarded = false;
  {
    CLUE_TRY(store::RunStore look, store::RunStore::open_read(folder));  // never makes a folder
    CLUE_TRY(const std::vector<store::PassRow> passes, look.passes());
    for (const store::PassRow& p : passes) guarded |= p.facts.use != core::DataUse::open;
  }
  CLUE_TRY(store::RunStore store, store::RunStore::create_or_open(folder, guarded));
  CLUE_OK(store.purge_text());
  Purged out;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder, ec)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("samples_") || !name.ends_with(".jsonl")) continue;
    CLUE_TRY(const bool holds, samples_hold_text(entry.path()));
    if (holds) out.removed.push_back(entry.path());
  }
  // The rules results.json was made with; its figures are in the store.
  core::RuleSet rules = core::RuleSet::corrected;
  if (const auto old = read_json(folder / "results.json"); old && old->is_object()) {
    rules = core::from_name<core::RuleSet>(old->value("rules", "corrected")).value_or(rules);
  }
  CLUE_TRY(const RunResults results, collect_results(store, rules));
  CLUE_OK(write_results(folder, results));
  CLUE_OK(write_samples(folder, store, results, false));
  if (fs::exists(folder / "report.html", ec)) {
    CLUE_TRY(const bool holds, page_holds_text(folder / "report.html"));
    if (holds && fs::remove(folder / "report.html", ec)) {
      out.removed.push_back(folder / "report.html");
    }
  }
  for (const TextCopy& noted : noted_copies(folder)) {
    const bool inside =
        fs::weakly_canonical(noted.path.parent_path(), ec) == fs::weakly_canonical(folder, ec);
    if (inside && fs::remove(noted.path, ec)) out.removed.push_back(noted.path);
  }
  CLUE_TRY(const std::vector<store::PassRow> passes, store.passes());
  CLUE_TRY(const std::vector<TextCopy> copies, copies_of(folder, passes));
  for (const TextCopy& copy : copies) {
    const bool may = copy.state == TextCopy::State::holds || copy.state == TextCopy::State::unknown;
    if (may) out.left.push_back(copy);
  }
  return out;
}

}  // namespace clue::run
