// Dictionaries in CSV files: an id, a name, perhaps synonyms.
#include <unordered_map>

#include "base/hash.h"
#include "base/table.h"
#include "base/text.h"
#include "concepts/kb_source.h"

namespace clue::concepts {
namespace {

/// First of the wanted columns that the table has; "" wanted names are skipped.
Result<std::size_t> any_column(const Table& t, const std::string& asked,
                               const std::vector<std::string>& usual) {
  if (!asked.empty()) return t.column(asked);
  for (const std::string& name : usual) {
    for (std::size_t i = 0; i < t.columns.size(); ++i) {
      if (ascii_lower(t.columns[i]) == name) return i;
    }
  }
  return Error{ErrorCode::data, t.path + ": no column is called " + join(usual, ", ") +
                                    "; name it (the file has: " + join(t.columns, ", ") + ")"};
}

}  // namespace

Result<KbSource> read_kb_csv(const std::filesystem::path& path, const CsvOptions& options) {
  TableOptions table_options;
  table_options.delimiter = '\0';
  CLUE_TRY(const Table t, read_table(path, table_options));
  CLUE_TRY(const std::size_t id,
           any_column(t, options.id_column, {"drugbank id", "concept_id", "cui", "id", "code"}));
  CLUE_TRY(const std::size_t name,
           any_column(t, options.name_column,
                      {"common name", "canonical_name", "name", "title", "term", "label"}));
  const auto synonyms = any_column(t, options.synonym_column, {"synonyms", "aliases"});
  if (!synonyms && !options.synonym_column.empty()) return synonyms.error();
  KbSource out;
  std::unordered_map<std::string, std::size_t> numbers;
  Sha256 hash;
  for (std::size_t r = 0; r < t.rows.size(); ++r) {
    const auto& row = t.rows[r];
    for (const std::string& cell : row) {
      hash.update(cell);
      hash.update("\x1f");
    }
    if (row[id].empty() || row[name].empty()) {
      return Error{ErrorCode::data, t.place(r) + ": \"" + t.columns[row[id].empty() ? id : name] +
                                        "\" is empty; fill it or remove the row"};
    }
    const auto [it, fresh] = numbers.try_emplace(row[id], out.concepts.size());
    if (fresh) {
      out.concepts.push_back({row[id], row[name], {}, {}, {}});
    } else {
      out.concepts[it->second].aliases.push_back(row[name]);
    }
    if (!synonyms) continue;
    for (const std::string_view s : split(row[*synonyms], options.synonym_separator)) {
      if (const auto text = trim(s); !text.empty()) {
        out.concepts[it->second].aliases.emplace_back(text);
      }
    }
  }
  KbMeta& m = out.meta;
  m.kind = "csv";
  m.source = path.filename().string();
  const bool drugbank = ascii_lower(t.columns[id]) == "drugbank id";
  m.name = drugbank ? "DrugBank vocabulary" : path.stem().string();
  m.licence = drugbank ? "CC0 1.0 (DrugBank open data)" : "as the source file's";
  m.hash = hash.hex();
  m.need_definition = false;
  m.notes.push_back("no definitions, so the definition filter is off");
  return out;
}

}  // namespace clue::concepts
