// Workbooks: ECMA-376 parts in a zip. Only what a table needs: the first sheet, its strings,
// numbers and booleans as text.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <new>
#include <optional>
#include <pugixml.hpp>

#include "base/table_formats.h"
#include "base/text.h"
#include "base/zip_parts.h"

namespace clue {
namespace {

constexpr std::size_t kMaxColumns = 16384;                // Excel's own limits
constexpr std::size_t kMaxRows = 1048576;
constexpr std::size_t kMaxCells = std::size_t{50} * 1000 * 1000;

bool is(const pugi::xml_node& node, std::string_view name) { return local_name(node) == name; }

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& c : node.children()) {
    if (is(c, name)) return c;
  }
  return {};
}

std::string attribute(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_attribute& a : node.attributes()) {
    const std::string_view full = a.name();
    const std::size_t colon = full.rfind(':');
    if ((colon == std::string_view::npos ? full : full.substr(colon + 1)) == name) return a.value();
  }
  return {};
}

/// A string as Excel hides odd characters: _x000D_ is U+000D, _x005F_ an underscore.
std::string unescape(std::string_view text) {
  std::string out;
  std::u32string run;  // escapes next to each other may be halves of one character
  const auto flush = [&] {
    for (std::size_t i = 0; i < run.size(); ++i) {
      char32_t c = run[i];
      if (c >= 0xD800 && c < 0xDC00 && i + 1 < run.size() && run[i + 1] >= 0xDC00 &&
          run[i + 1] < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (run[++i] - 0xDC00);
      }
      append_utf8(out, c);
    }
    run.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    unsigned value = 0;
    if (text.size() - i >= 7 && text[i] == '_' && text[i + 1] == 'x' && text[i + 6] == '_') {
      const auto [end, ec] = std::from_chars(&text[i + 2], &text[i + 2] + 4, value, 16);
      if (ec == std::errc{} && end == &text[i + 2] + 4) {
        run.push_back(value);
        i += 7;
        continue;
      }
    }
    flush();
    out.push_back(text[i++]);
  }
  flush();
  return out;
}

/// A shared or inline string: plain text or rich runs, without phonetic hints (rPh).
std::string rich_text(const pugi::xml_node& si) {
  std::string out;
  for (const pugi::xml_node& part : si.children()) {
    if (is(part, "t")) append_text(part, out);
    if (is(part, "r")) {
      for (const pugi::xml_node& t : part.children()) {
        if (is(t, "t")) append_text(t, out);
      }
    }
  }
  return unescape(out);
}

/// A stored number as a person sees it in a General cell: 20000001, 0.1, not 2.0000001E7.
std::string number_text(const std::string& stored) {
  double value = 0;
  const auto [end, ec] = std::from_chars(stored.data(), stored.data() + stored.size(), value);
  if (ec != std::errc{} || end != stored.data() + stored.size() || !std::isfinite(value)) {
    return stored;
  }
  std::array<char, 64> buffer{};
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  const auto result = whole ? std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                            static_cast<long long>(value))
                            : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

/// 0-based column of "AB12"; nullopt when there is none or it is beyond Excel's limit.
std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t column = 0;
  std::size_t i = 0;
  for (; i < reference.size() && is_ascii_alpha(reference[i]); ++i) {
    column = column * 26 + static_cast<std::size_t>(ascii_upper(reference[i]) - 'A' + 1);
    if (column > kMaxColumns) return std::nullopt;
  }
  if (i == 0) return std::nullopt;
  return column - 1;
}

class Workbook {
 public:
  Workbook(std::string place, ZipParts parts)
      : place_(std::move(place)), parts_(std::move(parts)) {}

  Result<Table> first_sheet(const TableOptions& options) {
    CLUE_OK(find_parts());
    if (!strings_part_.empty()) CLUE_OK(read_strings());
    pugi::xml_document xml;
    CLUE_OK(parts_.load(sheet_part_, xml));
    CLUE_OK(read_cells(child(xml.document_element(), "sheetData")));
    return build(options);
  }

 private:
  struct Cell {
    std::size_t column;
    std::string text;
  };
  struct Row {
    std::size_t number;
    std::vector<Cell> cells;
  };

  [[nodiscard]] Error bad(const std::string& what) const {
    return {ErrorCode::data, place_ + ": " + what};
  }

  static std::string resolve(const std::string& folder, const std::string& target) {
    if (target.starts_with('/')) return target.substr(1);
    std::string base = folder;
    std::string_view rest = target;
    while (rest.starts_with("../")) {
      rest.remove_prefix(3);
      if (!base.empty()) base.pop_back();
      base.erase(base.find_last_of('/') + 1);
    }
    return base + std::string(rest);
  }

