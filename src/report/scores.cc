#include "report/scores.h"

#include <algorithm>
#include <functional>

#include "report/catalogue.h"

namespace clue::report {

namespace {

std::size_t mix(std::size_t hash, const std::string& text) {
  return hash * 1000003 + std::hash<std::string>{}(text) + 1;
}

Result<std::unique_ptr<PassScores>> read(const PassInput& pass) {
  auto out = std::make_unique<PassScores>();
  for (const core::Summary& s : pass.summaries) {
    if (is_share(s.metric)) out->metrics.push_back(s.metric);
  }
  CLUE_OK(pass.samples([&](const store::SampleRow& row) {
    const SampleKey key{row.sample.id, row.prompt.repeat};
    if (!row.generation.error.empty()) {
      out->failed.insert(key);
      return true;
    }
    SampleScores one;
    one.cluster = row.sample.cluster.empty() ? row.sample.id : row.sample.cluster;
    for (const auto& [name, text] : row.sample.fields) one.content = mix(one.content, text);
    for (const std::string& target : row.sample.targets) one.content = mix(one.content, target);
    if (!row.prompt.target.empty()) one.content = mix(one.content, row.prompt.target);
    for (const core::Message& m : row.prompt.messages) {
      if (!m.content.empty()) one.prompt = mix(one.prompt, m.content);
    }
    one.values.resize(out->metrics.size());
    for (const core::Score& s : row.scores) {
      const auto at = std::ranges::find(out->metrics, s.metric);
      if (at != out->metrics.end()) {
        one.values[static_cast<std::size_t>(at - out->metrics.begin())] = s.value;
      }
    }
    out->samples[key] = std::move(one);
    return true;
  }));
  return out;
}

}  // namespace

Result<const PassScores*> ScoreCache::get(std::size_t run, std::size_t pass) {
  std::unique_ptr<PassScores>& place = kept_[{run, pass}];
  if (place == nullptr) {
    CLUE_TRY(place, read((*runs_)[run].passes[pass]));
  }
  return place.get();
}

PairedColumn paired_column(const PassScores& a, const PassScores& b, const std::string& metric) {
  PairedColumn out;
  const auto index = [&](const PassScores& pass) {
    return static_cast<std::size_t>(std::ranges::find(pass.metrics, metric) - pass.metrics.begin());
  };
  const std::size_t i = index(a);
  const std::size_t j = index(b);
  if (i == a.metrics.size() || j == b.metrics.size()) return out;
  std::set<std::string_view> different;
  for (const auto& [key, one] : a.samples) {
    const auto other = b.samples.find(key);
    if (other == b.samples.end() || !one.values[i] || !other->second.values[j]) continue;
    if (one.content != 0 && other->second.content != 0 && one.content != other->second.content) {
      continue;
    }
    out.a.push_back(*one.values[i]);
    out.b.push_back(*other->second.values[j]);
    out.clusters.push_back(one.cluster);
    different.insert(one.cluster);
  }
  if (different.size() == out.clusters.size()) out.clusters.clear();
  return out;
}

}  // namespace clue::report
