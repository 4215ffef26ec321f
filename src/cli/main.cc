// clue VERB [FLAGS]: the command table and nothing else.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "base/suggest.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"

namespace clue::cli {
namespace {

constexpr std::array kCommands = {
    Command{"tasks", "what can be evaluated, and whether its data is there", cmd_tasks},
    Command{"data", "where data files come from, which are here, download them", cmd_data},
    Command{"run", "evaluate models on tasks", cmd_run},
    Command{"score", "score a run or a predictions file again, no model needed", cmd_score},
    Command{"import", "prediction trees of the published scripts -> scored runs", cmd_import},
    Command{"export", "a run as jsonl, csv, lm-eval, inspect or published files", cmd_export},
    Command{"merge", "shards or machines -> one run", cmd_merge},
    Command{"compare", "paired comparison of two runs", cmd_compare},
    Command{"report", "one self-contained page (or md, csv, latex) from runs", cmd_report},
    Command{"reproduce", "check a run's hashes and ask some samples again", cmd_reproduce},
    Command{"view", "the same page, live, on this machine", cmd_view},
    Command{"audit", "where a run's text was sent, and where copies lie", cmd_audit},
    Command{"purge", "take the text out of a run, keep its scores", cmd_purge},
    Command{"prompts", "list, render and import prompt wordings", cmd_prompts},
    Command{"metric", "score pairs from stdin", cmd_metric},
    Command{"generate", "make benchmarks out of discharge letters", cmd_generate},
    Command{"kb", "build and inspect concept dictionaries", cmd_kb},
    Command{"model", "inspect a GGUF file, write a tiny one, import an encoder", cmd_model},
    Command{"review", "clinicians accept, edit, reject or rate, on this machine", cmd_review},
    Command{"doctor", "what is missing on this machine", cmd_doctor},
};

void print_help(std::ostream& out) {
  out << "clue: evaluates language models on clinical tasks (CLUE)\n\nusage: clue VERB [flags]\n\n";
  for (const Command& c : kCommands) {
    out << "  " << c.name << std::string(12 - c.name.size(), ' ') << c.summary << '\n';
  }
  out << "\nExample:\n  clue run -m baseline:lexical -t meqsum\n\n"
         "clue VERB --help explains a verb. Exit codes: 0 done, 1 failed, 2 usage,\n"
         "3 finished incomplete (the same command goes on).\n";
}

/// libgomp reads its waiting policy when it is loaded, so the program starts itself once more with
/// it set: threads that spin for long cost twentyfold when anything else runs on the machine, ones
/// that never spin a third of a small model's speed (measured; some microseconds are best).
void restart_with_short_spins(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  setenv("OMP_WAIT_POLICY", "passive", 1);
  setenv("GOMP_SPINCOUNT", "1000", 0);
  execv("/proc/self/exe", argv);  // on failure we go on as we are
}

/// Verbs that may run a model in this process.
bool computes(std::string_view verb) {
  constexpr std::array<std::string_view, 2> kComputing = {"run", "generate"};
  return std::find(kComputing.begin(), kComputing.end(), verb) != kComputing.end();
}

int run_main(int argc, char** argv) {
  Io io{std::cin, std::cout, std::cerr, isatty(2) != 0,
        isatty(1) != 0 && std::getenv("NO_COLOR") == nullptr};
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb.empty() || verb == "--help" || verb == "-h" || verb == "help") {
    print_help(verb.empty() ? std::cerr : std::cout);
    return verb.empty() ? kUsage : kDone;
  }
  if (verb == "--version") {
    std::cout << "clue " CLUE_VERSION "\n";
    return kDone;
  }
  std::vector<std::string_view> names;
  for (const Command& c : kCommands) {
    names.push_back(c.name);
    if (c.name != verb) continue;
    if (computes(verb)) restart_with_short_spins(argv);
    no_core_dumps();
    watch_interrupts();
    const int code = c.run(Args(argv + 2, argv + argc), io);
    io.out.flush();
    if (!io.out && code == kDone) {
      io.err << "error: cannot write to standard output\n";
      return kFailed;
    }
    return code;
  }
  io.err << "error: unknown verb \"" << verb << '"'
         << did_you_mean(verb, std::span<const std::string_view>(names)) << "\n  see clue --help\n";
  return kUsage;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace clue::cli

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  try {
    return clue::cli::run_main(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "error: this is a bug in clue: " << e.what() << '\n';
    return clue::cli::kFailed;
  }
}
