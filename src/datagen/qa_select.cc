// Scores of the pairs and the choice among them.
#include <algorithm>
#include <numeric>
#include <set>

#include "base/text.h"
#include "datagen/qa_set.h"
#include "metrics/rouge.h"
#include "text/words.h"

namespace clue::datagen {
namespace {

/// The usable pairs' F1 by one resource.
Status score_with(tasks::PairScorer& scorer, core::RuleSet rules,
                  const std::vector<QaPair*>& pairs, std::optional<double> QaPair::*value,
                  std::string QaPair::*why) {
  std::vector<tasks::TextPair> texts;
  texts.reserve(pairs.size());
  for (const QaPair* p : pairs) texts.push_back({p->question, p->answer});
  CLUE_TRY(const std::vector<tasks::PairScore> scores, scorer.score(texts, rules));
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i]->*value = scores[i].f1;
    pairs[i]->*why = scores[i].why;
  }
  return {};
}

/// Usable pairs by ascending score, equal ones in file order; those without a score are left out.
std::vector<std::size_t> ascending(const QaSet& set, std::optional<double> QaPair::*value) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < set.pairs.size(); ++i) {
    if (set.pairs[i].why.empty() && set.pairs[i].*value) out.push_back(i);
  }
  std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    return *(set.pairs[a].*value) < *(set.pairs[b].*value);
  });
  return out;
}

}  // namespace

Status score_pairs(const tasks::MetricResources& resources, core::RuleSet rules, QaSet& set) {
  std::vector<QaPair*> usable;
  metrics::RougeScorer rouge;
  for (QaPair& pair : set.pairs) {
    pair.bertscore_why = resources.bert_score_why;
    pair.concepts_why = resources.concepts_why;
    if (!pair.why.empty()) continue;
    pair.rouge_l = rouge.score(pair.question, pair.answer).rouge_l.f1;
    usable.push_back(&pair);
  }
  if (resources.bert_score != nullptr) {
    set.bertscore_signature = resources.bert_score->signature(rules);
    CLUE_OK(score_with(*resources.bert_score, rules, usable, &QaPair::bertscore,
                       &QaPair::bertscore_why));
  }
  if (resources.concepts != nullptr) {
    set.concepts_signature = resources.concepts->signature(rules);
    CLUE_OK(
        score_with(*resources.concepts, rules, usable, &QaPair::concepts, &QaPair::concepts_why));
  }
  return {};
}

void select_pairs(std::size_t top_k, core::RuleSet rules, QaSet& set) {
  set.chosen.clear();
  const std::vector<std::size_t> by_rouge = ascending(set, &QaPair::rouge_l);
  const std::vector<std::size_t> by_bert = ascending(set, &QaPair::bertscore);
  const std::size_t places = std::min(top_k, by_rouge.size());
  std::set<std::size_t> used;
  std::size_t next_rouge = 0;
  std::size_t next_bert = 0;
  for (std::size_t i = 0; i < places; ++i) {
    const bool bert = i % 2 == 1 && !by_bert.empty();
    const std::vector<std::size_t>& order = bert ? by_bert : by_rouge;
    const std::string_view by = bert ? "bertscore" : "rouge_l";
    if (rules == core::RuleSet::clue_2024) {
      if (i < order.size()) set.chosen.push_back({order[i], by});
      continue;
    }
    std::size_t& next = bert ? next_bert : next_rouge;
    while (next < order.size() && !used.insert(order[next]).second) ++next;
    if (next < order.size()) set.chosen.push_back({order[next], by});
  }
}

std::string evidence_line(std::string_view text, std::string_view answer) {
  constexpr std::size_t kShortest = 4;
  const auto long_words = [](std::string_view s) {
    std::set<std::string> out;
    const std::string words = text::unicode_words(s);
    for (const std::string_view w : py_split(words)) {
      if (w.size() >= kShortest) out.emplace(w);
    }
    return out;
  };
  const std::set<std::string> wanted = long_words(answer);
  std::string_view best;
  std::size_t most = 0;
  for (const std::string_view line : split_lines(text)) {
    if (trim(line).empty()) continue;
    const std::set<std::string> there = long_words(line);
    const auto n = static_cast<std::size_t>(
        std::count_if(wanted.begin(), wanted.end(), [&](const auto& w) { return there.count(w); }));
    if (n > most) {
      most = n;
      best = trim(line);
    }
  }
  return most > 0 && 2 * most >= wanted.size() ? std::string(best) : std::string();
}

}  // namespace clue::datagen
