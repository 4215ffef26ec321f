#include "concepts/concept_f1.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "concepts/abbreviations.h"

namespace clue::concepts {
namespace {

struct Agreement {
  double precision = 0, recall = 0, f1 = 0;
};

Agreement agree(std::size_t both, std::size_t predicted, std::size_t wanted) {
  Agreement a;
  const auto hits = static_cast<double>(both);
  if (predicted > 0) a.precision = hits / static_cast<double>(predicted);
  if (wanted > 0) a.recall = hits / static_cast<double>(wanted);
  const double sum = a.precision + a.recall;
  if (sum > 0) a.f1 = 2 * a.precision * a.recall / sum;
  return a;
}

std::string shortest(double value) {
  char buffer[32];
  return {buffer, std::to_chars(std::begin(buffer), std::end(buffer), value).ptr};
}

}  // namespace

Result<ConceptExtractor> ConceptExtractor::open(const ConceptOptions& options) {
  CLUE_TRY(Kb kb, Kb::open(options.kb));
  return with(std::move(kb), options);
}

Result<ConceptExtractor> ConceptExtractor::with(Kb kb, const ConceptOptions& options) {
  ConceptExtractor x;
  x.options_ = options;
  x.kb_ = std::make_unique<Kb>(std::move(kb));
  if (!options.spacy.empty()) {
    CLUE_TRY(SpacyPipeline p, SpacyPipeline::open(options.spacy));
    x.spacy_ = std::make_unique<SpacyPipeline>(std::move(p));
  }
  return x;
}

Linker& ConceptExtractor::linker(bool query_idf) {
  std::unique_ptr<Linker>& slot = query_idf ? with_idf_ : without_idf_;
  if (!slot) {
    LinkOptions o = options_.link;
    o.search.query_idf = query_idf;
    slot = std::make_unique<Linker>(*kb_, o);
  }
  return *slot;
}

bool ConceptExtractor::counts(std::uint32_t c) const {
  if (options_.types.empty()) return true;
  for (const std::string_view type : kb_->types(c)) {
    const auto& all = options_.types;
    if (std::find(all.begin(), all.end(), type) != all.end()) return true;
  }
  return false;
}

void ConceptExtractor::add(ConceptMention mention, ConceptText& out) const {
  const std::uint32_t c = mention.concept_number;
  if (!counts(c)) return;
  std::string types;
  for (const std::string_view t : kb_->types(c)) {
    if (!types.empty()) types += ',';
    types += t;
  }
  out.names.emplace(kb_->concept_name(c));
  out.ids.emplace(kb_->concept_id(c), std::move(types));
  out.mentions.push_back(std::move(mention));
}

Status ConceptExtractor::recognise(std::string_view text, bool query_idf, ConceptText& out) {
  CLUE_TRY(const SpacyDoc doc, spacy_->run(text));
  std::vector<Abbreviation> abbreviations;
  if (options_.abbreviations) {
    std::vector<TextToken> tokens;
    for (const SpacyToken& t : doc.tokens) {
      tokens.push_back({t.begin_byte, t.end_byte, t.space_after});
    }
    abbreviations = find_abbreviations(text, tokens);
  }
  for (const SpacyEntity& e : doc.entities) {
    ++out.recognised;
    ConceptMention m;
    m.begin = doc.tokens[e.first].begin_byte;
    m.end = doc.tokens[e.last - 1].end_byte;
    std::string_view mention = text.substr(m.begin, m.end - m.begin);
    const auto brief = std::find_if(abbreviations.begin(), abbreviations.end(), [&](const auto& a) {
      return a.first == e.first && a.last == e.last;
    });
    if (brief != abbreviations.end()) {
      m.long_form = text.substr(brief->long_begin, brief->long_end - brief->long_begin);
      mention = m.long_form;
    }
    const auto& links = linker(query_idf).link(mention);
    if (links.empty()) continue;
    m.concept_number = links.front().concept_number;
    m.score = links.front().score;
    m.alias = kb_->row_text(links.front().row);
    add(std::move(m), out);
  }
  return {};
}

Result<ConceptText> ConceptExtractor::extract(std::string_view text, bool query_idf) {
  ConceptText out;
  std::string valid;
  if (first_invalid_utf8(text)) {
    valid = to_valid_utf8(text);
    text = valid;
  }
  if (spacy_) {
    CLUE_OK(recognise(text, query_idf, out));
  } else {
    match_dictionary(text, out);
  }
  return out;
}

std::string ConceptExtractor::name() const {
  std::string out = is_umls() ? "UMLS F1 (" : "Concept F1 (";
  out += kb_->meta().name;
  if (!kb_->meta().version.empty()) out += " " + kb_->meta().version;
  return out + ", " + (spacy_ ? spacy_->name() : "dictionary") + ")";
}

std::string ConceptExtractor::signature(bool query_idf) const {
  std::string out = is_umls() ? "UMLS F1" : "Concept F1";
  out += ", " + kb_->signature() + ", " + (spacy_ ? spacy_->name() : "dictionary matcher");
  if (spacy_) out += query_idf ? ", query idf on" : ", query idf off";
  const LinkOptions usual;
  const LinkOptions& link = options_.link;
  if (spacy_ && link.search.threshold != usual.search.threshold) {
    out += ", threshold " + shortest(link.search.threshold);
  }
  if (spacy_ && link.need_definition && *link.need_definition != kb_->meta().need_definition) {
    out += *link.need_definition ? ", definition filter on" : ", definition filter off";
  }
  if (options_.abbreviations) out += ", abbreviations resolved";
  if (!options_.types.empty()) out += ", types " + join(options_.types, "+");
  return out;
}

ConceptScore compare(const ConceptText& prediction, const ConceptText& reference) {
  ConceptScore s;
  std::set_intersection(prediction.names.begin(), prediction.names.end(), reference.names.begin(),
                        reference.names.end(), std::back_inserter(s.shared));
  std::set_difference(reference.names.begin(), reference.names.end(), prediction.names.begin(),
                      prediction.names.end(), std::back_inserter(s.missed));
  std::set_difference(prediction.names.begin(), prediction.names.end(), reference.names.begin(),
                      reference.names.end(), std::back_inserter(s.added));
  const Agreement names = agree(s.shared.size(), prediction.names.size(), reference.names.size());
  s.precision = names.precision;
  s.recall = names.recall;
  s.f1 = names.f1;
  std::size_t both = 0;
  for (const auto& [id, types] : reference.ids) {
    if (prediction.ids.contains(id)) {
      ++both;
      continue;
    }
    for (const std::string_view type : split(types, ',')) {
      if (!type.empty()) ++s.missed_types[std::string(type)];
    }
  }
  const Agreement ids = agree(both, prediction.ids.size(), reference.ids.size());
  s.id_precision = ids.precision;
  s.id_recall = ids.recall;
  s.id_f1 = ids.f1;
  s.both_empty = prediction.names.empty() && reference.names.empty();
  return s;
}

}  // namespace clue::concepts
