#include "concepts/kb.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "concepts/kb_format.h"
#include "concepts/trigrams.h"

namespace clue::concepts {
namespace {

using format::Extent;
using format::Header;

constexpr const char* kRebuild = "; build it again with `clue kb build`";

Error broken(std::string_view place, const std::string& what) {
  return {ErrorCode::data, std::string(place) + ": " + what + kRebuild};
}

/// Sections by number, after the header and the table were found to be sound.
class Sections {
 public:
  Sections(std::string_view bytes, std::vector<Extent> table)
      : bytes_(bytes), table_(std::move(table)) {}

  [[nodiscard]] std::string_view text(format::Section s) const {
    return bytes_.substr(table_[s].offset, table_[s].size);
  }
  template <typename T>
  [[nodiscard]] std::span<const T> array(format::Section s) const {
    const std::string_view t = text(s);
    return {reinterpret_cast<const T*>(t.data()), t.size() / sizeof(T)};
  }

 private:
  std::string_view bytes_;
  std::vector<Extent> table_;
};

std::uint64_t fnv(std::string_view bytes) {
  std::uint64_t h = 0xCBF29CE484222325ULL;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return h;
}

Result<Sections> read_sections(std::string_view bytes, std::string_view place, Header& header) {
  const std::string_view magic(format::kMagic.data(), format::kMagic.size());
  if (!bytes.starts_with(magic.substr(0, bytes.size()))) {
    return broken(place, "not a .kbi dictionary");
  }
  if (bytes.size() < sizeof(Header)) return broken(place, "cut off: too short for its header");
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (header.version != format::kVersion || header.sections != format::kSections) {
    return broken(place, "dictionary format " + std::to_string(header.version) +
                             ", this program reads format " + std::to_string(format::kVersion));
  }
  if (header.size != bytes.size()) {
    return broken(place, "cut off: " + std::to_string(bytes.size()) + " bytes of " +
                             std::to_string(header.size));
  }
  const std::size_t table_size = sizeof(Extent) * format::kSections;
  if (bytes.size() < sizeof(Header) + table_size) return broken(place, "cut off in its table");
  const std::string_view raw = bytes.substr(sizeof(Header), table_size);
  if (fnv(raw) != header.check) return broken(place, "damaged: the section table fails its check");
  std::vector<Extent> table(format::kSections);
  std::memcpy(table.data(), raw.data(), raw.size());
  for (const Extent& e : table) {
    if (e.offset % format::kAlign != 0 || e.offset > bytes.size() ||
        e.size > bytes.size() - e.offset) {
      return broken(place, "damaged: a section lies outside the file");
    }
  }
  return Sections(bytes, std::move(table));
}

Result<KbMeta> parse_meta(std::string_view text, std::string_view place) {
  CLUE_TRY(nlohmann::json j, parse_json(text, std::string(place) + " (description)"));
  KbMeta m;
  const auto get = [&](const char* key, std::string& out) -> Status {
    CLUE_TRY(out, json_string(j, key, place));
    return {};
  };
  CLUE_OK(get("kind", m.kind));
  CLUE_OK(get("name", m.name));
  CLUE_OK(get("version", m.version));
  CLUE_OK(get("source", m.source));
  CLUE_OK(get("licence", m.licence));
  CLUE_OK(get("hash", m.hash));
  const auto need = j.find("need_definition");
  m.need_definition = need == j.end() || !need->is_boolean() || need->get<bool>();
  if (const auto notes = j.find("notes"); notes != j.end() && notes->is_array()) {
    for (const auto& n : *notes) {
      if (n.is_string()) m.notes.push_back(n.get<std::string>());
    }
  }
  return m;
}

}  // namespace

std::uint64_t word_hash(std::string_view key) { return fnv(key); }

Result<Kb> Kb::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("open", path, errno);
  struct stat info {};
  const int stat_error = ::fstat(fd, &info) != 0 ? errno : S_ISDIR(info.st_mode) ? EISDIR : 0;
  if (stat_error != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
    ::close(fd);
    if (stat_error != 0) return file_error("read", path, stat_error);
    return broken(path.string(), S_ISREG(info.st_mode) ? "empty" : "not a plain file");
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void* map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  const int error = errno;
  ::close(fd);
  if (map == MAP_FAILED) return file_error("map", path, error);
  Kb kb;
  kb.owner_ = std::shared_ptr<const void>(
      map, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  CLUE_OK(kb.attach({static_cast<const char*>(map), size}, path.string()));
  return kb;
}

Result<Kb> Kb::from_bytes(std::string bytes, std::string_view place) {
  // Alignment: the file's sections are aligned from its start, so the copy must be too.
  struct Buffer {
    std::vector<std::uint64_t> words;
  };
  auto buffer = std::make_shared<Buffer>();
  buffer->words.resize((bytes.size() + 7) / 8);
  std::memcpy(buffer->words.data(), bytes.data(), bytes.size());
  Kb kb;
  const std::string_view view(reinterpret_cast<const char*>(buffer->words.data()), bytes.size());
  kb.owner_ = buffer;
  CLUE_OK(kb.attach(view, place));
  return kb;
}

Status Kb::attach(std::string_view bytes, std::string_view place) {
  Header header;
  CLUE_TRY(const Sections s, read_sections(bytes, place, header));
  CLUE_TRY(KbMeta meta, parse_meta(s.text(format::kMeta), place));
  meta_ = std::make_shared<KbMeta>(std::move(meta));
  size_ = bytes.size();
  using u32 = std::uint32_t;
  concept_ids_ = {s.array<u32>(format::kConceptIdStart), s.text(format::kConceptIds)};
  names_ = {s.array<u32>(format::kNameStart), s.text(format::kNames)};
  definitions_ = {s.array<u32>(format::kDefinitionStart), s.text(format::kDefinitions)};
  defined_ = s.array<std::uint8_t>(format::kDefined);
  type_names_ = {s.array<u32>(format::kTypeNameStart), s.text(format::kTypeNames)};
  type_start_ = s.array<u32>(format::kTypeStart);
  types_ = s.array<std::uint16_t>(format::kTypes);
  row_text_ = {s.array<u32>(format::kRowTextStart), s.text(format::kRowText)};
  row_concept_start_ = s.array<u32>(format::kRowConceptStart);
  row_concepts_ = s.array<u32>(format::kRowConcepts);
  group_rows_ = s.array<u32>(format::kGroupRows);
  group_order_ = s.array<u32>(format::kGroupOrder);
  keys_ = s.array<std::uint64_t>(format::kTermKeys);
  ids_ = s.array<u32>(format::kTermIds);
  ranks_ = s.array<u32>(format::kTermRanks);
  frequency_ = s.array<u32>(format::kTermFrequency);
  forward_start_ = s.array<u32>(format::kForwardStart);
  forward_ = s.array<std::uint16_t>(format::kForward);
  norms_ = s.array<float>(format::kNorms);
  blocks_ = s.array<KbBlock>(format::kBlocks);
  posting_start_ = s.array<u32>(format::kPostingStart);
  postings_ = s.array<std::uint16_t>(format::kPostings);
  words_ = s.array<u32>(format::kWordTable);

  // Every list of starts must have the right length and end where its data ends.
  const auto ends = [](std::span<const u32> start, std::size_t n, std::size_t total) {
    return start.size() == n + 1 && start.front() == 0 && start.back() == total;
  };
  const std::size_t c = concept_ids_.size();
  const std::size_t r = row_text_.size();
  const std::size_t t = keys_.size();
  const bool sound = ends(concept_ids_.start, c, concept_ids_.text.size()) &&
                     ends(names_.start, c, names_.text.size()) &&
                     ends(definitions_.start, c, definitions_.text.size()) &&
                     defined_.size() == c && ends(type_start_, c, types_.size()) &&
                     ends(type_names_.start, type_names_.size(), type_names_.text.size()) &&
                     ends(row_text_.start, r, row_text_.text.size()) &&
                     ends(row_concept_start_, r, row_concepts_.size()) && !group_rows_.empty() &&
                     ends(group_rows_, groups(), r) && group_order_.size() == groups() &&
                     ids_.size() == t && ranks_.size() == t && frequency_.size() == t &&
                     norms_.size() <= groups() &&
                     ends(forward_start_, norms_.size(), forward_.size()) &&
                     ends(posting_start_, t * blocks_.size(), postings_.size()) &&
                     std::has_single_bit(words_.size());
  if (!sound) return broken(place, "damaged: its sections do not fit together");

  idf_.resize(t);
  for (std::size_t i = 0; i < t; ++i) idf_[i] = smooth_idf(header.documents, frequency_[i]);
  return {};
}

std::string Kb::signature() const {
  std::string out = meta_->name;
  if (!meta_->version.empty()) out += " " + meta_->version;
  return out + " (" + meta_->hash.substr(0, 8) + ")";
}

std::optional<std::string_view> Kb::definition(std::uint32_t c) const {
  if (defined_[c] == 0) return std::nullopt;
  return definitions_[c];
}

std::vector<std::string_view> Kb::types(std::uint32_t c) const {
  std::vector<std::string_view> out;
  for (const std::uint16_t t : slice(types_, type_start_, c)) out.push_back(type_names_[t]);
  return out;
}

std::optional<std::uint32_t> Kb::find_concept(std::string_view id) const {
  std::size_t low = 0;
  std::size_t high = concepts();
  while (low < high) {
    const std::size_t mid = (low + high) / 2;
    (concept_ids_[mid] < id ? low : high) = concept_ids_[mid] < id ? mid + 1 : mid;
  }
  if (low == concepts() || concept_ids_[low] != id) return std::nullopt;
  return static_cast<std::uint32_t>(low);
}

std::optional<std::uint32_t> Kb::find_term(std::uint64_t key) const {
  const auto it = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (it == keys_.end() || *it != key) return std::nullopt;
  return ids_[static_cast<std::size_t>(it - keys_.begin())];
}

std::vector<std::uint32_t> Kb::find_words(std::string_view key) const {
  std::vector<std::uint32_t> out;
  const std::size_t mask = words_.size() - 1;
  std::size_t at = word_hash(key) & mask;
  for (std::size_t probe = 0; probe <= mask && words_[at] != 0; ++probe, at = (at + 1) & mask) {
    const std::uint32_t row = words_[at] - 1;
    if (word_key(row_text(row)) == key) out.push_back(row);
  }
  return out;
}

}  // namespace clue::concepts
