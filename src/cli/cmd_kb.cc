// clue kb build|info|link: concept dictionaries.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "base/text.h"
#include "cli/resources.h"
#include "cli/verbs.h"
#include "concepts/concept_f1.h"
#include "concepts/kb_build.h"
#include "concepts/kb_source.h"
#include "metrics/icd_table.h"

namespace clue::cli {
namespace {

using nlohmann::ordered_json;

struct BuildFlags {
  std::string scispacy, rrf, obo, icd10cm, csv, out, name, version, licence, srl;
  concepts::RrfOptions rrf_options;
  concepts::CsvOptions csv_options;
  int min_frequency = 10;
};

/// The release that is compiled in: titles and inclusion terms. A code that only repeats the title
/// of a shorter one (it adds who met whom when) is no concept of its own.
concepts::KbSource builtin_icd10cm() {
  const auto table = metrics::builtin_icd_table(metrics::IcdTableId::y2026);
  std::vector<concepts::SourceConcept> codes;
  std::vector<const metrics::IcdCode*> above;  // the shorter codes that this one starts with
  for (const metrics::IcdCode& code : table->codes()) {
    while (!above.empty() && !code.code.starts_with(above.back()->code)) above.pop_back();
    const bool repeats = !above.empty() && above.back()->title == code.title;
    above.push_back(&code);
    if (repeats) continue;
    concepts::SourceConcept c;
    c.id = code.code;
    c.name = code.title;
    for (const auto term : split(code.inclusion_terms, '\t')) {
      if (!term.empty()) c.aliases.emplace_back(term);
    }
    c.types.emplace_back(code.billable ? "billable" : "heading");
    codes.push_back(std::move(c));
  }
  return concepts::icd10cm_source(std::move(codes), "2026", table->name());
}

Result<concepts::KbSource> read_kb_source(BuildFlags& f) {
  const int given =
      !f.scispacy.empty() + !f.rrf.empty() + !f.obo.empty() + !f.icd10cm.empty() + !f.csv.empty();
  if (given != 1) {
    return Error{ErrorCode::invalid_argument,
                 "give exactly one source: --scispacy, --rrf, --obo, --icd10cm "
                 "or --csv"};
  }
  for (const auto level : split(f.srl, ',')) {
    if (!level.empty()) f.rrf_options.levels.emplace_back(level);
  }
  if (!f.scispacy.empty()) return concepts::read_scispacy_jsonl(f.scispacy);
  if (!f.rrf.empty()) return concepts::read_rrf(f.rrf, f.rrf_options);
  if (!f.obo.empty()) return concepts::read_obo(f.obo);
  if (f.icd10cm == "builtin") return builtin_icd10cm();
  if (!f.icd10cm.empty()) return concepts::read_icd10cm(f.icd10cm);
  return concepts::read_kb_csv(f.csv, f.csv_options);
}

ordered_json info_json(const concepts::Kb& kb) {
  const auto& m = kb.meta();
  return {{"name", m.name},
          {"version", m.version},
          {"kind", m.kind},
          {"source", m.source},
          {"licence", m.licence},
          {"hash", m.hash},
          {"concepts", kb.concepts()},
          {"aliases", kb.rows()},
          {"vectors", kb.vectors()},
          {"trigrams", kb.terms()},
          {"types", kb.type_count()},
          {"definition_filter", m.need_definition},
          {"bytes", kb.bytes()},
          {"notes", m.notes}};
}

void print_info(const concepts::Kb& kb, bool json, std::ostream& out) {
  const ordered_json info = info_json(kb);
  if (json) {
    out << dump_json(info, 2) << "\n";
    return;
  }
  for (const auto& [key, value] : info.items()) {
    if (value.is_array()) {
      for (const auto& note : value)
        out << fmt::format("{:<18} {}\n", "note", note.get<std::string>());
    } else {
      out << fmt::format("{:<18} {}\n", key,
                         value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

int build(const Args& args, Io& io) {
  Flags parser("clue kb build", "Turns a vocabulary into one indexed dictionary file.",
               "clue kb build --icd10cm builtin -o icd10cm.kbi");
  BuildFlags f;
  bool json = false;
  CLI::App& app = parser.app();
  app.add_option("--scispacy", f.scispacy, "scispaCy knowledge base, JSON Lines (.gz)");
  app.add_option("--rrf", f.rrf, "UMLS release folder with MRCONSO, MRSTY, MRDEF and MRFILES");
  app.add_option("--obo", f.obo, "OBO ontology (Disease Ontology, Symptom Ontology, ...)");
  app.add_option("--icd10cm", f.icd10cm,
                 "builtin (the release in this program), or a file: CMS tabular list (XML), CMS "
                 "order file, JSON of code: [billable, title]");
  app.add_option("--csv", f.csv, "CSV with id, name and perhaps synonym columns");
  app.add_option("-o,--output", f.out, "dictionary to write (.kbi)")->required();
  app.add_option("--name", f.name, "name to print with scores");
  app.add_option("--version", f.version, "release of the source");
  app.add_option("--licence", f.licence, "licence of the source");
  app.add_option("--lang", f.rrf_options.language, "RRF: language (ENG)");
  app.add_option("--source", f.rrf_options.source, "RRF: one source vocabulary (SAB)");
  app.add_option("--srl", f.srl, "RRF: allowed source restriction levels, for one 0,1,2,9");
  app.add_option("--id-column", f.csv_options.id_column, "CSV: column of ids");
  app.add_option("--name-column", f.csv_options.name_column, "CSV: column of names");
  app.add_option("--synonym-column", f.csv_options.synonym_column, "CSV: column of synonyms");
  app.add_option("--min-frequency", f.min_frequency, "trigrams in fewer aliases are ignored (10)")
      ->check(CLI::Range(1, 1000000));
  app.add_flag("--json", json, "as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  auto source = read_kb_source(f);
  if (!source) return fail(io, source.error());
  if (!f.name.empty()) source->meta.name = f.name;
  if (!f.version.empty()) source->meta.version = f.version;
  if (!f.licence.empty()) source->meta.licence = f.licence;
  const Status written = concepts::write_kb(
      *source, f.out, {.min_frequency = static_cast<std::uint32_t>(f.min_frequency)});
  if (!written) return fail(io, written.error());
  const auto kb = concepts::Kb::open(f.out);
  if (!kb) return fail(io, kb.error());
  print_info(*kb, json, io.out);
  return kDone;
}

int info(const Args& args, Io& io) {
  Flags parser("clue kb info", "What a dictionary holds, where it comes from, its licence.",
               "clue kb info icd10cm.kbi");
  std::string file;
  bool json = false;
  parser.app().add_option("KB", file, "dictionary (.kbi)")->required();
  parser.app().add_flag("--json", json, "as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  const auto kb = concepts::Kb::open(file);
  if (!kb) return fail(io, kb.error());
  print_info(*kb, json, io.out);
  return kDone;
}

std::string verdict(concepts::Candidate::Verdict v, const concepts::LinkOptions& o) {
  using Verdict = concepts::Candidate::Verdict;
  switch (v) {
    case Verdict::linked:
      return "linked";
    case Verdict::undefined:
      return fmt::format("dropped: no definition and score under {}", o.undefined_threshold);
    case Verdict::below_threshold:
      return fmt::format("dropped: score not over {}", o.search.threshold);
    default:
      return fmt::format("dropped: more than {} concepts", o.max_concepts);
  }
}

/// The text of `clue kb link`, what was found in it, and why.
struct LinkView {
  std::string text;
  bool query_idf = true;
  concepts::ConceptExtractor& x;

  [[nodiscard]] std::string signature() const { return x.signature(query_idf); }
  [[nodiscard]] std::string span(const concepts::ConceptMention& m) const {
    return text.substr(m.begin, m.end - m.begin);
  }

  [[nodiscard]] ordered_json candidates_json(std::string_view mention) const {
    auto list = ordered_json::array();
    for (const auto& c : x.linker(query_idf).explain(mention)) {
      list.push_back({{"id", std::string(x.kb().concept_id(c.link.concept_number))},
                      {"name", std::string(x.kb().concept_name(c.link.concept_number))},
                      {"alias", std::string(x.kb().row_text(c.link.row))},
                      {"score", c.link.score},
                      {"verdict", verdict(c.verdict, x.linker(query_idf).options())}});
    }
    return list;
  }

  [[nodiscard]] ordered_json mention_json(const concepts::ConceptMention& m) const {
    ordered_json out{{"begin", m.begin},
                     {"end", m.end},
                     {"text", span(m)},
                     {"id", std::string(x.kb().concept_id(m.concept_number))},
                     {"name", std::string(x.kb().concept_name(m.concept_number))},
                     {"types", ordered_json::array()},
                     {"alias", m.alias},
                     {"score", m.score}};
    for (const auto t : x.kb().types(m.concept_number)) out["types"].push_back(std::string(t));
    if (!m.long_form.empty()) out["long_form"] = m.long_form;
    return out;
  }

  void print_candidates(std::string_view mention, std::ostream& out) const {
    const auto candidates = x.linker(query_idf).explain(mention);
    const auto& options = x.linker(query_idf).options();
    if (candidates.empty()) {
      out << fmt::format("  no alias has a cosine over {}\n", options.search.threshold);
    }
    for (const auto& c : candidates) {
      const auto& l = c.link;
      out << fmt::format("  {:.4f}  {:<12} {}  (alias \"{}\")  {}\n", l.score,
                         x.kb().concept_id(l.concept_number), x.kb().concept_name(l.concept_number),
                         x.kb().row_text(l.row), verdict(c.verdict, options));
    }
  }

  void print_mention(const concepts::ConceptMention& m, std::ostream& out) const {
    out << fmt::format("\"{}\" -> {} {}\n", span(m), x.kb().concept_id(m.concept_number),
                       x.kb().concept_name(m.concept_number));
    if (!m.long_form.empty()) out << fmt::format("  abbreviates \"{}\"\n", m.long_form);
    if (x.has_pipeline()) {
      print_candidates(m.long_form.empty() ? span(m) : m.long_form, out);
    } else {
      out << fmt::format("  the words of alias \"{}\"\n", m.alias);
    }
  }
};

int link(const Args& args, Io& io) {
  Flags parser("clue kb link", "Shows which concepts a text names, and why.",
               "clue kb link \"acute heart failure\" --kb icd10cm.kbi");
  std::string text;
  ResourceFlags flags;
  bool json = false, whole = false;
  CLI::App& app = parser.app();
  app.add_option("TEXT", text, "text")->required();
  declare_concept_flags(app, flags);
  app.add_flag("--mention", whole, "TEXT is one mention: show its candidates");
  app.add_flag("--json", json, "as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  MetricFile kb{flags.kb, ""}, spacy{flags.spacy, ""};
  if (flags.kb.empty()) kb = find_kb(metrics_dir(), "en");
  if (flags.spacy.empty()) spacy = find_spacy(metrics_dir(), "en");
  if (kb.path.empty()) return fail(io, Error{ErrorCode::invalid_argument, kb.why});
  auto x = concepts::ConceptExtractor::open(flags.concept_options(kb.path, spacy.path));
  if (!x) return fail(io, x.error());
  const LinkView view{to_valid_utf8(text), flags.use_query_idf().value_or(true), *x};
  if (whole) {
    if (json) {
      io.out << dump_json(ordered_json{{"signature", view.signature()},
                                       {"candidates", view.candidates_json(view.text)}},
                          2)
             << "\n";
    } else {
      view.print_candidates(view.text, io.out);
    }
    return kDone;
  }
  const auto found = x->extract(view.text, view.query_idf);
  if (!found) return fail(io, found.error());
  if (json) {
    auto list = ordered_json::array();
    for (const auto& m : found->mentions) list.push_back(view.mention_json(m));
    io.out << dump_json(ordered_json{{"signature", view.signature()},
                                     {"recognised", found->recognised},
                                     {"mentions", list}},
                        2)
           << "\n";
    return kDone;
  }
  io.out << view.signature() << "\n";
  io.out << fmt::format("{} spans recognised, {} linked\n", found->recognised,
                        found->mentions.size());
  for (const auto& m : found->mentions) view.print_mention(m, io.out);
  if (found->mentions.empty()) {
    io.out << "nothing found in the text; the whole text as one mention:\n";
    view.print_candidates(view.text, io.out);
  }
  return kDone;
}

}  // namespace

int cmd_kb(const Args& args, Io& io) {
  static constexpr const char* kText =
      "usage: clue kb build --scispacy F|--rrf DIR|--obo F|--icd10cm F|--csv F "
      "-o KB\n"
      "       clue kb info KB\n"
      "       clue kb link TEXT [--kb KB] [--spacy DIR]\n"
      "example: clue kb link \"acute heart failure\" --kb icd10cm.kbi\n";
  static constexpr SubVerb kVerbs[] = {{"build", build}, {"info", info}, {"link", link}};
  return run_sub_verb("kb", kVerbs, kText, args, io);
}

}  // namespace clue::cli
