// clue metric NAME: scores for pairs from stdin, one JSON object a line.
#include <CLI/CLI.hpp>
#include <istream>
#include <ostream>

#include "cli/verbs.h"
#include "core/names.h"
#include "metrics/pipe.h"

namespace clue::cli {

int cmd_metric(const Args& args, Io& io) {
  Flags parser("clue metric",
               "Reads {\"prediction\", \"reference\"} lines, prints one object of scores for each.",
               "clue metric rouge < pairs.jsonl");
  metrics::MetricPipe pipe;
  std::string rules = "corrected";
  CLI::App& app = parser.app();
  app.add_option("NAME", pipe.name, "rouge, icd, label, choice, squad")->required();
  app.add_option("--rules", rules, "corrected (default) or clue-2024")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_flag("--rouge-stemmer", pipe.rouge_stemmer, "Porter stems, as the reference's option");
  app.add_flag("--rouge-unicode", pipe.rouge_unicode, "letters of all scripts are word characters");
  app.add_option("--labels", pipe.labels, "label: the labels there are")->delimiter(',');
  if (const auto code = parser.parse(args, io)) return *code;
  pipe.rules = *core::from_name<core::RuleSet>(rules);
  const Result<metrics::PipeCount> count = metrics::run_metric(pipe, io.in, io.out);
  if (!count) return fail(io, count.error());
  if (count->bad > 0) {
    warn(io, std::to_string(count->bad) + " of " + std::to_string(count->lines) +
                 " lines had no usable input; their output line says why");
    return kFailed;
  }
  return kDone;
}

}  // namespace clue::cli
