#include "run/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/json.h"
#include "core/json.h"
#include "run/egress.h"
#include "run/served.h"

namespace clue::run {
namespace {

using nlohmann::json;
using store::PassFacts;
using store::PassRow;
using store::RunStore;
namespace fs = std::filesystem;

constexpr std::size_t kShownGaps = 8;

struct Source {
  fs::path dir;
  RunStore store;
  std::vector<PassRow> passes;
};

Result<std::vector<Source>> open_sources(std::span<const fs::path> runs) {
  std::vector<Source> sources;
  for (const fs::path& dir : runs) {
    CLUE_TRY(RunStore store, RunStore::open_read(dir));
    CLUE_TRY(std::vector<PassRow> passes, store.passes());
    if (passes.empty()) {
      return Error{ErrorCode::data, dir.string() + ": holds no task yet; run it first"};
    }
    sources.push_back({dir, std::move(store), std::move(passes)});
  }
  return sources;
}

std::string fact(const PassRow& pass, const char* name) {
  const auto found = pass.facts.extra.find(name);
  return found == pass.facts.extra.end() ? std::string() : found->second;
}

/// Parts may come from servers at several addresses, as long as these had the same weights.
Status same_servers(const std::string& pair, const PassRow& a, const PassRow& b) {
  CLUE_TRY(const std::vector<ServedBy> one, read_served(fact(a, "servers")));
  CLUE_TRY(const std::vector<ServedBy> two, read_served(fact(b, "servers")));
  for (const ServedBy& x : one) {
    for (const ServedBy& y : two) {
      const std::string words = other_weights(x, y);
      if (words.empty()) continue;
      return Error{ErrorCode::invalid_argument,
                   fmt::format("{}: {} at {} and at {} are different models under one name ({}); a "
                               "run holds one model",
                               pair, a.facts.model.name, x.endpoints, y.endpoints, words)};
    }
  }
  return {};
}

/// All parts of a task must be parts of one and the same plan.
Status check_agreement(const std::vector<Source>& sources) {
  std::map<std::string, std::pair<const Source*, const PassRow*>> first;
  const std::pair<const Source*, const PassRow*> any = {&sources.front(),
                                                        &sources.front().passes.front()};
  for (const Source& source : sources) {
    for (const PassRow& pass : source.passes) {
      const auto [it, added] = first.try_emplace(pass.facts.spec.task, &source, &pass);
      const auto& [other_source, other] = it->second;
      const std::string pair =
          fmt::format("{} and {}", other_source->dir.string(), source.dir.string());
      if (!added && other->key != pass.key) {
        return Error{ErrorCode::invalid_argument,
                     fmt::format("{}: the runs of task {} were not made the same way, so they are "
                                 "not parts of one run ({})",
                                 pair, pass.facts.spec.task,
                                 spec_differences(other->facts.spec, pass.facts.spec))};
      }
      if (!added) CLUE_OK(same_servers(pair, *other, pass));
      if (!added && other->facts.planned != pass.facts.planned) {
        return Error{
            ErrorCode::invalid_argument,
            fmt::format("{}: task {} has {} generations in one and {} in the other "
                        "(--limit?)",
                        pair, pass.facts.spec.task, other->facts.planned, pass.facts.planned)};
      }
      if (pass.facts.spec.model_hash != any.second->facts.spec.model_hash) {
        return Error{ErrorCode::invalid_argument,
                     fmt::format("{} and {}: different models ({} and {}); a run holds one model",
                                 any.first->dir.string(), source.dir.string(),
                                 any.second->facts.model.name, pass.facts.model.name)};
      }
    }
  }
  return {};
}

/// "3", "7-12": the first few positions of 0..planned-1 that are not in `present`.
std::vector<std::string> gaps(const std::set<std::int64_t>& present, std::size_t planned) {
  std::vector<std::string> found;
  const auto end = static_cast<std::int64_t>(planned);
  for (std::int64_t at = 0; at < end && found.size() < kShownGaps; ++at) {
    if (present.contains(at)) continue;
    const auto next = present.lower_bound(at);
    const std::int64_t last = (next == present.end() ? end : *next) - 1;
    found.push_back(last == at ? fmt::format("{}", at) : fmt::format("{}-{}", at, last));
    at = last;
  }
  return found;
}

/// What is in the new run so far, by sample and repeat: the text, or nothing for an error.
using Kept = std::map<std::pair<std::string, int>, std::pair<bool, std::string>>;

class Merger {
 public:
  explicit Merger(RunStore& out) : out_(out) {}

  Status add(Source& source, const PassRow& pass) {
    CLUE_TRY(Task * task, open_task(pass));
    Status put;
    CLUE_OK(source.store.samples(pass.id, core::RuleSet::corrected, [&](const store::SampleRow& r) {
      put = add_row(*task, r);
      return put.ok();
    }));
    return put;
  }

  Result<MergeReport> finish() {
    CLUE_OK(out_.commit());
    MergeReport report;
    CLUE_TRY(const std::vector<PassRow> passes, out_.passes());
    for (const PassRow& pass : passes) {
      MergedTask& merged = tasks_.at(pass.key).merged;
      merged.planned = pass.facts.planned;
      merged.done = pass.done;
      merged.errors = pass.errors;
      merged.positions = gaps(tasks_.at(pass.key).positions, pass.facts.planned);
      report.tasks.push_back(merged);
    }
    return report;
  }

