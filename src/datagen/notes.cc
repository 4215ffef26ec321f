#include "datagen/notes.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "base/csv.h"
#include "base/docx.h"
#include "base/files.h"
#include "base/py_random.h"
#include "base/table.h"
#include "base/text.h"
#include "datagen/note_lines.h"

namespace clue::datagen {
namespace {

namespace fs = std::filesystem;

struct Columns {
  std::optional<std::size_t> id, patient, admission, codes;
  std::size_t text = 0;
};

/// Text must be there, and codes where the user named their column; the defaults of the others are
/// MIMIC's names.
template <typename Source>
Result<Columns> find_columns(const Source& source, const LetterProfile& profile) {
  Columns out;
  const Result<std::size_t> text = source.column(profile.text_column);
  if (!text.ok()) return misnamed(text.error(), "text");
  out.text = *text;
  if (!profile.codes_column.empty()) {
    const Result<std::size_t> codes = source.column(profile.codes_column);
    if (!codes.ok()) return misnamed(codes.error(), "codes");
    out.codes = *codes;
  }
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

/// Swaps the cells in, so that buffers are used again and again.
void fill(Note& note, std::vector<std::string>& row, const Columns& at, std::size_t index) {
  note.index = index;
  note.text.swap(row[at.text]);
  unify_line_ends(note.text);
  note.id = at.id ? row[*at.id] : std::to_string(index);
  note.patient = at.patient ? row[*at.patient] : "";
  note.admission = at.admission ? row[*at.admission] : "";
  note.codes = at.codes ? row[*at.codes] : "";
}

struct CsvColumns {
  const CsvReader& csv;
  const std::vector<std::string>& columns;
  [[nodiscard]] Result<std::size_t> column(std::string_view name) const { return csv.column(name); }
};

/// Where the letters of a CSV file begin, learned while it is read once.
struct CsvIndex {
  explicit CsvIndex(std::size_t most_points) : points(most_points) {}
  ReadPoints points;
  std::vector<std::uint64_t> offsets;  ///< by letter, and the end
  std::vector<std::string> columns;    ///< empty: not a CSV file
  Columns at;
  CsvOptions options;
};

Result<NoteCounts> visit_csv(const fs::path& path, const LetterProfile& profile, char delimiter,
                             const NoteVisitor& visit, CsvIndex* index) {
  NoteCounts counts;
  CLUE_TRY(const Encoding encoding, choose_encoding(path, profile.encoding));
  CsvOptions options{.delimiter = delimiter, .encoding = encoding};
  if (index != nullptr) options.points = &index->points;
  CLUE_TRY(CsvReader csv, CsvReader::open(path, options));
  CLUE_TRY(const Columns at, find_columns(CsvColumns{csv, csv.columns()}, profile));
  if (index != nullptr) {
    index->columns = csv.columns();
    index->at = at;
    index->options = csv.options();
  }
  const bool guessed = encoding != profile.encoding;
  std::vector<std::string> row;
  Note note;
  while (true) {
    Result<bool> more = csv.next(row);
    if (index != nullptr) index->offsets.push_back(csv.row_offset());
    if (!more.ok()) {
      if (csv.broken()) return more.error();
      add_problem(counts, more.error().message);
      ++counts.letters;
      continue;
    }
    if (!*more) return counts;
    fill(note, row, at, counts.letters++);
    counts.guessed += guessed ? 1 : 0;
    if (!visit(note)) return counts;
  }
}

Result<NoteCounts> visit_table(const fs::path& path, const LetterProfile& profile,
                               const NoteVisitor& visit) {
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

bool is_letter_file(const fs::path& path) {
  const std::string name = ascii_lower(path.filename().string());
  return (name.ends_with(".txt") || name.ends_with(".docx")) && !name.starts_with("readme") &&
         !name.starts_with("~$");  // what Word leaves beside an open document
}

Result<std::string> read_letter(const fs::path& file, Encoding encoding, bool& guessed) {
  guessed = false;
  CLUE_TRY(std::string bytes, read_file(file));
  if (ascii_lower(file.extension().string()) == ".docx") return docx_text(bytes, file.string());
  if (encoding == Encoding::automatic && first_invalid_utf8(bytes)) {
    Result<std::string> text = to_utf8(bytes, Encoding::cp1252, file.string());
    guessed = text.ok();
    if (text.ok()) return text;
  }
  return to_utf8(std::move(bytes), encoding, file.string());
}

/// Files in the order of their names.
Result<NoteCounts> visit_folder(const fs::path& path, const LetterProfile& profile,
                                const NoteVisitor& visit) {
  std::vector<fs::path> files;
  std::error_code ec;
  for (fs::directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) {
    if (is_letter_file(it->path())) files.push_back(it->path());
  }
  if (ec) return file_error("read", path, ec.value());
  if (files.empty()) {
    return Error{ErrorCode::data,
                 path.string() +
                     ": no .txt or .docx file in this folder (a table is given by its own name)"};
  }
  std::sort(files.begin(), files.end());
  NoteCounts counts;
  Note note;
  for (const fs::path& file : files) {
    note.index = counts.letters++;
    note.id = note.patient = note.admission = file.stem().string();
    bool guessed = false;
    Result<std::string> text = read_letter(file, profile.encoding, guessed);
    if (!text.ok()) {
      add_problem(counts, text.error().message);
      continue;
    }
    counts.guessed += guessed ? 1 : 0;
    note.text = *std::move(text);
    unify_line_ends(note.text);
    if (!visit(note)) break;
  }
  return counts;
}

Result<NoteCounts> visit_notes(const fs::path& path, const LetterProfile& profile,
                               const NoteVisitor& visit, CsvIndex* index) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) return visit_folder(path, profile, visit);
  std::string name = ascii_lower(path.filename().string());
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (name.ends_with(".csv")) return visit_csv(path, profile, profile.delimiter, visit, index);
  if (name.ends_with(".tsv")) return visit_csv(path, profile, '\t', visit, index);
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) {
    return visit_json_lines(path, profile, visit);
  }
  return visit_table(path, profile, visit);
}

Error changed(const fs::path& path) {
  return {ErrorCode::data, path.string() + ": changed while it was read; start again"};
}

/// Letters that share a point to begin from: indices into `wanted`, by place in the file.
using Group = std::vector<std::size_t>;

Status fetch_group(const fs::path& path, const CsvIndex& index,
                   const std::vector<std::size_t>& wanted, const Group& group,
                   std::vector<Note>& out) {
  std::vector<ByteSpan> spans;
  for (const std::size_t slot : group) {
    spans.push_back({index.offsets[wanted[slot]], index.offsets[wanted[slot] + 1]});
  }
  CLUE_TRY(std::unique_ptr<ByteSource> source, index.points.open_spans(path, spans));
  CsvReader csv = CsvReader::rows(std::move(source), path.string(), index.columns, index.options);
  std::vector<std::string> row;
  std::uint64_t offset = 0;  // the spans one behind the other, a row in each
  for (std::size_t i = 0; i < group.size(); ++i) {
    const Result<bool> more = csv.next(row);
    if (!more.ok() && csv.broken()) return more.error();
    if (!more.ok() || !*more || csv.row_offset() != offset) return changed(path);
    offset += spans[i].end - spans[i].begin;
    fill(out[group[i]], row, index.at, wanted[group[i]]);
    out[group[i]].text.shrink_to_fit();  // it is kept
  }
  return {};
}

/// From the points that the first pass left, several at once.
Result<std::vector<Note>> fetch_at(const fs::path& path, const CsvIndex& index,
                                   const std::vector<std::size_t>& wanted) {
  Group by_place(wanted.size());
  std::iota(by_place.begin(), by_place.end(), std::size_t{0});
  std::sort(by_place.begin(), by_place.end(),
            [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  std::vector<Group> groups;
  std::size_t last_point = 0;
  for (const std::size_t slot : by_place) {
    const std::size_t point = index.points.point_of(index.offsets[wanted[slot]]);
    if (groups.empty() || point != last_point) groups.emplace_back();
    last_point = point;
    groups.back().push_back(slot);
  }
  std::vector<Note> out(wanted.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<Error> failed;
  const auto work = [&] {
    for (std::size_t g = next++; g < groups.size(); g = next++) {
      const Status done = fetch_group(path, index, wanted, groups[g], out);
      if (done.ok()) continue;
      const std::scoped_lock lock(mutex);
      failed = done.error();
      return;
    }
  };
  {
    constexpr std::size_t kMostThreads = 8;
    std::vector<std::jthread> threads;
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t n = std::min({cores, groups.size(), kMostThreads});
    for (std::size_t i = 1; i < n; ++i) threads.emplace_back(work);
    work();
  }
  if (failed) return *failed;
  return out;
}

/// The letters with these places in the file, in the order asked for.
Result<std::vector<Note>> fetch(const fs::path& path, const LetterProfile& profile,
                                const std::vector<std::size_t>& wanted, std::size_t letters,
                                const CsvIndex& index) {
  if (!index.columns.empty()) return fetch_at(path, index, wanted);
  constexpr std::size_t kNot = static_cast<std::size_t>(-1);
  std::vector<std::size_t> slot(letters, kNot);
  for (std::size_t i = 0; i < wanted.size(); ++i) slot[wanted[i]] = i;
  std::vector<Note> out(wanted.size());
  std::size_t fetched = 0;
  CLUE_OK(for_each_note(path, profile, [&](Note& note) {
    if (note.index < slot.size() && slot[note.index] != kNot) {
      out[slot[note.index]] = note;
      ++fetched;
    }
    return fetched < wanted.size();
  }));
  if (fetched != wanted.size()) return changed(path);
  return out;
}

}  // namespace

Result<NoteCounts> for_each_note(const fs::path& path, const LetterProfile& profile,
                                 const NoteVisitor& visit) {
  return visit_notes(path, profile, visit, nullptr);
}

Result<Selection> select_notes(const fs::path& path, const LetterProfile& profile,
                               const SelectOptions& options) {
  Selection out;
  std::vector<bool> good;
  // Two for each letter that is wanted: fewer unpack more, more of them cost memory. All letters:
  // the whole file is read again, several parts at once.
  constexpr std::size_t kParts = 256;
  const std::size_t points = options.max_notes == 0 ? kParts : 2 * options.max_notes;
  CsvIndex index(std::min(std::max(points, kParts), options.most_points));
  const auto judge = [&](Note& note) {
    good.resize(note.index, false);  // bad rows in between
    good.push_back(!options.accept || options.accept(note));
    return true;
  };
  CLUE_TRY(out.counts, visit_notes(path, profile, judge, &index));
  good.resize(out.counts.letters, false);

  std::vector<std::size_t> order(out.counts.letters);
  std::iota(order.begin(), order.end(), std::size_t{0});
  PyRandom(options.seed).shuffle(order);
  std::erase_if(order, [&](std::size_t place) { return !good[place]; });
  out.accepted = order.size();

  // In portions a little larger than what is missing: `keep` refuses few.
  const std::size_t limit = options.max_notes == 0 ? order.size() : options.max_notes;
  while (out.notes.size() < limit && out.looked_at < order.size()) {
    const std::size_t missing = limit - out.notes.size();
    const std::size_t portion =
        std::min(order.size() - out.looked_at, options.keep ? missing + missing / 8 + 16 : missing);
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(out.looked_at);
    const std::vector<std::size_t> wanted(begin, begin + static_cast<std::ptrdiff_t>(portion));
    CLUE_TRY(std::vector<Note> notes, fetch(path, profile, wanted, out.counts.letters, index));
    for (Note& note : notes) {
      if (out.notes.size() == limit) break;
      ++out.looked_at;
      if (!options.keep || options.keep(note)) out.notes.push_back(std::move(note));
    }
  }
  return out;
}

}  // namespace clue::datagen
