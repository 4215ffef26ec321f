// clue metric NAME: scores for pairs from stdin, one JSON object a line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "base/suggest.h"
#include "cli/number_checks.h"
#include "cli/resources.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "metrics/pipe.h"
#include "tasks/concept_scorer.h"

namespace clue::cli {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"rouge", "bertscore", "concepts", "icd",
                                                    "label", "choice",    "squad"};

/// Null under every key: the metric's file is absent.
metrics::PipeScorer absent(const std::string& stem, const std::string& why) {
  return
      [stem, why](
          std::span<const metrics::PipePair> pairs) -> Result<std::vector<nlohmann::ordered_json>> {
        nlohmann::ordered_json row;
        for (const char* part : {"_p", "_r", "_f1"}) row[stem + part] = nullptr;
        row["why"] = why;
        return std::vector<nlohmann::ordered_json>(pairs.size(), row);
      };
}

Result<metrics::PipeCount> run_named(metrics::MetricPipe& pipe, const ResourceFlags& flags,
                                     Io& io) {
  pipe.rouge_stemmer = flags.rouge_stemmer.value_or(false);
  pipe.rouge_unicode = flags.rouge_unicode.value_or(false);
  if (pipe.name == "bertscore") {
    MetricFile encoder{flags.encoder, ""};
    if (flags.encoder.empty()) encoder = find_encoder(metrics_dir(), "en");
    if (encoder.path.empty()) {
      warn(io, encoder.why);
      return metrics::run_pipe(absent("bertscore", encoder.why), 1, io.in, io.out);
    }
    pipe.model = encoder.path.string();
    pipe.layer = flags.layer;
    pipe.idf = flags.idf;
    pipe.baseline = flags.baseline;
  }
  if (pipe.name == "concepts") {
    MetricFile kb{flags.kb, ""}, spacy{flags.spacy, ""};
    if (flags.kb.empty()) kb = find_kb(metrics_dir(), "en");
    if (flags.spacy.empty()) spacy = find_spacy(metrics_dir(), "en");
    if (kb.path.empty()) {
      warn(io, kb.why);
      return metrics::run_pipe(absent("concept", kb.why), 1, io.in, io.out);
    }
    CLUE_TRY(const metrics::PipeScorer scorer,
             tasks::concept_pipe(flags.concept_options(kb.path, spacy.path), flags.use_query_idf(),
                                 pipe.rules));
    return metrics::run_pipe(scorer, 1, io.in, io.out);
  }
  return metrics::run_metric(pipe, io.in, io.out);
}

}  // namespace

int cmd_metric(const Args& args, Io& io) {
  Flags parser("clue metric",
               "Reads {\"prediction\", \"reference\"} lines, prints one object of scores for each.",
               "clue metric rouge < pairs.jsonl");
  metrics::MetricPipe pipe;
  ResourceFlags flags;
  std::string rules = "corrected";
  CLI::App& app = parser.app();
  std::string names;
  for (const std::string_view n : kNames) names += (names.empty() ? "" : ", ") + std::string(n);
  app.add_option("NAME", pipe.name, names)->required();
  app.add_option("--rules", rules, "corrected (default) or clue-2024")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  declare_resource_flags(app, flags, "--model,--encoder");
  app.add_option("--threads", pipe.threads, "CPU threads (default: all cores)")
      ->check(threads_check());
  app.add_option("--labels", pipe.labels, "label: the labels there are")->delimiter(',');
  pipe.threads = static_cast<int>(std::thread::hardware_concurrency());
  if (const auto code = parser.parse(args, io)) return *code;
  if (!flags.code_table.empty()) {
    Result<metrics::IcdTable> table = metrics::IcdTable::load(flags.code_table);
    if (!table) return fail(io, table.error());
    pipe.icd_table = std::make_shared<const metrics::IcdTable>(std::move(*table));
  }
  if (std::ranges::find(kNames, pipe.name) == kNames.end()) {
    return fail(io, {ErrorCode::invalid_argument,
                     "no metric is named \"" + pipe.name + "\"" +
                         did_you_mean(pipe.name, std::span<const std::string_view>(kNames)) +
                         " (there are: " + names + ")"});
  }
  pipe.rules = *core::from_name<core::RuleSet>(rules);
  const Result<metrics::PipeCount> count = run_named(pipe, flags, io);
  if (!count) return fail(io, count.error());
  if (count->bad > 0) {
    warn(io, std::to_string(count->bad) + " of " + std::to_string(count->lines) +
                 " lines had no usable input; their output line says why");
    return kFailed;
  }
  return kDone;
}

}  // namespace clue::cli
