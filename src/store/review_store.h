// What clinicians decided: an append-only SQLite file beside the reviewed set or run. An entry is
// on the disk (synchronous=FULL) when append() returned, so a killed server loses nothing. One
// writer object a thread; several processes may take turns on one file.
//
//   CLUE_TRY(ReviewStore store, ReviewStore::open("MeDiSumQA.review.db"));
//   CLUE_TRY(std::int64_t id, store.append({.item = id, .reviewer = "A", .action = "accept"}));
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace clue::store {

struct ReviewEntry {
  std::int64_t id = 0;                 ///< order of arrival; given by append()
  std::string item;                    ///< id of the reviewed item
  std::string reviewer;                ///< as the reviewer typed it
  std::string action;                  ///< accept, edit, reject, rate, undo
  std::string question, answer;        ///< edit: the new texts
  std::string reason;                  ///< reject: why; others: a remark
  std::map<std::string, int> ratings;  ///< rate: scale -> 1..5
  std::int64_t undone = 0;             ///< undo: the entry it takes back
  bool final_word = false;             ///< the adjudicator's: outranks the reviewers
  std::string at;                      ///< UTC, ISO 8601
};

/// item -> reviewer -> the entry in force. The adjudicator's stands under its own name with
/// final_word set.
using Decisions = std::map<std::string, std::map<std::string, ReviewEntry>>;

/// What a log comes to, kept up to date entry by entry (a review of 5,000 items has 20,000 of them
/// and a request must not read them all). Undone entries leave the one before them in force.
class ReviewState {
 public:
  ReviewState() = default;
  explicit ReviewState(std::vector<ReviewEntry> log);
  void add(ReviewEntry entry);
  [[nodiscard]] const Decisions& in_force() const { return now_; }
  /// The entry that an undo by this reviewer would take back; nullptr: nothing is left.
  [[nodiscard]] const ReviewEntry* last_entry(const std::string& reviewer, bool final_word) const;

 private:
  void take_back(std::int64_t id);

  std::map<std::int64_t, ReviewEntry> standing_;  ///< decisions that are not undone, by id
  std::map<std::pair<std::string, std::string>, std::set<std::int64_t>> by_item_;  ///< and reviewer
  std::map<std::pair<std::string, bool>, std::set<std::int64_t>> by_reviewer_;  ///< and final_word
  std::set<std::int64_t> undone_;
  Decisions now_;
};

[[nodiscard]] Decisions in_force(std::vector<ReviewEntry> log);

/// Id of a model's answer to one prompt: ratings are kept under it, so that an answer that changed
/// is not taken for the rated one.
[[nodiscard]] std::string output_id(std::string_view task, std::string_view sample, int repeat,
                                    std::string_view answer);

class ReviewStore {
 public:
  /// Opens or makes the file, readable for its owner alone. Error: as a run's database.
  [[nodiscard]] static Result<ReviewStore> open(const std::filesystem::path& file);
  /// Only reading; a missing file is an empty history.
  [[nodiscard]] static Result<std::vector<ReviewEntry>> read(const std::filesystem::path& file);
  ReviewStore(ReviewStore&&) noexcept;
  ReviewStore& operator=(ReviewStore&&) noexcept;
  ~ReviewStore();

  /// Durable when it returns. Returns the entry's id.
  [[nodiscard]] Result<std::int64_t> append(const ReviewEntry& entry);
  /// Entries with a larger id than `after` (0: all), oldest first; other processes' too.
  [[nodiscard]] Result<std::vector<ReviewEntry>> entries(std::int64_t after = 0);
  /// Adds another file's entries that are not here yet (another reviewer's machine). Undo entries
  /// keep pointing at their own. Returns how many were new.
  [[nodiscard]] Result<std::size_t> merge(const std::filesystem::path& other);

 private:
  struct Impl;
  explicit ReviewStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace clue::store
