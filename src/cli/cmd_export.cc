// clue export: a run in the format of another program.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "cli/rescore.h"
#include "cli/resources.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "report/export.h"
#include "run/audit.h"

namespace clue::cli {
namespace {

struct ExportFlags {
  std::string folder, format, rules;
  RunFlags run;  ///< out, with_text, resources
};

/// The rule set to write. The published layout holds published numbers; else what was scored.
Result<core::RuleSet> rules_for(const ExportFlags& flags) {
  const auto given = core::from_name<core::RuleSet>(flags.rules);
  if (flags.format == "clue-2024") {
    if (given && *given != core::RuleSet::clue_2024) {
      return Error{ErrorCode::invalid_argument,
                   "--format clue-2024 holds the numbers of --rules clue-2024; for corrected "
                   "numbers use jsonl, csv, lm-eval or inspect"};
    }
    return core::RuleSet::clue_2024;
  }
  if (given) return *given;
  CLUE_TRY(const std::vector<core::RuleSet> scored, scored_rules(flags.folder));
  return scored.empty() ? core::RuleSet::corrected : scored.front();
}

Result<report::Exported> export_folder(const ExportFlags& flags, Io& io) {
  CLUE_TRY(const core::RuleSet rules, rules_for(flags));
  CLUE_TRY(const std::vector<core::RuleSet> scored, scored_rules(flags.folder));
  if (std::find(scored.begin(), scored.end(), rules) == scored.end()) {
    io.err << "scoring " << flags.folder << " under " << core::name(rules) << " first\n";
    CLUE_OK(add_scores(flags.folder, rules, flags.run, io));
  }
  CLUE_TRY(store::RunStore store, store::RunStore::open_read(flags.folder));
  return report::export_run(store, flags.format, flags.run.out,
                            {.rules = rules, .with_text = flags.run.with_text});
}

}  // namespace

int cmd_export(const Args& args, Io& io) {
  std::string about = "Writes a run in a format of other programs:\n";
  std::vector<std::string> names;
  for (const report::Exporter& e : report::exporters()) {
    names.emplace_back(e.name);
    about += "  " + names.back() + std::string(11 - e.name.size(), ' ') + std::string(e.about) +
             (e.folder ? " (PATH is a folder)\n" : "\n");
  }
  about += "Texts of credentialed and private data are left out unless --with-text is given.";
  Flags parser("clue export", about, "clue export runs/first --format csv -o first.csv");
  ExportFlags flags;
  CLI::App& app = parser.app();
  app.add_option("RUN", flags.folder, "run folder")->required();
  app.add_option("--format", flags.format, "see above")->required()->check(CLI::IsMember(names));
  app.add_option("-o,--output-path", flags.run.out, "file or folder to write")->required();
  app.add_option("-t,--task", flags.run.tasks, "the run's own task, to score it: FILE.yaml");
  app.add_option("--rules", flags.rules, "corrected or clue-2024 (default: what was scored)")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_flag("--with-text", flags.run.with_text, "write guarded text, too");
  declare_resource_flags(app, flags.run.resources);
  if (const auto code = parser.parse(args, io)) return *code;
  const Result<report::Exported> exported = export_folder(flags, io);
  if (!exported) return fail(io, exported.error());
  for (const auto& file : exported->files) {
    if (flags.run.with_text) run::note_copy({flags.folder}, file);
  }
  for (const std::string& note : exported->notes) warn(io, note);
  for (const auto& file : exported->files) io.out << file.string() << '\n';
  return kDone;
}

}  // namespace clue::cli
