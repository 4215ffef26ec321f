#include "report/tally.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "metrics/stats.h"

namespace clue::report {

namespace {

struct Chapter {
  std::string_view last;  ///< last category of the chapter
  std::string_view text;
};
constexpr Chapter kChapters[] = {
    {"B99", "A00-B99 infections"},
    {"D49", "C00-D49 neoplasms"},
    {"D89", "D50-D89 blood, immune system"},
    {"E89", "E00-E89 endocrine, metabolic"},
    {"F99", "F01-F99 mental"},
    {"G99", "G00-G99 nervous system"},
    {"H59", "H00-H59 eye"},
    {"H95", "H60-H95 ear"},
    {"I99", "I00-I99 circulatory"},
    {"J99", "J00-J99 respiratory"},
    {"K95", "K00-K95 digestive"},
    {"L99", "L00-L99 skin"},
    {"M99", "M00-M99 musculoskeletal"},
    {"N99", "N00-N99 genitourinary"},
    {"O9Z", "O00-O9A pregnancy, birth"},
    {"P96", "P00-P96 perinatal"},
    {"Q99", "Q00-Q99 congenital"},
    {"R99", "R00-R99 symptoms, findings"},
    {"T88", "S00-T88 injury, poisoning"},
    {"U99", "U00-U85 special purposes"},
    {"Y99", "V00-Y99 external causes"},
    {"Z99", "Z00-Z99 factors, contact"},
};

std::string dotless(std::string code) {
  std::erase(code, '.');
  return code;
}

std::optional<double> number(const std::map<std::string, std::string>& info,
                             std::string_view name) {
  const auto found = info.find(std::string(name));
  if (found == info.end()) return std::nullopt;
  double value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto read = std::from_chars(found->second.data(), end, value);
  return read.ec == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace

core::AnswerStatus status_of(const store::SampleRow& row) {
  if (row.answer) return row.answer->status;
  return row.generation.error.empty() ? core::AnswerStatus::answered : core::AnswerStatus::error;
}

std::string icd_chapter(std::string_view code) {
  const std::string_view category = code.substr(0, 3);
  for (const Chapter& chapter : kChapters) {
    if (category <= chapter.last) return std::string(chapter.text);
  }
  return "other";
}

Estimate clustered_mean(const std::vector<Part>& parts) {
  Estimate out;
  double whole = 0;
  std::map<std::string_view, double> influence;
  for (const Part& part : parts) {
    if (part.values->empty()) return {};
    const double n = static_cast<double>(part.values->size());
    double sum = 0;
    for (const Scored& s : *part.values) sum += s.value;
    const double mean = sum / n;
    whole += part.weight * mean;
    out.n += part.values->size();
    for (const Scored& s : *part.values) influence[s.cluster] += part.weight * (s.value - mean) / n;
  }
  if (parts.empty()) return {};
  out.value = whole;
  const double groups = static_cast<double>(influence.size());
  if (groups < 2) return out;
  double squares = 0;
  for (const auto& [cluster, r] : influence) squares += r * r;
  out.error = std::sqrt(squares * groups / (groups - 1));
  const double half = metrics::student_t_factor(groups - 1) * *out.error;
  out.low = whole - half;
  out.high = whole + half;
  return out;
}

Estimate as_share(Estimate estimate) {
  if (estimate.low) estimate.low = std::max(0.0, *estimate.low);
  if (estimate.high) estimate.high = std::min(1.0, *estimate.high);
  return estimate;
}

Estimate clustered_mean(const std::vector<Scored>& values) {
  return clustered_mean(std::vector<Part>{{&values, 1}});
}

std::vector<Scored> paired(const std::vector<Scored>& a, const std::vector<Scored>& b) {
  std::map<std::pair<std::string_view, int>, double> other;
  for (const Scored& s : b) other[{s.sample, s.repeat}] = s.value;
  std::vector<Scored> out;
  for (const Scored& s : a) {
    const auto found = other.find({s.sample, s.repeat});
    if (found == other.end()) continue;
    out.push_back(s);
    out.back().value -= found->second;
  }
  return out;
}

void PassTally::add_concepts(const core::Score& score) {
  const nlohmann::json explain = nlohmann::json::parse(score.why, nullptr, false);
  if (!explain.is_object()) return;
  for (const auto& [key, place] : {std::pair("missed", &Term::a), {"added", &Term::b}}) {
    const auto list = explain.find(key);
    if (list == explain.end() || !list->is_array()) continue;
    for (const auto& name : *list) {
      if (name.is_string()) ++(concepts[name.get<std::string>()].*place);
    }
  }
}

void PassTally::add_codes(const store::SampleRow& row) {
  const core::Answer answer = row.answer.value_or(core::Answer{});
  std::set<std::string> want;
  for (const std::string& code : row.sample.targets) want.insert(dotless(code));
  const std::set<std::string> got(answer.codes.begin(), answer.codes.end());
  ++coding[got.size() < want.size() ? 0U : got.size() == want.size() ? 1U : 2U];
  for (const std::string& code : want) {
    Term& chapter = chapters[icd_chapter(code)];
    ++chapter.a;
    if (got.contains(code)) {
      ++chapter.b;
    } else {
      ++codes[code].a;
    }
  }
  for (const std::string& code : got) {
    if (!want.contains(code)) ++codes[code].b;
  }
}

void PassTally::add(const store::SampleRow& row, const std::vector<std::string>& headline,
                    std::string_view kind) {
  const core::AnswerStatus s = status_of(row);
  ++status[static_cast<std::size_t>(s)];
  prompt_tokens += row.generation.prompt_tokens;
  reused_tokens += row.generation.reused_tokens;
  output_tokens += row.generation.output_tokens;
  seconds += row.generation.seconds;
  if (s == core::AnswerStatus::error) return;
  double sum = 0;
  std::size_t found = 0;
  for (const core::Score& score : row.scores) {
    if (!score.value) continue;
    const double clamped = std::clamp(*score.value, 0.0, 1.0);
    ++histograms[score.metric][std::min<std::size_t>(19, static_cast<std::size_t>(clamped * 20))];
    if (std::ranges::find(headline, score.metric) != headline.end()) {
      sum += *score.value;
      ++found;
    }
    if (score.metric == "concept_f1") add_concepts(score);
  }
  if (found == headline.size() && found > 0) {
    const double mean = sum / static_cast<double>(found);
    // A sample without a cluster is its own; its number means nothing in another task.
    const std::string cluster =
        row.sample.cluster.empty() ? task + '/' + row.sample.id : row.sample.cluster;
    task_scores.push_back({row.sample.id, row.prompt.repeat, cluster, mean});
    points.push_back(
        {row.generation.prompt_tokens, mean, number(row.prompt.info, "answer_position")});
  } else {
    task_score_complete = false;
  }
  if (kind == "label" && row.sample.targets.size() == 1) {
    ++confusion[row.sample.targets[0]][s == core::AnswerStatus::answered
                                           ? row.answer.value_or(core::Answer{}).value
                                           : std::string("no answer")];
  }
  if (kind == "codes") add_codes(row);
}

}  // namespace clue::report
