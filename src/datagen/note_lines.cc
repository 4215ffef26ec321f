#include "datagen/note_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/byte_source.h"
#include "base/json.h"
#include "base/table_formats.h"
#include "base/text.h"

namespace clue::datagen {
namespace {

namespace fs = std::filesystem;

/// Lines of any length below a bound, cut at '\n' only.
class Lines {
 public:
  explicit Lines(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  Result<bool> next(std::string_view& line) {
    std::size_t searched = 0;
    while (true) {
      const std::size_t end = buffer_.find('\n', pos_ + searched);
      if (end != std::string::npos || (ended_ && pos_ < buffer_.size())) {
        const std::size_t stop = std::min(end, buffer_.size());
        line = std::string_view(buffer_).substr(pos_, stop - pos_);
        pos_ = std::min(stop + 1, buffer_.size());
        return true;
      }
      if (ended_) return false;
      searched = buffer_.size() - pos_;
      buffer_.erase(0, pos_);
      pos_ = 0;
      const std::size_t kept = buffer_.size();
      if (kept > kMaxLine) return Error{ErrorCode::data, "a line of more than 64 MiB"};
      buffer_.resize(kept + kBlock);
      CLUE_TRY(const std::size_t n, source_->read({buffer_.data() + kept, kBlock}));
      buffer_.resize(kept + n);
      ended_ = n == 0;
    }
  }

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 18;
  static constexpr std::size_t kMaxLine = std::size_t{64} << 20;
  std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  std::size_t pos_ = 0;
  bool ended_ = false;
};

/// Text of a member: strings as they are, other values as JSON, absent and null as "".
std::string member(const nlohmann::json& record, const std::string& key) {
  const auto it = record.find(key);
  if (key.empty() || it == record.end() || it->is_null()) return {};
  return it->is_string() ? it->get<std::string>() : dump_json(*it);
}

Status check_columns(const nlohmann::json& record, const LetterProfile& profile,
                     const std::string& place) {
  std::vector<std::string> keys;
  for (const auto& item : record.items()) keys.push_back(item.key());
  for (const auto& [key, column] :
       {std::pair{"text", &profile.text_column}, std::pair{"codes", &profile.codes_column}}) {
    if (column->empty()) continue;
    const Result<std::size_t> found = find_column(keys, *column, place);
    if (!found.ok()) return misnamed(found.error(), key);
  }
  return {};
}

}  // namespace

Result<Encoding> choose_encoding(const fs::path& path, Encoding asked) {
  if (asked != Encoding::automatic) return asked;
  constexpr std::size_t kLooked = std::size_t{4} << 20;
  CLUE_TRY(const std::unique_ptr<ByteSource> in, open_bytes(path));
  std::string head(kLooked, '\0');
  std::size_t size = 0;
  while (size < kLooked) {
    CLUE_TRY(const std::size_t n, in->read({head.data() + size, kLooked - size}));
    if (n == 0) break;
    size += n;
  }
  head.resize(size);
  std::size_t wrong = 0;
  std::size_t right = 0;
  const std::string_view text(head);
  for (std::size_t pos = 0; pos < text.size();) {
    const auto bad = first_invalid_utf8(text.substr(pos));
    const std::size_t end = bad ? pos + *bad : text.size();
    for (std::size_t i = pos; i < end; ++i) {
      right += (static_cast<unsigned char>(text[i]) & 0xC0U) == 0xC0U ? 1 : 0;
    }
    wrong +=
        bad && (size < kLooked || end + 4 < size) ? 1 : 0;  // the cut may go through a character
    pos = bad ? end + 1 : end;
  }
  return wrong > right ? Encoding::cp1252 : asked;
}

Error misnamed(Error error, const std::string& key, const std::string& flag) {
  error.message += (error.message.ends_with('?') ? " " : "; ") + flag + " " + key +
                   "=COLUMN names the right one";
  return error;
}

void add_problem(NoteCounts& counts, const std::string& problem) {
  constexpr std::size_t kShown = 20;
  ++counts.bad_rows;
  if (counts.problems.size() < kShown) counts.problems.push_back(problem);
}

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

Result<NoteCounts> visit_json_lines(const fs::path& path, const LetterProfile& profile,
                                    const NoteVisitor& visit) {
  NoteCounts counts;
  CLUE_TRY(const Encoding encoding, choose_encoding(path, profile.encoding));
  CLUE_TRY(std::unique_ptr<ByteSource> source, open_bytes(path));
  Lines lines(read_ahead(std::move(source)));
  std::string_view line;
  bool checked = false;
  Note note;
  for (std::size_t number = 1;; ++number) {
    const std::string place = path.string() + ":" + std::to_string(number);
    Result<bool> more = lines.next(line);
    if (!more.ok()) return more.error().in(place);
    if (!*more) return counts;
    if (trim(line).empty()) continue;
    const std::size_t index = counts.letters++;
    Result<std::string> decoded = to_utf8(std::string(line), encoding, path.string(), number);
    Result<nlohmann::json> record =
        decoded.ok() ? parse_json(*decoded, path.string(), number) : decoded.error();
    if (record.ok() && !record->is_object()) {
      record = Error{ErrorCode::data, place + ": an object {...} is needed"};
    }
    if (record.ok() && !checked) {
      CLUE_OK(check_columns(*record, profile, place));
      checked = true;
    }
    if (record.ok() && !record->contains(profile.text_column)) {
      record = Error{ErrorCode::data, place + ": no \"" + profile.text_column + "\""};
    }
    if (!record.ok()) {
      add_problem(counts, record.error().message);
      continue;
    }
    counts.guessed += encoding != profile.encoding ? 1 : 0;
    note.index = index;
    note.text = member(*record, profile.text_column);
    unify_line_ends(note.text);
    note.id = member(*record, profile.id_column);
    if (note.id.empty()) note.id = std::to_string(index);
    note.patient = member(*record, profile.patient_column);
    note.admission = member(*record, profile.admission_column);
    note.codes = member(*record, profile.codes_column);
    if (!visit(note)) return counts;
  }
}

}  // namespace clue::datagen
