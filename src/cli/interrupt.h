// Called once by main before any other thread starts; see interrupted() in command.h.
#pragma once

namespace clue::cli {

/// Blocks SIGINT and SIGTERM everywhere and turns the first into a stop request, the second into
/// exit status 130. A stop that takes over 0.9 s ends the process with status 3: stores and files
/// are safe against that. SIGPIPE becomes a write error.
void watch_interrupts();

/// Memory with letters in it is never written to a core file.
void no_core_dumps();
/// The same also where the system pipes cores to a program, and other processes of the user cannot
/// look inside. Called once guarded text is in memory.
void hide_memory();

}  // namespace clue::cli
