#include "metrics/icd.h"

#include <algorithm>
#include <map>
#include <set>

#include "text/unicode.h"

namespace clue::metrics {
namespace {

using CodeSet = std::set<std::string>;

double ratio(std::size_t n, std::size_t of) {
  return of == 0 ? 0.0 : static_cast<double>(n) / static_cast<double>(of);
}

CodeSet normal_set(std::span<const std::string> codes) {
  CodeSet out;
  for (const std::string& c : codes) {
    std::string n = normal_icd(c);
    if (!n.empty()) out.insert(std::move(n));
  }
  return out;
}

std::size_t common(const CodeSet& a, const CodeSet& b) {
  return static_cast<std::size_t>(
      std::count_if(a.begin(), a.end(), [&b](const std::string& c) { return b.count(c) > 0; }));
}

core::Tally tally(const CodeSet& predicted, const CodeSet& gold) {
  const auto tp = static_cast<double>(common(predicted, gold));
  return {tp, static_cast<double>(predicted.size()) - tp, static_cast<double>(gold.size()) - tp};
}

Prf set_prf(const CodeSet& predicted, const CodeSet& gold) {
  const std::size_t n = common(predicted, gold);
  return make_prf(ratio(n, predicted.size()), ratio(n, gold.size()));
}

/// First three characters (code points, as Python's slice).
std::string prefix3(std::string_view code) {
  std::size_t end = 0;
  for (int i = 0; i < 3 && end < code.size(); ++i) end += text::decode(code, end).bytes;
  return std::string(code.substr(0, end));
}

CodeSet prefixes(const auto& codes) {
  CodeSet out;
  for (const std::string& c : codes) out.insert(prefix3(c));
  return out;
}

template <typename Name>
CodeSet renamed(const CodeSet& codes, Name&& name) {
  CodeSet out;
  for (const std::string& c : codes) out.insert(name(c));
  return out;
}

double share_known(std::span<const std::string> codes, const IcdTable& table) {
  const auto n = std::count_if(codes.begin(), codes.end(),
                               [&table](const std::string& c) { return table.contains(c); });
  return ratio(static_cast<std::size_t>(n), codes.size());
}

IcdScores score_2024(std::span<const std::string> predicted, std::span<const std::string> gold_in,
                     const IcdTable& table) {
  std::vector<std::string> gold(gold_in.begin(), gold_in.end());
  if (gold.empty()) gold.emplace_back();  // "".split(", ")
  const auto among = [](const std::string& c, const auto& list) {
    return std::find(list.begin(), list.end(), c) != list.end();
  };
  const auto hits = [&](const auto& these, const auto& those) {
    return static_cast<std::size_t>(std::count_if(
        these.begin(), these.end(), [&](const std::string& c) { return among(c, those); }));
  };
  IcdScores s;
  s.em = make_prf(ratio(hits(predicted, gold), predicted.size()),
                  ratio(hits(gold, predicted), gold.size()));
  s.ap = set_prf(prefixes(predicted), prefixes(gold));
  s.valid_codes = share_known(predicted, table);
  s.em_tally =
      tally(CodeSet(predicted.begin(), predicted.end()), CodeSet(gold.begin(), gold.end()));
  return s;
}

}  // namespace

IcdTableId icd_table_for(core::RuleSet rules) {
  return rules == core::RuleSet::clue_2024 ? IcdTableId::reference : IcdTableId::current;
}

std::string normal_icd(std::string_view code) {
  std::string out = text::to_upper(text::strip(code));
  std::erase(out, '.');
  return out;
}

std::vector<std::string> split_gold_codes(std::string_view text, core::RuleSet rules) {
  std::vector<std::string> out;
  if (rules == core::RuleSet::clue_2024) {
    for (std::size_t i = 0;;) {
      const std::size_t end = text.find(", ", i);
      out.emplace_back(text.substr(i, end == text.npos ? text.npos : end - i));
      if (end == text.npos) return out;
      i = end + 2;
    }
  }
  constexpr std::string_view kBetween = ",; \t\r\n";
  for (std::size_t i = text.find_first_not_of(kBetween); i != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(kBetween, i), text.size());
    out.emplace_back(text.substr(i, end - i));
    i = text.find_first_not_of(kBetween, end);
  }
  return out;
}

