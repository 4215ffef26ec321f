#include "metrics/pipe.h"

#include <algorithm>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "metrics/bert_score.h"
#include "metrics/choice.h"
#include "metrics/icd.h"
#include "metrics/label.h"
#include "metrics/rouge.h"
#include "metrics/squad.h"

namespace clue::metrics {
namespace {

using Json = nlohmann::ordered_json;
using Rows = Result<std::vector<Json>>;

Json error_line(std::size_t line, const std::string& what) {
  return {{"error", "line " + std::to_string(line) + ": " + what}};
}

Result<std::vector<std::string>> strings(const nlohmann::json& value, const char* key) {
  std::vector<std::string> out;
  for (const auto& v : value) {
    if (!v.is_string()) {
      return Error{ErrorCode::data,
                   std::string("\"") + key + "\" must hold strings, found " + v.dump()};
    }
    out.push_back(v.get<std::string>());
  }
  return out;
}

Result<PipePair> parse_line(const std::string& text, std::size_t number) {
  nlohmann::json j;
  try {
    j = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    std::string_view what = e.what();  // without the library's "[json.exception...] "
    if (const std::size_t end = what.find("] "); end != what.npos) what.remove_prefix(end + 2);
    return Error{ErrorCode::data, "not JSON in UTF-8: " + std::string(what)};
  }
  if (!j.is_object()) {
    return Error{ErrorCode::data, R"(expected {"prediction": "...", "reference": "..."})"};
  }
  PipePair p;
  p.line = number;
  for (const char* key : {"prediction", "reference"}) {
    if (!j.contains(key)) return Error{ErrorCode::data, std::string("\"") + key + "\" is missing"};
  }
  if (!j["prediction"].is_string()) {
    return Error{ErrorCode::data,
                 "\"prediction\" must be a string, found " + j["prediction"].dump()};
  }
  p.prediction = j["prediction"].get<std::string>();
  const auto& reference = j["reference"];
  p.reference_is_list = reference.is_array();
  if (!reference.is_string() && !reference.is_array()) {
    return Error{ErrorCode::data,
                 "\"reference\" must be a string or a list of strings, found " + reference.dump()};
  }
  CLUE_TRY(
      p.references,
      strings(reference.is_array() ? reference : nlohmann::json::array({reference}), "reference"));
  for (const char* key : {"options", "labels"}) {
    if (j.contains(key) && j[key].is_array()) {
      CLUE_TRY(p.options, strings(j[key], key));
    }
  }
  return p;
}

void put(Json& row, const std::string& stem, const Prf& s) {
  row[stem + "_p"] = s.precision;
  row[stem + "_r"] = s.recall;
  row[stem + "_f1"] = s.f1;
}

/// The reference of a metric that has one; run_pipe's caller sees to it that there is one.
std::string single(const PipePair& p) {
  return p.references.empty() ? std::string() : p.references.front();
}

/// Null under every key: an empty list of references, where the reference programs raise.
Json no_reference(std::initializer_list<const char*> stems) {
  Json row = Json::object();
  for (const std::string stem : stems) {
    for (const char* part : {"_p", "_r", "_f1"}) row[stem + part] = nullptr;
  }
  row["why"] = "the list of references is empty";
  return row;
}

/// One label or letter. Error line otherwise.
std::optional<Json> not_single(const PipePair& p, const std::string& metric) {
  if (p.references.size() == 1) return std::nullopt;
  return error_line(p.line, "\"reference\" must be one string for " + metric + ", found a list of " +
                                std::to_string(p.references.size()));
}

/// Scorer that treats each pair on its own.
template <typename F>
PipeScorer each(F score) {
  return [score](std::span<const PipePair> pairs) mutable -> Rows {
    std::vector<Json> out;
    for (const PipePair& p : pairs) out.push_back(score(p));
    return out;
  };
}

PipeScorer rouge(const MetricPipe& o) {
  const RougeOptions options{o.rouge_stemmer, o.rouge_unicode};
  auto scorer = std::make_shared<RougeScorer>(options);
  const std::string said = o.rouge_stemmer || o.rouge_unicode ? rouge_signature(options) : "";
  // Several references: for each of the three the one with the best F1, as rouge_score's
  // score_multi.
  return each([scorer, said](const PipePair& p) {
    if (p.references.empty()) return no_reference({"rouge_1", "rouge_2", "rouge_l"});
    RougeScores s = scorer->score(p.prediction, p.references.front());
    for (std::size_t i = 1; i < p.references.size(); ++i) {
      const RougeScores other = scorer->score(p.prediction, p.references[i]);
      for (const auto part : {&RougeScores::rouge_1, &RougeScores::rouge_2, &RougeScores::rouge_l})
        if ((other.*part).f1 > (s.*part).f1) s.*part = other.*part;
    }
    Json row = Json::object();
    put(row, "rouge_1", s.rouge_1);
    put(row, "rouge_2", s.rouge_2);
    put(row, "rouge_l", s.rouge_l);
    if (!said.empty()) row["signature"] = said;
    return row;
  });
}

PipeScorer icd(const MetricPipe& o) {
  const auto table = o.icd_table ? o.icd_table : builtin_icd_table(icd_table_for(o.rules));
  return each([table, rules = o.rules](const PipePair& p) {
    const core::Answer a = parse_icd_answer(p.prediction, rules, *table);
    std::vector<std::string> gold = p.reference_is_list ? p.references
                                    : rules == core::RuleSet::clue_2024
                                        ? split_gold_codes(single(p), rules)
                                        : gold_codes(single(p), *table);
    if (rules == core::RuleSet::corrected) {
      for (std::string& code : gold) code = plain_icd(code, *table);
    }
    const IcdScores s = score_icd(a.codes, gold, rules, *table);
    Json row = Json::object();
    put(row, "em", s.em);
    put(row, "ap", s.ap);
    row["valid_codes"] = s.valid_codes;
    row["codes"] = a.codes;
    return row;
  });
}

PipeScorer label(const MetricPipe& o) {
  return each([o](const PipePair& p) {
    if (auto wrong = not_single(p, "label")) return *wrong;
    const std::string gold = single(p);
    if (o.rules == core::RuleSet::clue_2024) {
      return Json{{"accuracy", label_right_2024(p.prediction, gold) ? 1.0 : 0.0}};
    }
    std::vector<std::string> labels = p.options.empty() ? o.labels : p.options;
    const auto same = [](std::string_view a, std::string_view b) {
      return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               const auto low = [](char c) {
                 return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
               };
               return low(x) == low(y);
             });
    };
    if (std::none_of(labels.begin(), labels.end(), [&](const auto& l) { return same(l, gold); })) {
      labels.push_back(gold);
    }
    return Json{{"accuracy", same(parse_label(p.prediction, labels).value, gold) ? 1.0 : 0.0}};
  });
}

