#include "serve/review_state.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "metrics/stats.h"

namespace clue::serve {
namespace {

/// Labels of two reviewers on their common items, by scale.
struct Labels {
  std::vector<std::string> a, b;
};

void add(std::map<std::string, Labels>& scales, const std::string& scale, std::string a,
         std::string b) {
  scales[scale].a.push_back(std::move(a));
  scales[scale].b.push_back(std::move(b));
}

std::string kept(const std::string& action) { return action == "reject" ? "reject" : "kept"; }

bool alike(const store::ReviewEntry& a, const store::ReviewEntry& b) {
  return a.action == b.action &&
         (a.action != "edit" || (a.question == b.question && a.answer == b.answer));
}

}  // namespace

std::vector<Settled> settle(const ReviewSet& set, const store::Decisions& decisions) {
  std::vector<Settled> out;
  for (const ReviewItem& item : set.items) {
    Settled& one = out.emplace_back();
    const auto found = decisions.find(item.id);
    if (found == decisions.end() || found->second.empty()) continue;
    const store::ReviewEntry* word = nullptr;
    const store::ReviewEntry* last_word = nullptr;
    bool disputed = false;
    for (const auto& [who, entry] : found->second) {
      one.reviewers.push_back(who);
      if (entry.final_word) {
        last_word = &entry;
      } else if (word == nullptr) {
        word = &entry;
      } else if (!alike(*word, entry)) {
        disputed = true;
      }
    }
    if (last_word != nullptr) {
      word = last_word;
    } else if (disputed) {
      one.verdict = Verdict::disputed;
      continue;
    }
    one.verdict = word->action == "reject" ? Verdict::rejected : Verdict::accepted;
    one.edited = word->action == "edit";
    one.question = one.edited ? word->question : item.question;
    one.answer = one.edited ? word->answer : item.answer;
  }
  return out;
}

std::vector<PairAgreement> agreement(const store::Decisions& decisions) {
  std::set<std::string> reviewers;
  for (const auto& [item, by] : decisions) {
    for (const auto& [who, entry] : by) {
      if (!entry.final_word) reviewers.insert(who);
    }
  }
  std::vector<PairAgreement> out;
  for (auto a = reviewers.begin(); a != reviewers.end(); ++a) {
    for (auto b = std::next(a); b != reviewers.end(); ++b) {
      std::map<std::string, Labels> scales;
      for (const auto& [item, by] : decisions) {
        const auto x = by.find(*a), y = by.find(*b);
        if (x == by.end() || y == by.end()) continue;
        const store::ReviewEntry &p = x->second, &q = y->second;
        if (p.final_word || q.final_word) continue;
        if (p.action != "rate" && q.action != "rate") {
          add(scales, "decision", p.action, q.action);
          add(scales, "kept", kept(p.action), kept(q.action));
        }
        for (const auto& [scale, value] : p.ratings) {
          if (const auto other = q.ratings.find(scale); other != q.ratings.end())
            add(scales, scale, std::to_string(value), std::to_string(other->second));
        }
      }
      for (const auto& [scale, labels] : scales) {
        PairAgreement one;
        one.a = *a;
        one.b = *b;
        one.scale = scale;
        one.n = labels.a.size();
        std::size_t same = 0;
        for (std::size_t i = 0; i < labels.a.size(); ++i) same += labels.a[i] == labels.b[i];
        one.share = static_cast<double>(same) / static_cast<double>(one.n);
        one.kappa = metrics::cohen_kappa(labels.a, labels.b);
        out.push_back(std::move(one));
      }
    }
  }
  return out;
}

Result<std::string> accepted_json(const ReviewSet& set, const std::vector<Settled>& settled) {
  std::string out = "[";
  bool first = true;
  for (std::size_t i = 0; i < set.items.size(); ++i) {
    const Settled& one = settled[i];
    if (one.verdict != Verdict::accepted) continue;
    CLUE_TRY(nlohmann::ordered_json record, parse_ordered_json(set.items[i].record, "record"));
    record["Question"] = one.question;
    record["Answer"] = one.answer;
    record["review"] = {{"reviewers", one.reviewers.size()}, {"edited", one.edited}};
    out += (first ? "\n" : ",\n") + dump_json(record);
    first = false;
  }
  return out + "\n]\n";
}

}  // namespace clue::serve
