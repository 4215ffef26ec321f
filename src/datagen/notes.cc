#include "datagen/notes.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/csv.h"
#include "base/files.h"
#include "base/py_random.h"
#include "base/table.h"
#include "base/text.h"

namespace clue::datagen {
namespace {

namespace fs = std::filesystem;

struct Columns {
  std::optional<std::size_t> id, patient, admission;
  std::size_t text = 0;
};

/// Only the text must be there; the defaults of the others are MIMIC's names.
template <typename Source>
Result<Columns> find_columns(const Source& source, const LetterProfile& profile) {
  Columns out;
  CLUE_TRY(out.text, source.column(profile.text_column));
  const auto optional = [&](const std::string& name) -> std::optional<std::size_t> {
    const auto it = std::find(source.columns.begin(), source.columns.end(), name);
    if (name.empty() || it == source.columns.end()) return std::nullopt;
    return static_cast<std::size_t>(it - source.columns.begin());
  };
  out.id = optional(profile.id_column);
  out.patient = optional(profile.patient_column);
  out.admission = optional(profile.admission_column);
  return out;
}

/// '\r\n' and '\r' become '\n', as Python reads text files.
void unify_line_ends(std::string& text) {
  if (text.find('\r') == std::string::npos) return;
  std::size_t to = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      text[to++] = '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      text[to++] = text[i];
    }
  }
  text.resize(to);
}

/// Swaps the cells in, so that buffers are used again and again.
void fill(Note& note, std::vector<std::string>& row, const Columns& at, std::size_t index) {
  note.index = index;
  note.text.swap(row[at.text]);
  unify_line_ends(note.text);
  note.id = at.id ? row[*at.id] : std::to_string(index);
  note.patient = at.patient ? row[*at.patient] : "";
  note.admission = at.admission ? row[*at.admission] : "";
}

void remember(NoteCounts& counts, const std::string& problem) {
  constexpr std::size_t kShown = 20;
  ++counts.bad_rows;
  if (counts.problems.size() < kShown) counts.problems.push_back(problem);
}

struct CsvColumns {
  const CsvReader& csv;
  const std::vector<std::string>& columns;
  [[nodiscard]] Result<std::size_t> column(std::string_view name) const { return csv.column(name); }
};

Result<NoteCounts> visit_csv(const fs::path& path, const LetterProfile& profile, char delimiter,
                             const std::function<bool(Note&)>& visit) {
  CLUE_TRY(CsvReader csv,
           CsvReader::open(path, {.delimiter = delimiter, .encoding = profile.encoding}));
  CLUE_TRY(const Columns at, find_columns(CsvColumns{csv, csv.columns()}, profile));
  NoteCounts counts;
  std::vector<std::string> row;
  Note note;
  while (true) {
    Result<bool> more = csv.next(row);
    if (!more.ok()) {
      if (csv.broken()) return more.error();
      remember(counts, more.error().message);
      ++counts.letters;
      continue;
    }
    if (!*more) return counts;
    fill(note, row, at, counts.letters++);
    if (!visit(note)) return counts;
  }
}

Result<NoteCounts> visit_table(const fs::path& path, const LetterProfile& profile,
                               const std::function<bool(Note&)>& visit) {
  CLUE_TRY(Table table,
           read_table(path, {.delimiter = profile.delimiter, .encoding = profile.encoding}));
  CLUE_TRY(const Columns at, find_columns(table, profile));
  NoteCounts counts;
  Note note;
  for (std::vector<std::string>& row : table.rows) {
    fill(note, row, at, counts.letters++);
    if (!visit(note)) break;
  }
  return counts;
}

/// Text files in the order of their names.
Result<NoteCounts> visit_folder(const fs::path& path, const LetterProfile& profile,
                                const std::function<bool(Note&)>& visit) {
  std::vector<fs::path> files;
  std::error_code ec;
  for (fs::directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) {
    const std::string name = it->path().filename().string();
    if (ascii_lower(name).ends_with(".txt") && !ascii_lower(name).starts_with("readme")) {
      files.push_back(it->path());
    }
  }
  if (ec) return file_error("read", path, ec.value());
  if (files.empty()) return Error{ErrorCode::data, path.string() + ": no .txt file in this folder"};
  std::sort(files.begin(), files.end());
  NoteCounts counts;
  Note note;
  for (const fs::path& file : files) {
    note.index = counts.letters++;
    note.id = note.patient = note.admission = file.stem().string();
    Result<std::string> text = read_file(file);
    if (text.ok()) text = to_utf8(*std::move(text), profile.encoding, file.string());
    if (!text.ok()) {
      remember(counts, text.error().message);
      continue;
    }
    note.text = *std::move(text);
    unify_line_ends(note.text);
    if (!visit(note)) break;
  }
  return counts;
}

}  // namespace

Result<NoteCounts> for_each_note(const fs::path& path, const LetterProfile& profile,
                                 const std::function<bool(Note&)>& visit) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) return visit_folder(path, profile, visit);
  std::string name = ascii_lower(path.filename().string());
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (name.ends_with(".csv")) return visit_csv(path, profile, profile.delimiter, visit);
  if (name.ends_with(".tsv")) return visit_csv(path, profile, '\t', visit);
  return visit_table(path, profile, visit);
}

Result<Selection> select_notes(const fs::path& path, const LetterProfile& profile,
                               const SelectOptions& options) {
  Selection out;
  std::vector<bool> good;
  CLUE_TRY(out.counts, for_each_note(path, profile, [&](Note& note) {
             good.resize(note.index, false);  // bad rows in between
             good.push_back(!options.accept || options.accept(note));
             return true;
           }));
  good.resize(out.counts.letters, false);
  out.accepted = static_cast<std::size_t>(std::count(good.begin(), good.end(), true));

  std::vector<std::size_t> order(out.counts.letters);
  std::iota(order.begin(), order.end(), std::size_t{0});
  PyRandom random(options.seed);
  random.shuffle(order);
  constexpr std::size_t kNot = static_cast<std::size_t>(-1);
  std::vector<std::size_t> slot(order.size(), kNot);
  std::size_t chosen = 0;
  for (const std::size_t index : order) {
    if (options.max_notes != 0 && chosen == options.max_notes) break;
    if (good[index]) slot[index] = chosen++;
  }

  out.notes.resize(chosen);
  std::size_t fetched = 0;
  CLUE_TRY(const NoteCounts again, for_each_note(path, profile, [&](Note& note) {
             if (note.index < slot.size() && slot[note.index] != kNot) {
               out.notes[slot[note.index]] = note;
               ++fetched;
             }
             return fetched < chosen;
           }));
  if (fetched != chosen) {
    return Error{ErrorCode::data, path.string() + ": changed while it was read (" +
                                      std::to_string(again.letters) + " letters, before " +
                                      std::to_string(out.counts.letters) + "); start again"};
  }
  return out;
}

}  // namespace clue::datagen
