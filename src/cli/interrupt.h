// Called once by main before any other thread starts; see interrupted() in command.h.
#pragma once

namespace clue::cli {

/// Blocks SIGINT and SIGTERM everywhere and turns the first into a stop request, the second into
/// exit status 130. SIGPIPE becomes a write error.
void watch_interrupts();

}  // namespace clue::cli