core::Answer parse_icd_answer(std::string_view text, core::RuleSet rules, const IcdTable& table) {
  const bool published = rules == core::RuleSet::clue_2024;
  const std::vector<IcdMention> found = published ? parse_icd_2024(text) : parse_icd(text, table);
  core::Answer a;
  if (found.empty()) {
    a.status = core::AnswerStatus::none;
    a.note = "no ICD-10-CM code in the answer";
    return a;
  }
  std::set<std::string> seen;
  for (const IcdMention& m : found) {
    if (published || seen.insert(m.code).second) a.codes.push_back(m.code);
  }
  for (const std::string& c : a.codes) a.value += (a.value.empty() ? "" : ", ") + c;
  a.begin = found.front().begin;
  a.end = found.back().end;
  return a;
}

IcdScores score_icd(std::span<const std::string> predicted, std::span<const std::string> gold,
                    core::RuleSet rules, const IcdTable& table) {
  if (rules == core::RuleSet::clue_2024) return score_2024(predicted, gold, table);
  const CodeSet p = normal_set(predicted);
  const CodeSet g = normal_set(gold);
  IcdScores s;
  s.em = set_prf(p, g);
  s.ap = set_prf(prefixes(p), prefixes(g));
  s.valid_codes = share_known(std::vector<std::string>(p.begin(), p.end()), table);
  s.em_tally = tally(p, g);
  return s;
}

IcdHierarchy score_icd_hierarchy(std::span<const std::string> predicted,
                                 std::span<const std::string> gold, const IcdTable& table) {
  const CodeSet p = normal_set(predicted);
  const CodeSet g = normal_set(gold);
  const auto chapter = [&table](const std::string& c) {
    const IcdBlock* b = table.block(c);
    return b ? std::string(b->chapter) : c;
  };
  const auto block = [&table](const std::string& c) {
    const IcdBlock* b = table.block(c);
    return b ? std::string(b->id) : c;
  };
  IcdHierarchy h;
  const auto level = [&](auto&& name, Prf& prf, core::Tally& t) {
    const CodeSet a = renamed(p, name), b = renamed(g, name);
    prf = set_prf(a, b);
    t = tally(a, b);
  };
  level(chapter, h.chapter, h.chapter_tally);
  level(block, h.block, h.block_tally);
  level(prefix3, h.category, h.category_tally);
  level([](const std::string& c) { return c; }, h.full, h.full_tally);
  return h;
}

IcdProfile profile_icd(std::span<const std::string> predicted, std::span<const std::string> gold,
                       const IcdTable& table) {
  const CodeSet p = normal_set(predicted);
  const CodeSet g = normal_set(gold);
  const CodeSet p3 = prefixes(p), g3 = prefixes(g);
  IcdProfile out;
  out.predicted = p.size();
  out.gold = g.size();
  for (const std::string& c : p) {
    const IcdCode* known = table.find(c);
    if (!known) ++out.invalid;
    if (known && !known->billable) ++out.not_billable;
    if (g.count(c)) {
      ++out.right;
    } else {
      ++(g3.count(prefix3(c)) ? out.near : out.over);
    }
  }
  out.under = static_cast<std::size_t>(std::count_if(
      g.begin(), g.end(), [&p3](const std::string& c) { return p3.count(prefix3(c)) == 0; }));
  return out;
}

Prf micro_prf(std::span<const core::Tally> tallies) {
  core::Tally sum;
  for (const core::Tally& t : tallies) {
    sum.tp += t.tp;
    sum.fp += t.fp;
    sum.fn += t.fn;
  }
  const auto share = [&sum](double rest) { return sum.tp > 0 ? sum.tp / (sum.tp + rest) : 0.0; };
  return make_prf(share(sum.fp), share(sum.fn));
}

Prf macro_prf_by_code(std::span<const std::vector<std::string>> predicted,
                      std::span<const std::vector<std::string>> gold) {
  CLUE_CHECK(predicted.size() == gold.size());
  std::map<std::string, core::Tally> by_code;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    const CodeSet p = normal_set(predicted[i]), g = normal_set(gold[i]);
    for (const std::string& c : p) ++(g.count(c) ? by_code[c].tp : by_code[c].fp);
    for (const std::string& c : g) {
      if (!p.count(c)) ++by_code[c].fn;
    }
  }
  Prf mean;
  for (const auto& [code, t] : by_code) {
    const Prf one = micro_prf({&t, 1});
    mean.precision += one.precision;
    mean.recall += one.recall;
    mean.f1 += one.f1;
  }
  const double n = by_code.empty() ? 1.0 : static_cast<double>(by_code.size());
  return {mean.precision / n, mean.recall / n, mean.f1 / n};
}

std::string icd_signature(core::RuleSet rules, const IcdTable& table) {
  const bool published = rules == core::RuleSet::clue_2024;
  return std::string("icd|rules:") + (published ? "clue-2024" : "corrected") +
         "|parser:" + (published ? "published pattern" : "code list") + "|table:" + table.name();
}

}  // namespace clue::metrics