PipeScorer choice(const MetricPipe& o) {
  return each([o](const PipePair& p) {
    if (auto wrong = not_single(p, "choice")) return *wrong;
    const std::string gold = single(p);
    core::Answer a;
    if (o.rules == core::RuleSet::clue_2024) {
      a = parse_choice_strict(p.prediction);
    } else if (!p.options.empty()) {
      a = parse_choice(p.prediction, p.options);
    } else {
      std::size_t count = o.option_count;
      if (gold.size() == 1 && gold[0] >= 'A' && gold[0] <= 'Z') {
        count = std::max(count, static_cast<std::size_t>(gold[0] - 'A') + 1);
      }
      a = parse_choice(p.prediction, count);
    }
    return Json{{"choice", a.value}, {"accuracy", !a.value.empty() && a.value == gold ? 1.0 : 0.0}};
  });
}

PipeScorer squad(const MetricPipe&) {
  return each([](const PipePair& p) {
    if (p.references.empty()) {
      Json row = {{"exact_match", nullptr}};
      row.update(no_reference({"token"}));
      return row;
    }
    const SquadScores s = score_squad(p.prediction, p.references);
    Json row = {{"exact_match", s.exact_match}};
    put(row, "token", s.token);
    return row;
  });
}

Result<PipeScorer> bertscore(const MetricPipe& o) {
  if (o.model.empty()) {
    return Error{ErrorCode::invalid_argument,
                 "bertscore needs an encoder: give --model FILE.gguf or a Hugging Face folder"};
  }
  BertScoreOptions options;
  options.layer = o.layer;
  options.idf = o.idf;
  options.baseline = o.baseline;
  options.rules = o.rules;
  options.threads = o.threads;
  CLUE_TRY(BertScorer opened, BertScorer::open(o.model, options));
  auto scorer = std::make_shared<BertScorer>(std::move(opened));
  // Several references: the best precision, recall and F1 of them, as bert_score's score().
  return PipeScorer([scorer](std::span<const PipePair> pairs) -> Rows {
    std::vector<std::string> p, r;
    for (const PipePair& pair : pairs) {
      for (const std::string& reference : pair.references) {
        p.push_back(pair.prediction);
        r.push_back(reference);
      }
    }
    CLUE_TRY(const std::vector<BertScore> scores, scorer->score(p, r));
    std::vector<Json> out;
    const auto value = [](std::optional<double> v) { return v ? Json(*v) : Json(nullptr); };
    std::size_t at = 0;
    for (const PipePair& pair : pairs) {
      if (pair.references.empty()) {
        out.push_back(no_reference({"bertscore"}));
        continue;
      }
      BertScore s = scores[at++];
      for (std::size_t i = 1; i < pair.references.size(); ++i, ++at) {
        for (const auto part : {&BertScore::p, &BertScore::r, &BertScore::f1}) {
          const bool both = (s.*part).has_value() && (scores[at].*part).has_value();
          s.*part = both ? std::max(s.*part, scores[at].*part) : std::nullopt;
        }
        if (s.why.empty()) s.why = scores[at].why;
        s.cut += scores[at].cut;
      }
      Json row = {
          {"bertscore_p", value(s.p)}, {"bertscore_r", value(s.r)}, {"bertscore_f1", value(s.f1)}};
      if (!s.why.empty()) row["why"] = s.why;
      row["signature"] = scorer->signature(static_cast<std::size_t>(s.cut));
      out.push_back(std::move(row));
    }
    return out;
  });
}

