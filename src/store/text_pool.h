// Texts stored once: a prompt's messages and a sample's fields are cut into pieces that repeat
// (documents, few-shot examples), each kept once under its hash. Used by RunStore only; one thread.
//
//   CLUE_TRY(nlohmann::json ref, pool.put(message));   // "short text" or [3,17,4]
//   CLUE_TRY(std::string text, pool.get(ref));
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/sqlite.h"

namespace clue::store {

/// Cuts a text at places that depend on the text alone (a line of dashes, or a line whose hash says
/// so), so that the same document gives the same pieces wherever it stands. The pieces joined are
/// the text.
[[nodiscard]] std::vector<std::string_view> text_pieces(std::string_view text);

class TextPool {
 public:
  /// `db` must outlive the pool.
  explicit TextPool(Database& db) : db_(&db) {}
  /// A reference to a text as it stands in JSON columns: texts under 80 bytes themselves, longer
  /// ones as list of ids.
  [[nodiscard]] Result<nlohmann::json> put(std::string_view text);
  [[nodiscard]] Result<std::string> get(const nlohmann::json& reference);
  /// Forget ids; after a rolled back transaction.
  void forget();

 private:
  [[nodiscard]] Status prepare();
  [[nodiscard]] Result<std::int64_t> put_piece(std::string_view piece);
  [[nodiscard]] Result<const std::string*> get_piece(std::int64_t id);

  Database* db_;
  Statement find_, insert_, read_;
  bool prepared_ = false, can_insert_ = false;
  std::unordered_map<std::string, std::int64_t> ids_;  ///< hash -> id
  std::unordered_map<std::int64_t, std::string> read_pieces_;
  std::size_t read_bytes_ = 0;  ///< bound on what reading keeps
};

}  // namespace clue::store
