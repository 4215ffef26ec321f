#include "run/reproduce.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "core/json.h"
#include "run/merge.h"

namespace clue::run {
namespace {

std::vector<Check> checks_of(const store::PassFacts& a, const store::PassFacts& b) {
  std::vector<Check> out = {
      {"task version", std::to_string(a.spec.task_version), std::to_string(b.spec.task_version)},
      {"data file (sha256)", a.spec.data_hash, b.spec.data_hash},
      {"model (hash)", a.spec.model_hash, b.spec.model_hash},
      {"chat template (hash)", a.spec.template_hash, b.spec.template_hash},
      {"prompt wording (hash)", a.spec.prompt_hash, b.spec.prompt_hash},
      {"prompts planned", std::to_string(a.planned), std::to_string(b.planned)}};
  // What is left of the RunSpec: decoding, engine, seeds, context.
  core::RunSpec rest = b.spec;
  rest.task_version = a.spec.task_version;
  rest.data_hash = a.spec.data_hash;
  rest.model_hash = a.spec.model_hash;
  rest.template_hash = a.spec.template_hash;
  rest.prompt_hash = a.spec.prompt_hash;
  const std::string differences = spec_differences(a.spec, rest);
  out.push_back({"other settings", "as stored", differences.empty() ? "as stored" : differences});
  return out;
}

bool has_text(const store::SampleRow& row) {
  return std::ranges::any_of(row.prompt.messages,
                             [](const core::Message& m) { return !m.content.empty(); });
}

/// Everything about one sample that came out differently.
std::vector<SampleDifference> differences(const store::SampleRow& old_row,
                                          const store::SampleRow& new_row) {
  std::vector<SampleDifference> out;
  SampleDifference d{new_row.sample.id, new_row.prompt.repeat, "", "", "", 0};
  if (has_text(old_row)) {
    if (core::prompt_hash(old_row.prompt) != core::prompt_hash(new_row.prompt)) {
      d.what = "prompt";
      out.push_back(d);
    }
    const core::Generation& before = old_row.generation;
    const core::Generation& after = new_row.generation;
    if (before.text != after.text || before.error.empty() != after.error.empty()) {
      d.what = "output";
      d.stored = before.error.empty() ? before.text : "failed: " + before.error;
      d.found = after.error.empty() ? after.text : "failed: " + after.error;
      const auto place = std::ranges::mismatch(d.stored, d.found);
      d.at = static_cast<std::size_t>(place.in1 - d.stored.begin());
      out.push_back(d);
      return out;  // other scores follow from it
    }
  }
  for (const core::Score& s : old_row.scores) {
    const auto other = std::ranges::find(new_row.scores, s.metric, &core::Score::metric);
    if (other == new_row.scores.end() || !s.value || !other->value || *s.value == *other->value) {
      continue;
    }
    d.what = s.metric;
    d.stored = fmt::format("{}", *s.value);
    d.found = fmt::format("{}", *other->value);
    out.push_back(d);
  }
  return out;
}

}  // namespace

bool Reproduction::same() const {
  return std::ranges::all_of(checks, [](const Check& c) { return c.ok(); }) && equal == asked;
}

Result<Reproduction> compare_passes(const StoredPass& old_run, const StoredPass& new_run,
                                    core::RuleSet rules) {
  Reproduction out;
  out.checks = checks_of(old_run.pass->facts, new_run.pass->facts);
  std::map<std::pair<std::string, int>, store::SampleRow> again;
  CLUE_OK(new_run.store->samples(new_run.pass->id, rules, [&](const store::SampleRow& row) {
    again[{row.sample.id, row.prompt.repeat}] = row;
    return true;
  }));
  CLUE_OK(old_run.store->samples(old_run.pass->id, rules, [&](const store::SampleRow& row) {
    const auto found = again.find({row.sample.id, row.prompt.repeat});
    if (found == again.end()) return true;
    ++out.asked;
    out.purged += has_text(row) ? 0 : 1;
    std::vector<SampleDifference> all = differences(row, found->second);
    out.equal += all.empty() ? 1 : 0;
    std::ranges::move(all, std::back_inserter(out.samples));
    return true;
  }));
  return out;
}

}  // namespace clue::run
