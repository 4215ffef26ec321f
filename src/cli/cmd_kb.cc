// clue kb build|info|link: concept dictionaries.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "base/text.h"
#include "cli/verbs.h"
#include "concepts/concept_f1.h"
#include "concepts/kb_build.h"
#include "concepts/kb_source.h"

namespace clue::cli {
namespace {

using nlohmann::ordered_json;

struct BuildFlags {
  std::string scispacy, rrf, obo, icd10cm, csv, out, name, version, licence, srl;
  concepts::RrfOptions rrf_options;
  concepts::CsvOptions csv_options;
  int min_frequency = 10;
};

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

void print_info(const concepts::Kb& kb, std::ostream& out) {
  const ordered_json info = info_json(kb);
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
               "clue kb build --icd10cm icd10cm-order-2025.txt -o icd.kbi");
  BuildFlags f;
  CLI::App& app = parser.app();
  app.add_option("--scispacy", f.scispacy, "scispaCy knowledge base, JSON Lines (.gz)");
  app.add_option("--rrf", f.rrf, "UMLS release folder with MRCONSO, MRSTY, MRDEF and MRFILES");
  app.add_option("--obo", f.obo, "OBO ontology (Disease Ontology, Symptom Ontology, ...)");
  app.add_option("--icd10cm", f.icd10cm,
                 "ICD-10-CM order file, or JSON of code: [billable, title]");
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
  print_info(*kb, io.out);
  return kDone;
}

int info(const Args& args, Io& io) {
  Flags parser("clue kb info", "What a dictionary holds, where it comes from, its licence.",
               "clue kb info icd.kbi");
  std::string file;
  bool json = false;
  parser.app().add_option("KB", file, "dictionary (.kbi)")->required();
  parser.app().add_flag("--json", json, "as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  const auto kb = concepts::Kb::open(file);
  if (!kb) return fail(io, kb.error());
  if (json) {
    io.out << dump_json(info_json(*kb), 2) << "\n";
  } else {
    print_info(*kb, io.out);
  }
  return kDone;
}

std::string_view verdict(concepts::Candidate::Verdict v) {
  using Verdict = concepts::Candidate::Verdict;
  switch (v) {
    case Verdict::linked:
      return "linked";
    case Verdict::undefined:
      return "dropped: no definition and score under 0.95";
    case Verdict::below_threshold:
      return "dropped: score not over the threshold";
    default:
      return "dropped: more than five concepts";
  }
}

void print_candidates(concepts::ConceptExtractor& x, std::string_view mention, bool idf, Io& io) {
  const auto candidates = x.linker(idf).explain(mention);
  if (candidates.empty()) io.out << "  no alias has a cosine over 0.7\n";
  for (const auto& c : candidates) {
    const auto& l = c.link;
    io.out << fmt::format(
        "  {:.4f}  {:<12} {}  (alias \"{}\")  {}\n", l.score, x.kb().concept_id(l.concept_number),
        x.kb().concept_name(l.concept_number), x.kb().row_text(l.row), verdict(c.verdict));
  }
}

int link(const Args& args, Io& io) {
  Flags parser("clue kb link", "Shows which concepts a text names, and why.",
               "clue kb link \"acute heart failure\" --kb icd.kbi");
  std::string text, idf = "on";
  concepts::ConceptOptions options;
  std::string kb, spacy;
  bool json = false;
  CLI::App& app = parser.app();
  app.add_option("TEXT", text, "text")->required();
  app.add_option("--kb", kb, "dictionary (.kbi)")->required();
  app.add_option("--spacy", spacy, "spaCy pipeline folder; without it the dictionary matcher");
  app.add_option("--query-idf", idf, "on (default) or off")->check(CLI::IsMember({"on", "off"}));
  app.add_flag("--json", json, "as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  options.kb = kb;
  options.spacy = spacy;
  auto x = concepts::ConceptExtractor::open(options);
  if (!x) return fail(io, x.error());
  text = to_valid_utf8(text);
  const bool query_idf = idf == "on";
  const auto found = x->extract(text, query_idf);
  if (!found) return fail(io, found.error());
  if (json) {
    auto list = ordered_json::array();
    for (const auto& m : found->mentions) {
      list.push_back({{"begin", m.begin},
                      {"end", m.end},
                      {"text", text.substr(m.begin, m.end - m.begin)},
                      {"id", std::string(x->kb().concept_id(m.concept_number))},
                      {"name", std::string(x->kb().concept_name(m.concept_number))},
                      {"alias", m.alias},
                      {"score", m.score}});
    }
    io.out << dump_json(ordered_json{{"signature", x->signature(query_idf)},
                                     {"recognised", found->recognised},
                                     {"mentions", list}},
                        2)
           << "\n";
    return kDone;
  }
  io.out << x->signature(query_idf) << "\n";
  io.out << fmt::format("{} spans recognised, {} linked\n", found->recognised,
                        found->mentions.size());
  for (const auto& m : found->mentions) {
    const std::string span = text.substr(m.begin, m.end - m.begin);
    io.out << fmt::format("\"{}\" -> {} {}\n", span, x->kb().concept_id(m.concept_number),
                          x->kb().concept_name(m.concept_number));
    print_candidates(*x, span, query_idf, io);
  }
  if (found->mentions.empty()) {
    io.out << "nothing found in the text; the whole text as one mention:\n";
    print_candidates(*x, text, query_idf, io);
  }
  return kDone;
}

}  // namespace

int cmd_kb(const Args& args, Io& io) {
  static constexpr const char* kText =
      "usage: clue kb build --scispacy F|--rrf DIR|--obo F|--icd10cm F|--csv F "
      "-o KB\n"
      "       clue kb info KB\n"
      "       clue kb link TEXT --kb KB [--spacy DIR]\n"
      "example: clue kb link \"acute heart failure\" --kb icd.kbi\n";
  const std::string verb = args.empty() ? "" : args[0];
  const Args rest(args.begin() + (args.empty() ? 0 : 1), args.end());
  if (verb == "build") return build(rest, io);
  if (verb == "info") return info(rest, io);
  if (verb == "link") return link(rest, io);
  if (verb == "--help" || verb == "-h") {
    io.out << kText;
    return kDone;
  }
  io.err << (verb.empty() ? "clue kb needs a verb\n" : "clue kb has no verb \"" + verb + "\"\n")
         << kText;
  return ExitCode::kUsage;
}

}  // namespace clue::cli
