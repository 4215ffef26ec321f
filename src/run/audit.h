// What a run knows about where its text is and where it went: `clue audit`; and taking the text out
// of a run folder: `clue purge`. Reads run.db and looks at the files beside it.
//
//   CLUE_TRY(Audit audit, audit_run("runs/first"));
//   CLUE_TRY(Purged gone, purge_run("runs/first"));
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/types.h"
#include "run/egress.h"
#include "run/served.h"

namespace clue::run {

/// A file that holds, or may hold, letters, prompts or answers of a run.
struct TextCopy {
  enum class State { holds, none, unknown, gone };
  std::filesystem::path path;
  State state = State::unknown;
  std::string what;  ///< "prompts and answers", "the data file", ...
};
[[nodiscard]] std::string_view name(TextCopy::State state);

struct TaskAudit {
  std::string task;
  core::DataUse use = core::DataUse::open;
  std::string model;  ///< spec
  std::string allow_remote, allowed_hosts;
  bool purged = false;
  std::vector<EgressEntry> sent;
  std::vector<ServedBy> served;  ///< which servers answered, session by session
};

struct Audit {
  std::vector<TaskAudit> tasks;
  std::vector<TextCopy> copies;
};
/// Error: not a run folder, unreadable.
[[nodiscard]] Result<Audit> audit_run(const std::filesystem::path& folder);

/// Error: the text of a pass was purged, so that nothing can be scored again or added.
[[nodiscard]] Status needs_text(store::RunStore& store);

/// Remembers that a report or an export with text was written for these runs, in each run's
/// copies.txt; a folder that cannot be written is left alone.
void note_copy(const std::vector<std::string>& folders, const std::filesystem::path& file);

struct Purged {
  std::vector<std::filesystem::path> removed;  ///< files of the folder that held text
  std::vector<TextCopy> left;                  ///< outside the folder, or not known
};
/// Removes text from run.db and the files made from it; ids, hashes, scores and summaries stay.
/// Error: as RunStore; the run is in use.
[[nodiscard]] Result<Purged> purge_run(const std::filesystem::path& folder);

}  // namespace clue::run
