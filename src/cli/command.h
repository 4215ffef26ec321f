// What every verb shares: its row in the command table, its streams, flag parsing, exit codes. Only
// src/cli prints, reads the environment and picks exit codes. One file for each verb: cmd_*.cc.
//
//   int cmd_tasks(const Args& args, Io& io) {
//     Flags flags("clue tasks", "...", "clue tasks --json");
//     bool json = false;
//     flags.app().add_flag("--json", json, "...");
//     if (auto code = flags.parse(args, io)) return *code;
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace clue::cli {

/// The contract of design section 4.
enum ExitCode : int { kDone = 0, kFailed = 1, kUsage = 2, kIncomplete = 3 };

using Args = std::vector<std::string>;  ///< without program and verb

/// Where a verb prints: results to out, progress and messages to err.
struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;  ///< err is a terminal: progress bars allowed
  bool color = false;     ///< out is a terminal and NO_COLOR is unset
};

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const Args&, Io&);
};

/// A verb's own verb ("clue kb build").
struct SubVerb {
  std::string_view name;
  int (*run)(const Args&, Io&);
};
/// Runs the one that `args` names first. `usage` is printed for --help, and behind the error when
/// it names none of them.
int run_sub_verb(std::string_view verb, std::span<const SubVerb> table, std::string_view usage,
                 const Args& args, Io& io);

/// The table, in help order.
[[nodiscard]] std::span<const Command> commands();

/// Prints "error: ..." and returns the exit code that fits the error's kind.
int fail(Io& io, const Error& error);
void warn(Io& io, std::string_view message);

/// An environment variable, "" when unset.
[[nodiscard]] std::string env(const char* name);
/// All variables that back ends may need (HF_*, OPENAI_*, proxies).
[[nodiscard]] std::map<std::string, std::string> model_environment();

/// Set by Ctrl-C and SIGTERM; a second Ctrl-C ends the process at once.
[[nodiscard]] std::stop_token interrupted();

/// CLI11 behind our habits: "_" means "-" in flag names, unknown flags get a suggestion and exit 2,
/// --help prints an example.
class Flags {
 public:
  Flags(const std::string& usage, const std::string& about, const std::string& example);
  ~Flags();
  [[nodiscard]] CLI::App& app() { return *app_; }
  /// nullopt: go on. Else the exit code, everything is printed.
  [[nodiscard]] std::optional<int> parse(const Args& args, Io& io);

 private:
  std::unique_ptr<CLI::App> app_;
};

/// The command as typed, for the record: "clue run -m 'a b'".
[[nodiscard]] std::string command_line_of(std::string_view verb, const Args& args);

/// "run --num_fewshot=3" -> "run --num-fewshot=3": flag names only, values untouched.
[[nodiscard]] Args normalise_flags(const Args& args);

}  // namespace clue::cli
