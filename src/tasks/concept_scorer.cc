#include "tasks/concept_scorer.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"

namespace clue::tasks {
namespace {

/// Mentions as the report highlights them: byte spans, concept id, name and types.
nlohmann::ordered_json mentions_json(const concepts::Kb& kb, const concepts::ConceptText& text) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& m : text.mentions) {
    nlohmann::ordered_json types = nlohmann::ordered_json::array();
    for (const auto t : kb.types(m.concept_number)) types.push_back(std::string(t));
    out.push_back({{"begin", m.begin},
                   {"end", m.end},
                   {"id", std::string(kb.concept_id(m.concept_number))},
                   {"name", std::string(kb.concept_name(m.concept_number))},
                   {"types", types},
                   {"alias", m.alias},
                   {"score", m.score}});
    if (!m.long_form.empty()) out.back()["long_form"] = m.long_form;
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<ConceptScorer>> ConceptScorer::open(const concepts::ConceptOptions& options,
                                                           std::optional<bool> query_idf) {
  CLUE_TRY(concepts::ConceptExtractor x, concepts::ConceptExtractor::open(options));
  return std::unique_ptr<ConceptScorer>(new ConceptScorer(std::move(x), query_idf));
}

Result<std::vector<PairScore>> ConceptScorer::score(std::span<const TextPair> pairs,
                                                    core::RuleSet rules) {
  std::vector<PairScore> out;
  const bool idf = query_idf(rules);
  for (const TextPair& pair : pairs) {
    PairScore s;
    const auto prediction = extractor_.extract(pair.prediction, idf);
    const auto reference = extractor_.extract(pair.reference, idf);
    if (!prediction || !reference) {
      s.why = (!prediction ? prediction : reference).error().message;
      out.push_back(std::move(s));
      continue;
    }
    const concepts::ConceptScore c = concepts::compare(*prediction, *reference);
    s.precision = c.precision;
    s.recall = c.recall;
    s.f1 = c.f1;
    nlohmann::ordered_json explain{{"prediction", mentions_json(extractor_.kb(), *prediction)},
                                   {"reference", mentions_json(extractor_.kb(), *reference)},
                                   {"shared", c.shared},
                                   {"missed", c.missed},
                                   {"added", c.added},
                                   {"missed_types", c.missed_types},
                                   {"id_f1", c.id_f1},
                                   {"both_empty", c.both_empty}};
    s.explanation = dump_json(explain);
    out.push_back(std::move(s));
  }
  return out;
}

std::string ConceptScorer::signature(core::RuleSet rules) const {
  return extractor_.signature(query_idf(rules));
}

std::string ConceptScorer::name() const { return extractor_.is_umls() ? "umls" : "concept"; }

Result<metrics::PipeScorer> concept_pipe(const concepts::ConceptOptions& options,
                                         std::optional<bool> query_idf, core::RuleSet rules) {
  CLUE_TRY(std::unique_ptr<ConceptScorer> opened, ConceptScorer::open(options, query_idf));
  const std::shared_ptr<ConceptScorer> scorer = std::move(opened);
  return metrics::PipeScorer([scorer, rules](std::span<const metrics::PipePair> pairs)
                                 -> Result<std::vector<nlohmann::ordered_json>> {
    std::vector<nlohmann::ordered_json> out;
    concepts::ConceptExtractor& x = scorer->extractor();
    const bool idf = scorer->query_idf(rules);
    for (const metrics::PipePair& pair : pairs) {
      const auto prediction = x.extract(pair.prediction, idf);
      const auto reference = x.extract(join(pair.references, ", "), idf);
      nlohmann::ordered_json line;
      if (!prediction || !reference) {
        for (const char* key : {"concept_p", "concept_r", "concept_f1"}) line[key] = nullptr;
        line["why"] = (!prediction ? prediction : reference).error().message;
        out.push_back(std::move(line));
        continue;
      }
      const concepts::ConceptScore c = concepts::compare(*prediction, *reference);
      line["concept_p"] = c.precision;
      line["concept_r"] = c.recall;
      line["concept_f1"] = c.f1;
      line["concepts_prediction"] = prediction->names;
      line["concepts_reference"] = reference->names;
      line["concept_id_p"] = c.id_precision;
      line["concept_id_r"] = c.id_recall;
      line["concept_id_f1"] = c.id_f1;
      out.push_back(std::move(line));
    }
    return out;
  });
}

}  // namespace clue::tasks