 private:
  struct Task {
    store::PassId id = 0;
    MergedTask merged;
    Kept kept;
    std::set<std::int64_t> positions;
  };

  Result<Task*> open_task(const PassRow& pass) {
    const auto [it, added] = tasks_.try_emplace(pass.key);
    Task& task = it->second;
    if (!added) {
      CLUE_OK(add_facts(task, pass));
      return &task;
    }
    task.merged.task = pass.facts.spec.task;
    PassFacts facts = pass.facts;
    facts.extra["merged"] = "yes";
    CLUE_TRY(task.id, out_.begin_pass(facts));
    return &task;
  }

  /// Which servers answered and what was sent where, of all parts.
  Status add_facts(const Task& task, const PassRow& pass) {
    CLUE_TRY(const std::vector<PassRow> merged, out_.passes());
    const auto whole = std::ranges::find(merged, task.id, &PassRow::id);
    CLUE_CHECK(whole != merged.end());
    CLUE_TRY(std::vector<ServedBy> served, read_served(fact(*whole, "servers")));
    CLUE_TRY(std::vector<ServedBy> more, read_served(fact(pass, "servers")));
    std::ranges::move(more, std::back_inserter(served));
    if (!served.empty()) CLUE_OK(out_.set_fact(task.id, "servers", served_json(served)));
    CLUE_TRY(std::vector<EgressEntry> sent, read_egress(fact(*whole, "egress")));
    CLUE_TRY(std::vector<EgressEntry> also, read_egress(fact(pass, "egress")));
    add_egress(sent, std::move(also));
    if (!sent.empty()) CLUE_OK(out_.set_fact(task.id, "egress", egress_json(sent)));
    return {};
  }

  Status add_row(Task& task, const store::SampleRow& row) {
    const bool sound = row.generation.error.empty();
    const auto key = std::make_pair(row.sample.id, row.prompt.repeat);
    const auto old = task.kept.find(key);
    if (old != task.kept.end()) {
      ++task.merged.twice;
      const auto& [old_sound, old_text] = old->second;
      if (sound && old_sound && row.generation.text != old_text) ++task.merged.differing;
      if (old_sound || !sound) return {};
    }
    task.kept[key] = {sound, sound ? row.generation.text : std::string()};
    task.positions.insert(row.position);
    CLUE_OK(out_.put_generation(task.id, row.position, row.sample, row.prompt, row.generation));
    return ++uncommitted_ % 1000 == 0 ? out_.commit() : Status{};
  }

  RunStore& out_;
  std::map<std::string, Task> tasks_;  ///< by pass key
  std::size_t uncommitted_ = 0;
};

void list_differences(const json& a, const json& b, const std::string& path, std::string& out) {
  if (a == b) return;
  if (a.is_object() && b.is_object()) {
    std::set<std::string> keys;
    for (const auto& item : a.items()) keys.insert(item.key());
    for (const auto& item : b.items()) keys.insert(item.key());
    for (const std::string& key : keys) {
      const json none;
      list_differences(a.contains(key) ? a[key] : none, b.contains(key) ? b[key] : none,
                       path.empty() ? key : path + "." + key, out);
    }
    return;
  }
  // Hashes are told apart by their start.
  const auto shown = [](const json& v) {
    std::string text = v.is_string() ? v.get<std::string>() : dump_json(v);
    if (text.size() > 40) text = text.substr(0, 12) + "...";
    return text.empty() ? std::string("nothing") : text;
  };
  if (!out.empty()) out += "; ";
  out += path + ": " + shown(a) + " against " + shown(b);
}

}  // namespace

bool MergeReport::complete() const {
  return std::all_of(tasks.begin(), tasks.end(), [](const MergedTask& t) { return t.complete(); });
}

std::string spec_differences(const core::RunSpec& a, const core::RunSpec& b) {
  std::string out;
  list_differences(core::to_json(a), core::to_json(b), "", out);
  return out;
}

Result<MergeReport> merge_runs(std::span<const fs::path> runs, const fs::path& out) {
  if (runs.empty()) return Error{ErrorCode::invalid_argument, "merge: name at least one run"};
  std::error_code ec;
  for (const fs::path& dir : runs) {
    if (fs::equivalent(dir, out, ec)) {
      return Error{ErrorCode::invalid_argument,
                   out.string() + ": is one of the runs to merge; give a new folder"};
    }
  }
  CLUE_TRY(std::vector<Source> sources, open_sources(runs));
  std::vector<Source> all;
  if (fs::exists(out / "run.db", ec)) {
    // What OUT already holds takes part as if it were the first run.
    const std::vector<fs::path> own = {out};
    CLUE_TRY(all, open_sources(own));
  }
  std::move(sources.begin(), sources.end(), std::back_inserter(all));
  CLUE_OK(check_agreement(all));
  bool is_private = false;
  for (const Source& s : all) {
    for (const PassRow& p : s.passes) is_private |= p.facts.use != core::DataUse::open;
  }
  CLUE_TRY(RunStore store, RunStore::create_or_open(out, is_private));
  Merger merger(store);
  for (Source& source : all) {
    for (const PassRow& pass : source.passes) CLUE_OK(merger.add(source, pass));
  }
  return merger.finish();
}

}  // namespace clue::run