/// Lines scored together. The encoder wants many; a multiple of 64 keeps clue-2024's batches.
std::size_t chunk_of(const MetricPipe& o) {
  if (o.name != "bertscore") return 1;
  return o.idf ? std::size_t{1} << 30 : 1024;  // idf weights come from all references
}

struct Row {
  std::string_view name;
  PipeScorer (*make)(const MetricPipe&);
};
constexpr Row kMetrics[] = {
    {"rouge", rouge}, {"icd", icd}, {"label", label}, {"choice", choice}, {"squad", squad}};

}  // namespace

Result<PipeScorer> metric_scorer(const MetricPipe& options) {
  if (options.name == "bertscore") return bertscore(options);
  std::string names = "bertscore";
  for (const Row& m : kMetrics) {
    if (m.name == options.name) return m.make(options);
    names.append(", ").append(m.name);
  }
  return Error{ErrorCode::invalid_argument,
               "no metric \"" + options.name + "\"; there are " + names};
}

// Lines are answered in order: a bad line waits as a ready answer among the pairs of its chunk.
Result<PipeCount> run_pipe(const PipeScorer& scorer, std::size_t chunk, std::istream& in,
                           std::ostream& out) {
  PipeCount count;
  std::vector<PipePair> pairs;
  std::vector<Json> answers;  ///< null: the next pair's scores
  const auto flush = [&]() -> Status {
    CLUE_TRY(const std::vector<Json> scored, scorer(pairs));
    std::size_t next = 0;
    for (const Json& a : answers) {
      const Json& row = a.is_null() ? scored[next++] : a;
      if (row.contains("error")) ++count.bad;
      out << row.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    }
    out.flush();
    pairs.clear();
    answers.clear();
    if (!out) return Error{ErrorCode::io, "the scores could not be written"};
    return {};
  };
  std::string text;
  for (std::size_t number = 1; std::getline(in, text, '\n'); ++number) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    ++count.lines;
    Result<PipePair> p =
        parse_line(number == 1 && text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text, number);
    if (p) {
      pairs.push_back(std::move(p).value());
      answers.emplace_back(nullptr);
    } else {
      answers.push_back(error_line(number, p.error().message));
    }
    if (answers.size() >= std::max<std::size_t>(chunk, 1)) CLUE_OK(flush());
  }
  CLUE_OK(flush());
  if (in.bad()) {
    return Error{ErrorCode::io, "the input cannot be read (a folder, or a broken disk)"};
  }
  return count;
}

Result<PipeCount> run_metric(const MetricPipe& options, std::istream& in, std::ostream& out) {
  CLUE_TRY(const PipeScorer scorer, metric_scorer(options));
  return run_pipe(scorer, chunk_of(options), in, out);
}

}  // namespace clue::metrics
