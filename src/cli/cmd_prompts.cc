// clue prompts list | render | import: the wordings, every prompt without a model, and the
// published wording out of a user's checkout.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "cli/number_checks.h"
#include "cli/places.h"
#include "cli/prompt_sets.h"
#include "cli/run_flags.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "models/token_counters.h"
#include "tasks/dataset.h"
#include "tasks/import_prompts.h"
#include "tasks/render.h"

namespace clue::cli {
namespace {

int list_prompts(bool as_json, Io& io) {
  const Result<tasks::Library> library = task_library();
  if (!library) return fail(io, library.error());
  std::vector<std::vector<std::string>> rows;
  nlohmann::json list = nlohmann::json::array();
  for (const tasks::Task& t : library->tasks) {
    for (const tasks::PromptSet& set : t.file.prompts) {
      rows.push_back({t.file.name, set.name, set.hash.substr(0, 12), set.system.substr(0, 60)});
      list.push_back({{"task", t.file.name},
                      {"prompts", set.name},
                      {"hash", set.hash},
                      {"system", set.system},
                      {"user", set.user},
                      {"assistant", set.assistant}});
    }
  }
  if (as_json) {
    io.out << dump_json(list, 1) << '\n';
  } else {
    io.out << format_table({"task", "prompt set", "hash", "system prompt begins"}, rows, {});
  }
  return kDone;
}

int import_wording(const std::string& checkout, Io& io) {
  const Result<tasks::ImportReport> report = tasks::import_prompts(checkout, config_dir());
  if (!report) return fail(io, report.error());
  for (const tasks::ImportReport::Row& row : report->imported) {
    io.out << row.task << ": " << row.file << ", hash " << row.hash.substr(0, 12) << '\n';
  }
  for (const std::string& m : report->missing) warn(io, m);
  io.out << "prompt set clue-2024 written under " << (config_dir() / "prompts").string()
         << "; use it with --prompts clue-2024\n";
  return kDone;
}

/// What `clue prompts render` takes beside run's flags.
struct RenderFlags {
  std::string tokenizer = "ws";
  int context = 8192;
  bool text = false;
  bool tokens = false;
};

/// One pass of rendering: prints each prompt, counts tokens where asked.
class Printer {
 public:
  Printer(const RenderFlags& flags, std::string wording, models::TokenCounter& counter, Io& io)
      : flags_(flags), wording_(std::move(wording)), counter_(counter), io_(io) {}

  Status print(const std::string& task, const core::Prompt& prompt) {
    int tokens = 0;
    for (const core::Message& m : prompt.messages) {
      if (!flags_.tokens) break;
      CLUE_TRY(const int n, counter_.count(m.content));
      tokens += n;
    }
    low_ = count_ == 0 ? tokens : std::min(low_, tokens);
    high_ = std::max(high_, tokens);
    ++count_;
    if (flags_.text) {
      print_text(task, prompt, tokens);
    } else {
      tasks::RenderExtras extras;
      extras.prompts = wording_;
      if (flags_.tokens) extras.tokens = tokens;
      io_.out << tasks::prompt_json(task, prompt, extras) << '\n';
    }
    return {};
  }

  void sum_up(const std::string& task) const {
    if (!flags_.tokens || count_ == 0) return;
    io_.err << fmt::format(
        "{}: {} prompts of {} to {} tokens ({}{}; a chat template adds its own)\n", task, count_,
        low_, high_, counter_.name(), counter_.exact() ? "" : ", an estimate");
  }

 private:
  void print_text(const std::string& task, const core::Prompt& prompt, int tokens) {
    io_.out << "=== " << task << ", sample " << prompt.sample << ", repeat " << prompt.repeat;
    if (!wording_.empty()) io_.out << ", prompts " << wording_;
    if (flags_.tokens) io_.out << ", " << tokens << " tokens";
    io_.out << '\n';
    for (const core::Message& m : prompt.messages) {
      io_.out << "--- " << core::name(m.role) << '\n' << m.content << '\n';
    }
    for (const core::Cut& cut : prompt.cuts) {
      io_.out << fmt::format("--- cut to fit: {} from {} to {} tokens\n", cut.what,
                             cut.tokens_before, cut.tokens_after);
    }
  }

