#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "base/json.h"
#include "base/table_formats.h"
#include "base/text.h"

namespace clue {
namespace {

/// Position behind the JSON value that starts at `pos`, by brackets and quotes alone; npos: not
/// closed. The slice is checked by the parser afterwards.
std::size_t end_of_value(std::string_view text, std::size_t pos) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = pos; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
        if (depth == 0) return i + 1;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return i;
      if (--depth == 0) return i + 1;
    } else if (depth == 0 && (c == ',' || c == ':' || is_ascii_space(c))) {
      return i;
    }
  }
  return in_string || depth > 0 ? std::string_view::npos : text.size();
}

struct Record {
  std::string_view json;
  std::string key;         ///< of an object of objects
  std::size_t number = 0;  ///< 1-based line or record
};

/// Walks the outermost level of a text and remembers the line.
class Outline {
 public:
  explicit Outline(std::string_view text) : text_(text) {}

  void skip_space() {
    while (pos_ < text_.size() && is_ascii_space(text_[pos_])) ++pos_;
  }
  [[nodiscard]] bool at_end() const { return pos_ >= text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[pos_]; }
  bool take(char c) {
    skip_space();
    if (peek() != c) return false;
    ++pos_;
    return true;
  }
  std::optional<std::string_view> value() {
    skip_space();
    const std::size_t end = end_of_value(text_, pos_);
    if (end == std::string_view::npos || end == pos_) return std::nullopt;
    const std::string_view out = text_.substr(pos_, end - pos_);
    pos_ = end;
    return out;
  }

 private:
  std::string_view text_;
  std::size_t pos_ = 0;
};

/// nullopt: the structure is broken; the parser on the whole text says where.
std::optional<std::vector<Record>> split_array(std::string_view text) {
  std::vector<Record> out;
  Outline in(text);
  if (!in.take('[')) return std::nullopt;
  if (!in.take(']')) {
    do {
      const auto json = in.value();
      if (!json) return std::nullopt;
      out.push_back({*json, "", out.size() + 1});
    } while (in.take(','));
    if (!in.take(']')) return std::nullopt;
  }
  in.skip_space();
  return in.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::vector<Record>> split_object(std::string_view text) {
  std::vector<Record> out;
  Outline in(text);
  if (!in.take('{')) return std::nullopt;
  if (!in.take('}')) {
    do {
      const auto key = in.value();
      if (!key || !in.take(':')) return std::nullopt;
      const auto json = in.value();
      Result<nlohmann::json> name = parse_json(*key, "");
      if (!json || !name.ok() || !name->is_string()) return std::nullopt;
      out.push_back({*json, name->get<std::string>(), out.size() + 1});
    } while (in.take(','));
    if (!in.take('}')) return std::nullopt;
  }
  in.skip_space();
  return in.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

std::vector<Record> split_json_lines(std::string_view text) {
  std::vector<Record> out;
  std::size_t line = 0;
  for (const std::string_view l : split_lines(text)) {
    ++line;
    if (!trim(l).empty()) out.push_back({l, "", line});
  }
  return out;
}

class TableBuilder {
 public:
  TableBuilder(Table& table, bool skip_empty) : table_(table), skip_empty_(skip_empty) {}

  Status add(const Record& record, const nlohmann::ordered_json& object, const std::string& place) {
    if (!object.is_object()) {
      return Error{ErrorCode::data,
                   place + ": an object {...} is needed, here is " + object.type_name()};
    }
    std::vector<std::string> row(table_.columns.size());
    if (!record.key.empty()) put(row, "_key", record.key);
    for (const auto& item : object.items()) {
      if (item.value().is_null()) {
        put(row, item.key(), "");
      } else if (item.value().is_string()) {
        put(row, item.key(), item.value().get_ref<const std::string&>());
      } else {
        put(row, item.key(), dump_json(item.value()));
      }
    }
    const bool empty = std::all_of(row.begin(), row.end(), [](const auto& c) { return c.empty(); });
    if (empty && skip_empty_) return {};
    table_.rows.push_back(std::move(row));
    table_.lines.push_back(record.number);
    return {};
  }

  /// Later records may have brought columns that earlier rows lack.
  Status finish() {
    constexpr std::size_t kMaxCells = std::size_t{100} * 1000 * 1000;
    if (!table_.rows.empty() && table_.columns.size() > kMaxCells / table_.rows.size()) {
      return Error{ErrorCode::data,
                   table_.path + ": " + std::to_string(table_.columns.size()) +
                       " different keys; are the keys data? A list of records is needed"};
    }
    for (auto& row : table_.rows) row.resize(table_.columns.size());
    return {};
  }

 private:
  void put(std::vector<std::string>& row, const std::string& key, std::string value) {
    const auto [it, fresh] = index_.try_emplace(key, table_.columns.size());
    if (fresh) {
      table_.columns.push_back(key);
      row.resize(table_.columns.size());
    }
    row[it->second] = std::move(value);
  }

  Table& table_;
  bool skip_empty_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace

Result<Table> table_from_json(std::string bytes, const std::string& place, JsonLayout layout,
                              const TableOptions& options) {
  CLUE_TRY(const std::string decoded, to_utf8(std::move(bytes), options.encoding, place));
  const std::string_view text = decoded;
  Table table;
  table.path = place;
  if (trim(text).empty()) return Error{ErrorCode::data, place + ": empty, JSON records are needed"};

  std::optional<std::vector<Record>> records;
  const char first = trim(text).front();
  bool lines = layout == JsonLayout::lines && first != '[';
  if (!lines && first == '{') {
    // JSON Lines under the name .json: the first line is a whole object and more follows.
    const std::size_t begin = text.find('{');
    const std::size_t end = text.find('\n', begin);
    lines = end != std::string_view::npos && end_of_value(text, begin) <= end &&
            !trim(text.substr(end)).empty();
  }
  if (lines) {
    records = split_json_lines(text);
  } else if (first == '{') {
    records = split_object(text);
    const bool nested =
        records && std::all_of(records->begin(), records->end(),
                               [](const Record& r) { return r.json.starts_with('{'); });
    if (records && !nested) records = {Record{text, "", 1}};
  } else {
    records = split_array(text);
  }
  table.place_kind = lines ? Table::Place::line : Table::Place::record;
  // The whole text's error has the right line and column.
  const auto whole_error = [&]() -> Error {
    Result<nlohmann::json> all = parse_json(text, place);
    return all.ok() ? Error{ErrorCode::data, place + ": a list of objects is needed"} : all.error();
  };
  if (!records) return whole_error();

  TableBuilder builder(table, options.skip_empty_rows);
  for (const Record& record : *records) {
    if (options.max_rows != 0 && table.rows.size() >= options.max_rows) break;
    Result<nlohmann::ordered_json> object =
        parse_ordered_json(record.json, place, lines ? record.number : 1);
    if (!object.ok()) {
      if (lines) return object.error();
      return whole_error();
    }
    const std::string where = place + (lines ? ":" : ": record ") + std::to_string(record.number);
    CLUE_OK(builder.add(record, *object, where));
  }
  CLUE_OK(builder.finish());
  return table;
}

}  // namespace clue
