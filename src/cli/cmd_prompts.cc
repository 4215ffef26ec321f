// clue prompts list | render: the wordings, and every prompt as JSON Lines without a model.
#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/places.h"
#include "cli/run_flags.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "models/token_counters.h"
#include "tasks/dataset.h"
#include "tasks/import_prompts.h"
#include "tasks/render.h"

namespace clue::cli {
namespace {

int list_prompts(Io& io) {
  const Result<tasks::Library> library = task_library();
  if (!library) return fail(io, library.error());
  std::vector<std::vector<std::string>> rows;
  for (const tasks::Task& t : library->tasks) {
    for (const tasks::PromptSet& set : t.file.prompts) {
      rows.push_back({t.file.name, set.name, set.hash.substr(0, 12), set.system.substr(0, 60)});
    }
  }
  io.out << format_table({"task", "prompt set", "hash", "system prompt begins"}, rows, {});
  return kDone;
}

int import_wording(const std::string& checkout, Io& io) {
  const Result<tasks::ImportReport> report = tasks::import_prompts(checkout, config_dir());
  if (!report) return fail(io, report.error());
  for (const std::string& m : report->missing) warn(io, m);
  io.out << "prompt set clue-2024 written under " << (config_dir() / "prompts").string()
         << "; use it with --prompts clue-2024\n";
  return kDone;
}

Status render(const RunFlags& flags, const std::string& tokenizer, int context, Io& io) {
  CLUE_TRY(core::RuleSet rules, flags.rule_set());
  CLUE_TRY(tasks::Library library, task_library());
  CLUE_TRY(std::vector<tasks::Task> tasks, tasks::select_tasks(flags.tasks, library));
  CLUE_TRY(tasks::DataFolders folders, data_folders(flags.data));
  CLUE_TRY(std::unique_ptr<models::TokenCounter> counter, models::open_token_counter(tokenizer));
  for (const tasks::Task& task : tasks) {
    tasks::PromptOptions options;
    options.prompts = task.file.prompt_set(flags.prompts);
    if (options.prompts == nullptr) {
      return Error{ErrorCode::invalid_argument, "--prompts " + flags.prompts + ": task " +
                                                    task.file.name + " has no such prompt set"};
    }
    CLUE_TRY(tasks::DataPlace place, tasks::find_data(task, folders));
    CLUE_TRY(core::Dataset data, tasks::load_dataset(task, {.path = place.path,
                                                            .shots = flags.shots,
                                                            .own = place.own,
                                                            .examples = place.examples}));
    options.rules = rules;
    options.seed = flags.decoding.seed;
    options.limit = flags.limit;
    options.model_context = context;
    options.longhealth_limit = flags.longhealth_limit;
    if (place.examples) warn(io, task.file.name + ": rendered from the shipped EXAMPLES");
    for (const std::string& w : data.warnings) warn(io, w);
    CLUE_OK(tasks::render_prompts(task, data, options, counter.get(),
                                  [&](const std::string& line) { io.out << line << '\n'; }));
  }
  return {};
}

}  // namespace

int cmd_prompts(const Args& args, Io& io) {
  Flags parser("clue prompts",
               "list: wordings there are; render: every prompt as JSON Lines, no model needed.",
               "clue prompts render -t meqsum --limit 1");
  RunFlags flags;
  std::string word = "list", tokenizer = "ws", checkout;
  int context = 8192;
  CLI::App& app = parser.app();
  app.add_option("WORD", word, "list (default), render, or import");
  app.add_option("DIR", checkout, "import: a checkout of the published scripts");
  app.add_option("-t,--task", flags.tasks, "tasks to render");
  app.add_option("--data", flags.data, "data folder, or TASK=FILE")->take_all();
  app.add_option("--prompts", flags.prompts, "prompt set (default: default)");
  app.add_option("--rules", flags.rules, "corrected (default) or clue-2024")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_option("--seed", flags.decoding.seed, "LongHealth's draws (default 1)");
  app.add_option("--shots,--num-fewshot", flags.shots, "few-shot examples");
  app.add_option("--limit", flags.limit, "only the first N");
  app.add_option("--max-context", context, "context length that LongHealth fills (default 8192)");
  app.add_option("--longhealth-limit", flags.longhealth_limit,
                 "token limit of LongHealth task 1 (8140)");
  app.add_option("--tokenizer", tokenizer, "ws (default), ws_bos, char, or FILE.gguf");
  if (const auto code = parser.parse(args, io)) return *code;
  if (word == "list") return list_prompts(io);
  if (word == "import" && !checkout.empty()) return import_wording(checkout, io);
  if (word != "render" || flags.tasks.empty()) {
    return fail(
        io, {ErrorCode::invalid_argument,
             "use: clue prompts list, clue prompts render -t TASK, or clue prompts import DIR"});
  }
  if (const Status status = render(flags, tokenizer, context, io); !status)
    return fail(io, status.error());
  return kDone;
}

}  // namespace clue::cli