  const RenderFlags& flags_;
  std::string wording_;  ///< named in the output when several are rendered
  models::TokenCounter& counter_;
  Io& io_;
  int count_ = 0, low_ = 0, high_ = 0;
};

Status render_task(const tasks::Task& task, const std::string& wording, bool several,
                   const tasks::DataFolders& folders, const RunFlags& flags,
                   const RenderFlags& render, models::TokenCounter& counter, Io& io) {
  CLUE_TRY(const tasks::DataPlace place, tasks::find_data(task, folders));
  CLUE_TRY(const core::Dataset data, tasks::load_dataset(task, {.path = place.path,
                                                                .shots = flags.shots,
                                                                .own = place.own,
                                                                .examples = place.examples}));
  tasks::PromptOptions options;
  options.prompts = task.file.prompt_set(wording);
  CLUE_TRY(options.rules, flags.rule_set());
  options.seed = flags.decoding.seed;
  options.limit = flags.limit;
  options.model_context = render.context;
  options.longhealth_limit = flags.longhealth_limit;
  if (place.examples) warn(io, task.file.name + ": rendered from the shipped EXAMPLES");
  for (const std::string& w : data.warnings) warn(io, w);
  Printer printer(render, several ? wording : "", counter, io);
  CLUE_OK(tasks::build_prompts(task, data, options, &counter, [&](const core::Prompt& prompt) {
    return printer.print(data.task, prompt);
  }));
  printer.sum_up(data.task);
  return {};
}

Status render(const RunFlags& flags, const RenderFlags& render, Io& io) {
  CLUE_TRY(const std::vector<tasks::Task> tasks, chosen_tasks(flags.tasks, ""));
  CLUE_TRY(const std::vector<PromptChoice> wordings, prompt_choices(flags.prompts, tasks));
  CLUE_TRY(const tasks::DataFolders folders, data_folders(flags.data, tasks));
  CLUE_TRY(const std::unique_ptr<models::TokenCounter> counter,
           models::open_token_counter(render.tokenizer));
  for (const PromptChoice& wording : wordings) {
    for (const tasks::Task& task : wording.tasks) {
      CLUE_OK(render_task(task, wording.name, wordings.size() > 1, folders, flags, render, *counter,
                          io));
    }
  }
  return {};
}

}  // namespace

int cmd_prompts(const Args& args, Io& io) {
  Flags parser("clue prompts",
               "list: wordings there are; render: every prompt as JSON Lines, no model needed;\n"
               "import DIR: the published wording from a checkout of the published scripts.",
               "clue prompts render -t meqsum --limit 1 --text");
  RunFlags flags;
  RenderFlags shown;
  std::string word = "list", checkout;
  bool as_json = false;
  CLI::App& app = parser.app();
  app.add_option("WORD", word, "list (default), render, or import");
  app.add_option("DIR", checkout, "import: a checkout of the published scripts");
  app.add_option("-t,--task", flags.tasks, "tasks to render");
  app.add_option("--data", flags.data, "data folder, or TASK=FILE")->take_all();
  app.add_option("--prompts", flags.prompts,
                 "wording (default: default); several with commas, or all");
  app.add_option("--rules", flags.rules, "corrected (default) or clue-2024")
      ->check(CLI::IsMember({"corrected", "clue-2024"}));
  app.add_option("--seed", flags.decoding.seed, "LongHealth's draws (default 1)");
  app.add_option("--shots,--num-fewshot", flags.shots, "few-shot examples")
      ->check(non_negative());
  app.add_option("--limit", flags.limit, "only the first N")->check(non_negative());
  app.add_option("--max-context", shown.context,
                 "context length that LongHealth fills (default 8192)")
      ->check(positive());
  app.add_option("--longhealth-limit", flags.longhealth_limit,
                 "token limit of LongHealth task 1 (8140)")
      ->check(non_negative());
  app.add_option("--tokenizer", shown.tokenizer,
                 "ws (default), ws_bos, char: test tokenizers; or FILE.gguf");
  app.add_flag("--text", shown.text, "for people: the turns as text");
  app.add_flag("--tokens", shown.tokens, "count each prompt's tokens (always with --text)");
  app.add_flag("--json", as_json, "list: a JSON array with the whole wordings");
  if (const auto code = parser.parse(args, io)) return *code;
  shown.tokens = shown.tokens || shown.text;
  if (word == "list") return list_prompts(as_json, io);
  if (word == "import" && !checkout.empty()) return import_wording(checkout, io);
  if (word != "render" || flags.tasks.empty()) {
    return fail(
        io, {ErrorCode::invalid_argument,
             "use: clue prompts list, clue prompts render -t TASK, or clue prompts import DIR"});
  }
  if (const Status status = render(flags, shown, io); !status) return fail(io, status.error());
  return kDone;
}

}  // namespace clue::cli
