#include "store/text_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/hash.h"
#include "base/text.h"

namespace clue::store {
namespace {

using nlohmann::json;

constexpr std::size_t kInline = 80;          // shorter texts stand in the row itself
constexpr std::size_t kSmallestPiece = 400;  // bytes; keeps the number of rows low
constexpr std::size_t kReadCache = 64U << 20U;

bool dashes(std::string_view line) {
  return line.size() >= 6 && line.find_first_not_of('-') == line.size() - 1;
}

/// FNV-1a: cheap, the same on every machine.
std::uint32_t line_hash(std::string_view line) {
  std::uint32_t h = 2166136261U;
  for (const char c : line) h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
  return h;
}

}  // namespace

std::vector<std::string_view> text_pieces(std::string_view text) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    const std::string_view line = text.substr(at, end - at);
    at = end;
    const bool cut = dashes(line) ||
                     (end - begin >= kSmallestPiece && line.size() > 1 && line_hash(line) % 8 == 0);
    if (cut || end == text.size()) {
      pieces.push_back(text.substr(begin, end - begin));
      begin = end;
    }
  }
  return pieces;
}

void TextPool::forget() { ids_.clear(); }

Status TextPool::prepare() {
  if (prepared_) return {};
  CLUE_TRY(find_, db_->prepare("SELECT id FROM texts WHERE hash = ?"));
  CLUE_TRY(read_, db_->prepare("SELECT body FROM texts WHERE id = ?"));
  prepared_ = true;
  return {};
}

Result<std::int64_t> TextPool::put_piece(std::string_view piece) {
  std::string hash = sha256_hex(piece).substr(0, 32);
  if (const auto it = ids_.find(hash); it != ids_.end()) return it->second;
  find_.bind(1, hash);
  CLUE_TRY(const bool known, find_.step());
  std::int64_t id = known ? find_.integer(0) : 0;
  find_.reset();
  if (!known) {
    if (!can_insert_) {
      CLUE_TRY(insert_, db_->prepare("INSERT INTO texts (hash, body) VALUES (?, ?)"));
      can_insert_ = true;
    }
    insert_.bind(1, hash);
    insert_.bind(2, piece);
    CLUE_OK(insert_.run());
    id = db_->last_id();
  }
  ids_.emplace(std::move(hash), id);
  return id;
}

Result<json> TextPool::put(std::string_view text) {
  if (text.size() < kInline && !first_invalid_utf8(text)) return json(std::string(text));
  CLUE_OK(prepare());
  json ids = json::array();
  for (const std::string_view piece : text_pieces(text)) {
    CLUE_TRY(const std::int64_t id, put_piece(piece));
    ids.push_back(id);
  }
  return ids;
}

Result<const std::string*> TextPool::get_piece(std::int64_t id) {
  if (const auto it = read_pieces_.find(id); it != read_pieces_.end()) return &it->second;
  if (read_bytes_ > kReadCache) {
    read_pieces_.clear();
    read_bytes_ = 0;
  }
  read_.bind(1, id);
  CLUE_TRY(const bool row, read_.step());
  if (!row) {
    read_.reset();
    return Error{ErrorCode::data,
                 fmt::format("run.db: text {} is missing; the database is damaged", id)};
  }
  std::string body(read_.text(0));
  read_.reset();
  read_bytes_ += body.size();
  return &read_pieces_.emplace(id, std::move(body)).first->second;
}

Result<std::string> TextPool::get(const json& reference) {
  if (reference.is_string()) return reference.get<std::string>();
  const bool ids =
      reference.is_array() && std::all_of(reference.begin(), reference.end(),
                                          [](const json& id) { return id.is_number_integer(); });
  if (!ids) return Error{ErrorCode::data, "run.db: a text reference is damaged"};
  CLUE_OK(prepare());
  std::string text;
  for (const json& id : reference) {
    CLUE_TRY(const std::string* piece, get_piece(id.get<std::int64_t>()));
    text += *piece;
  }
  return text;
}

}  // namespace clue::store