  /// Workbook -> relations -> first sheet and shared strings.
  Status find_parts() {
    std::string book = "xl/workbook.xml";
    pugi::xml_document root;
    if (parts_.load("_rels/.rels", root).ok()) {
      for (const pugi::xml_node& r : root.document_element().children()) {
        if (attribute(r, "Type").ends_with("/officeDocument"))
          book = resolve("", attribute(r, "Target"));
      }
    }
    pugi::xml_document xml;
    CLUE_OK(parts_.load(book, xml));
    const std::string id = attribute(child(child(xml.document_element(), "sheets"), "sheet"), "id");
    if (id.empty()) return bad("the workbook has no sheet");
    const std::size_t slash = book.find_last_of('/') + 1;  // npos + 1 is 0
    const std::string folder = book.substr(0, slash);
    pugi::xml_document relations;
    CLUE_OK(parts_.load(folder + "_rels/" + book.substr(slash) + ".rels", relations));
    for (const pugi::xml_node& r : relations.document_element().children()) {
      const std::string target = resolve(folder, attribute(r, "Target"));
      if (attribute(r, "Id") == id) sheet_part_ = target;
      if (attribute(r, "Type").ends_with("/sharedStrings")) strings_part_ = target;
    }
    if (sheet_part_.empty()) return bad("the workbook does not say where its first sheet is");
    return {};
  }

  Status read_strings() {
    pugi::xml_document xml;
    CLUE_OK(parts_.load(strings_part_, xml));
    for (const pugi::xml_node& si : xml.document_element().children()) {
      if (is(si, "si")) strings_.push_back(rich_text(si));
    }
    return {};
  }

  Result<std::string> cell_text(const pugi::xml_node& c, const std::string& where) const {
    const std::string type = attribute(c, "t");
    if (type == "inlineStr") return rich_text(child(c, "is"));
    std::string value;
    append_text(child(c, "v"), value);
    if (type == "s") {
      const std::string_view digits = trim(value);
      std::size_t index = 0;
      const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
      if (digits.empty()) return std::string();
      if (ec != std::errc{} || end != digits.data() + digits.size() || index >= strings_.size()) {
        return bad(where + ": text number " + to_valid_utf8(value) + " of " +
                   std::to_string(strings_.size()) + " does not exist");
      }
      return strings_[index];
    }
    if (type == "b") return std::string(trim(value) == "1" ? "TRUE" : "FALSE");
    if (type == "str") return unescape(value);
    if (type.empty() || type == "n") return number_text(std::string(trim(value)));
    return value;  // e: "#N/A"; d: an ISO date
  }

  Status read_cells(const pugi::xml_node& data) {
    std::size_t next_row = 1;
    for (const pugi::xml_node& r : data.children()) {
      if (!is(r, "row")) continue;
      Row row{next_row, {}};
      if (const std::string n = attribute(r, "r"); !n.empty()) {
        const auto [end, ec] = std::from_chars(n.data(), n.data() + n.size(), row.number);
        if (ec != std::errc{} || row.number == 0 || row.number > kMaxRows) {
          return bad("sheet row \"" + to_valid_utf8(n) + "\" is not a row number");
        }
      }
      next_row = row.number + 1;
      std::size_t next_column = 0;
      for (const pugi::xml_node& c : r.children()) {
        if (!is(c, "c")) continue;
        const std::string reference = attribute(c, "r");
        const std::string where = "sheet row " + std::to_string(row.number) +
                                  (reference.empty() ? "" : ", cell " + to_valid_utf8(reference));
        std::optional<std::size_t> column = next_column;
        if (!reference.empty()) column = column_of(reference);
        if (!column || *column >= kMaxColumns) return bad(where + ": not a cell of a sheet");
        next_column = *column + 1;
        CLUE_TRY(std::string text, cell_text(c, where));
        if (text.empty()) continue;
        width_ = std::max(width_, next_column);
        row.cells.push_back({*column, std::move(text)});
      }
      rows_.push_back(std::move(row));
    }
    return {};
  }

  Result<Table> build(const TableOptions& options) {
    Table table;
    table.path = place_;
    table.place_kind = Table::Place::sheet_row;
    if (width_ != 0 && rows_.size() > kMaxCells / width_) {
      return bad("the sheet has more than " + std::to_string(kMaxCells) + " cells");
    }
    for (Row& row : rows_) {
      const bool header = table.columns.empty();
      if (row.cells.empty() && (header || options.skip_empty_rows)) continue;
      if (options.max_rows != 0 && table.rows.size() >= options.max_rows) break;
      std::vector<std::string> cells(width_);
      for (Cell& c : row.cells) cells[c.column] = to_valid_utf8(c.text);
      if (header) {
        // A column with data and no heading still needs a name.
        for (std::size_t i = 0; i < width_; ++i) {
          if (cells[i].empty()) cells[i] = "Unnamed: " + std::to_string(i);
        }
        table.columns = std::move(cells);
        continue;
      }
      table.rows.push_back(std::move(cells));
      table.lines.push_back(row.number);
    }
    if (table.columns.empty()) return bad("the first sheet is empty, a header row is needed");
    return table;
  }

  std::string place_;
  ZipParts parts_;
  std::string sheet_part_;
  std::string strings_part_;
  std::vector<std::string> strings_;
  std::vector<Row> rows_;
  std::size_t width_ = 0;
};

}  // namespace

Result<Table> table_from_xlsx(std::string_view bytes, const std::string& place,
                              const TableOptions& options) {
  try {
    CLUE_TRY(ZipParts parts, ZipParts::open(bytes, place, "an xlsx workbook"));
    return Workbook(place, std::move(parts)).first_sheet(options);
  } catch (const std::bad_alloc&) {  // pugixml's only exception
    return Error{ErrorCode::data, place + ": the workbook does not fit into memory"};
  }
}

}  // namespace clue
