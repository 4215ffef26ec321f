// clue view: the report page served on loopback while a run goes on.
#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/number_checks.h"
#include "cli/verbs.h"
#include "serve/view_server.h"

namespace clue::cli {

int cmd_view(const Args& args, Io& io) {
  Flags parser("clue view", "Serves the report of running or finished runs on this machine only.",
               "clue view runs/a");
  std::vector<std::string> runs;
  serve::ViewOptions options;
  options.generator = "clue " CLUE_VERSION;
  bool with_text = false, no_text = false;
  parser.app().add_option("RUN", runs, "run folders")->required();
  parser.app().add_option("--port", options.port, "port on 127.0.0.1 (default: any free one)")
      ->check(port_check());
  auto* with = parser.app().add_flag("--with-text", with_text, "show guarded text");
  parser.app().add_flag("--no-text", no_text, "leave out every prompt and output")->excludes(with);
  if (const auto code = parser.parse(args, io)) return *code;
  options.runs.assign(runs.begin(), runs.end());
  if (with_text || no_text) options.with_text = with_text;
  const auto server = serve::ViewServer::start(options);
  if (!server) return fail(io, server.error());
  io.out << (*server)->url() << std::endl;
  io.err << "Ctrl-C ends it.\n";
  const std::stop_callback stop(interrupted(), [&server] { (*server)->stop(); });
  (*server)->wait();
  return kDone;
}

}  // namespace clue::cli
