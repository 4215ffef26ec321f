#include "cli/resources.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "cli/number_checks.h"
#include "metrics/bert_score.h"
#include "tasks/bert_pair_scorer.h"
#include "tasks/concept_scorer.h"

namespace clue::cli {
namespace {

namespace fs = std::filesystem;

bool has_file(const fs::path& p) {
  std::error_code ec;
  return fs::is_regular_file(p, ec);
}

bool is_encoder(const fs::path& p) {
  return has_file(p) ? p.extension() == ".gguf" : has_file(p / "config.json");
}

/// Entries of a folder in name order; empty when it cannot be read.
std::vector<fs::path> entries(const fs::path& dir) {
  std::vector<fs::path> out;
  std::error_code ec;
  for (fs::directory_iterator it(dir, ec), end; !ec && it != end; it.increment(ec))
    out.push_back(it->path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string place_of(const fs::path& dir) {
  return dir.empty() ? "CLUE_DATA/metrics (CLUE_DATA is not set)" : dir.string();
}

bool wants(const tasks::TaskFile& task, std::string_view prefix) {
  return std::any_of(task.metrics.begin(), task.metrics.end(),
                     [&](const std::string& m) { return m.starts_with(prefix); });
}

}  // namespace

std::optional<bool> ResourceFlags::use_query_idf() const {
  return query_idf.empty() ? std::nullopt : std::optional(query_idf == "on");
}

concepts::ConceptOptions ResourceFlags::concept_options(const fs::path& kb_file,
                                                        const fs::path& pipeline) const {
  concepts::ConceptOptions o;
  o.kb = kb_file;
  o.spacy = pipeline;
  o.types = concept_types;
  o.abbreviations = abbreviations;
  if (concept_threshold) o.link.search.threshold = *concept_threshold;
  if (!definition_filter.empty()) o.link.need_definition = definition_filter == "on";
  return o;
}

void declare_resource_flags(CLI::App& app, ResourceFlags& f, const std::string& encoder_name) {
  app.add_option(encoder_name, f.encoder,
                 "BERTScore's encoder: a BERT-family GGUF or Hugging Face folder\n"
                 "(default: looked up in CLUE_DATA/metrics; so are --kb and --spacy)");
  app.add_option("--layer", f.layer, "its layer (default: the model's in bert_score's table)")
      ->check(positive());
  app.add_flag("--idf", f.idf, "BERTScore: weigh word pieces by rarity in the references");
  app.add_option("--baseline", f.baseline, "BERTScore: rescale by this file of LAYER,P,R,F rows");
  declare_concept_flags(app, f);
  app.add_option("--code-table", f.code_table,
                 "ICD codes: a CMS order file or BfArM's icd10gmYYYYsyst_kodes.txt\n"
                 "(default: built in)");
  app.add_flag_callback(
      "--rouge-stemmer", [&f] { f.rouge_stemmer = true; }, "ROUGE on Porter stems");
  app.add_flag_callback(
      "--rouge-unicode", [&f] { f.rouge_unicode = true; },
      "ROUGE on letters of all scripts (default where a task is not English)");
  app.add_flag_callback(
      "--no-rouge-unicode", [&f] { f.rouge_unicode = false; }, "ROUGE on a-z and 0-9 only");
}

fs::path metrics_dir() {
  const std::string data = env("CLUE_DATA");
  return data.empty() ? fs::path() : fs::path(data) / "metrics";
}

void declare_concept_flags(CLI::App& app, ResourceFlags& f) {
  app.add_option("--kb", f.kb, "concept dictionary, made by clue kb build");
  app.add_option("--spacy", f.spacy, "spaCy pipeline that recognises the concepts");
  app.add_option("--query-idf", f.query_idf, "on (default; off under clue-2024) or off")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--concept-types", f.concept_types,
                 "only concepts of these semantic types, e.g. T047,T184")
      ->delimiter(',');
  app.add_option("--concept-threshold", f.concept_threshold,
                 "cosine an alias must exceed to name a mention (0.7)")
      ->check(share());
  app.add_option("--definition-filter", f.definition_filter,
                 "on: concepts without a definition need a cosine of 0.95\n"
                 "(default: as the dictionary says; UMLS on, ICD-10-CM off)")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_flag("--abbreviations", f.abbreviations,
               "look \"CKD\" up as the long form that the text defines for it");
}

MetricFile find_encoder(const fs::path& dir, std::string_view language) {
  const std::string stem = language == "en" ? "encoder" : "encoder-" + std::string(language);
  std::vector<std::string> starts = {"scibert"};
  if (language != "en") starts = {"bert-base-multilingual"};
  if (language == "de") starts = {"gbert", "bert-base-german", "bert-base-multilingual"};
  if (!dir.empty()) {
    for (const fs::path& p : {dir / (stem + ".gguf"), dir / stem}) {
      if (is_encoder(p)) return {p, ""};
    }
    const std::vector<fs::path> all = entries(dir);
    for (const std::string& start : starts) {
      for (const fs::path& p : all) {
        if (ascii_lower(p.filename().string()).starts_with(start) && is_encoder(p)) return {p, ""};
      }
    }
  }
  return {
      {},
      "no encoder: --encoder, or " + stem + ".gguf or " + starts.front() + "* in " + place_of(dir)};
}

MetricFile find_kb(const fs::path& dir, std::string_view language) {
  const std::string ending = "-" + std::string(language) + ".kbi";
  std::vector<fs::path> all;
  if (!dir.empty()) {
    for (const fs::path& p : entries(dir)) {
      if (p.extension() != ".kbi" || !has_file(p)) continue;
      if (p.filename().string().ends_with(ending)) return {p, ""};
      all.push_back(p);
    }
    if (has_file(dir / "umls.kbi")) return {dir / "umls.kbi", ""};
  }
  if (all.size() == 1) return {all.front(), ""};
  if (all.size() > 1) {
    return {{},
            "several dictionaries in " + place_of(dir) + ": name one with --kb, or call it umls.kbi"};
  }
  return {{},
          "no concept dictionary: --kb, or one in " + place_of(dir) +
              ", e.g. clue kb build --icd10cm builtin -o icd10cm.kbi (free), or umls.kbi"};
}

MetricFile find_spacy(const fs::path& dir, std::string_view language) {
  const auto is_pipeline = [](const fs::path& p) {
    if (has_file(p / "meta.json")) return true;
    for (const fs::path& inner : entries(p)) {
      if (has_file(inner / "meta.json")) return true;
      for (const fs::path& last : entries(inner)) {
        if (has_file(last / "meta.json")) return true;
      }
    }
    return false;
  };
  const std::string start = std::string(language) + "_";
  if (!dir.empty()) {
    const fs::path named = dir / ("spacy-" + std::string(language));
    if (is_pipeline(named)) return {named, ""};
    if (language == "en" && is_pipeline(dir / "spacy")) return {dir / "spacy", ""};
    for (const fs::path& p : entries(dir)) {
      if (p.filename().string().starts_with(start) && is_pipeline(p)) return {p, ""};
    }
  }
  return {{},
          "no spaCy pipeline: --spacy, or " + start + "* (such as en_core_sci_sm) in " +
              place_of(dir) + "; without one the dictionary itself finds the concepts"};
}

Resources::Resources(Resources&&) noexcept = default;
Resources& Resources::operator=(Resources&&) noexcept = default;
Resources::~Resources() = default;
Resources::Resources(ResourceFlags flags, int threads)
    : flags_(std::move(flags)),
      threads_(threads > 0 ? threads : static_cast<int>(std::thread::hardware_concurrency())),
      dir_(metrics_dir()) {}

Result<tasks::PairScorer*> Resources::encoder(const tasks::TaskFile& task, std::string& why,
                                              Io& io) {
  MetricFile file{flags_.encoder, ""};
  if (flags_.encoder.empty()) file = find_encoder(dir_, task.language);
  why = file.why;
  if (file.path.empty()) return nullptr;
  const auto [it, fresh] = open_.try_emplace(file.path.string());
  Opened& opened = it->second;
  if (fresh) {
    auto made = tasks::make_bert_pair_scorer(file.path, {.layer = flags_.layer,
                                                         .idf = flags_.idf,
                                                         .baseline = flags_.baseline,
                                                         .threads = threads_});
    if (!made && !flags_.encoder.empty()) return made.error();
    if (made) {
      opened.language = metrics::encoder_language((*made)->model_name());
      opened.scorer = std::move(*made);
    } else {
      opened.why = made.error().message;
      warn(io, "BERTScore stays empty: " + opened.why);
    }
  }
  why = opened.why;
  if (opened.scorer && !opened.language.empty() && opened.language != "multi" &&
      opened.language != task.language) {
    warn(io, task.name + ": its texts are in \"" + task.language + "\", but the encoder " +
                 it->first + " was trained on \"" + opened.language +
                 "\"; give one of that language, or a multilingual one, with --encoder");
  }
  return opened.scorer.get();
}

Result<tasks::PairScorer*> Resources::concepts(const tasks::TaskFile& task, std::string& why,
                                               Io& io) {
  MetricFile kb{flags_.kb, ""}, spacy{flags_.spacy, ""};
  if (flags_.kb.empty()) kb = find_kb(dir_, task.language);
  if (flags_.spacy.empty()) spacy = find_spacy(dir_, task.language);
  why = kb.why;
  if (kb.path.empty()) return nullptr;
  const auto [it, fresh] = open_.try_emplace(kb.path.string() + "\n" + spacy.path.string());
  Opened& opened = it->second;
  if (fresh) {
    auto made = tasks::ConceptScorer::open(flags_.concept_options(kb.path, spacy.path),
                                           flags_.use_query_idf());
    if (!made && !(flags_.kb.empty() && flags_.spacy.empty())) return made.error();
    if (made) {
      opened.scorer = std::move(*made);
    } else {
      opened.why = made.error().message;
      warn(io, "concept scores stay empty: " + opened.why);
    }
  }
  why = opened.why;
  return opened.scorer.get();
}

Result<tasks::MetricResources> Resources::for_task(const tasks::TaskFile& task, core::RuleSet rules,
                                                   Io& io) {
  tasks::MetricResources out;
  for (const std::string* named : {&flags_.kb, &flags_.spacy}) {  // also where no metric wants them
    std::error_code ec;
    if (!named->empty() && !std::filesystem::exists(*named, ec)) {
      return file_error("read", *named, ENOENT);
    }
  }
  out.rouge_stemmer = flags_.rouge_stemmer.value_or(false);
  out.rouge_unicode =
      flags_.rouge_unicode.value_or(task.language != "en" && rules == core::RuleSet::corrected);
  if (wants(task, "bertscore")) {
    CLUE_TRY(out.bert_score, encoder(task, out.bert_score_why, io));
  }
  if (wants(task, "concept") || wants(task, "umls")) {
    CLUE_TRY(out.concepts, concepts(task, out.concepts_why, io));
  }
  return out;
}

}  // namespace clue::cli
