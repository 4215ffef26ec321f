// What clinicians look at: question-answer pairs over letters (MeDiSumQA.json and what `clue
// generate` wrote beside it), or outputs of runs to be rated blind to their model. Pure but for
// reading files; values, thread-compatible.
//
//   CLUE_TRY(ReviewSet set, read_pairs("MeDiSumQA.json"));
//   CLUE_TRY(ReviewSet set, read_outputs({"runs/a", "runs/b"}, {.limit = 50, .seed = 1}));
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace clue::serve {

/// Byte range of a text; empty: nothing to show.
struct Span {
  std::size_t begin = 0, end = 0;
};

struct ReviewItem {
  std::string id;
  std::string group;      ///< the letter, or task and sample
  std::string letter;     ///< the text that the answer must be right for
  std::string source;     ///< section the pair was taken from; "": not known
  std::string question;   ///< outputs: what was asked
  std::string answer;     ///< outputs: what the model said
  std::string reference;  ///< outputs: the reference answer; pairs: ""
  Span letter_evidence, source_evidence;
  std::string record;             ///< pairs: the JSON record as it stood in the file
  std::vector<std::string> runs;  ///< outputs: run folders that gave it; never shown to a reviewer
};

enum class ReviewKind { pairs, outputs };

struct ReviewSet {
  ReviewKind kind = ReviewKind::pairs;
  std::string title;
  std::vector<ReviewItem> items;
};

/// Reads a question set (array or JSON Lines; the letter's key as the task accepts it). Ids are the
/// file's own, else made of letter, question and answer. Evidence and source section: from
/// NAME.items.jsonl and NAME.letters.jsonl beside it, else datagen::evidence_line. Error: file,
/// record, field.
[[nodiscard]] Result<ReviewSet> read_pairs(const std::filesystem::path& file);

struct OutputOptions {
  std::string task;        ///< "": every task of the runs
  std::size_t limit = 0;   ///< samples of each task, the same for all runs; 0: all
  std::uint64_t seed = 1;  ///< draws the samples and mixes the order, so that no model shows
};
/// Answers of runs; runs that answered a prompt alike share one item. Error: no run, or no text in
/// it (purged, or never stored).
[[nodiscard]] Result<ReviewSet> read_outputs(const std::vector<std::filesystem::path>& runs,
                                             const OutputOptions& options);

}  // namespace clue::serve
