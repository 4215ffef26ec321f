// UMLS Rich Release Format (MRFILES, MRCONSO, MRSTY, MRDEF), read as scispaCy's exporter does.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/files.h"
#include "base/hash.h"
#include "base/text.h"
#include "concepts/kb_read.h"
#include "concepts/kb_source.h"

namespace clue::concepts {
namespace {

namespace fs = std::filesystem;

/// One RRF file with the columns MRFILES gives it.
class RrfFile {
 public:
  static Result<RrfFile> make(const std::string& name, std::string_view text,
                              std::string_view mrfiles) {
    RrfFile f;
    f.path_ = name;
    f.text_ = text;
    for (const std::string_view line : split_lines(mrfiles)) {
      const auto fields = split(py_strip(line), '|');
      if (fields.size() < 3 || fields[0] != name) continue;
      for (const std::string_view column : split(fields[2], ',')) f.columns_.emplace_back(column);
    }
    if (f.columns_.empty()) {
      return Error{ErrorCode::data, "MRFILES.RRF: no entry for " + name +
                                        "; is this the META folder of a UMLS release?"};
    }
    return f;
  }

  [[nodiscard]] Result<std::size_t> column(std::string_view name) const {
    const auto it = std::find(columns_.begin(), columns_.end(), name);
    if (it != columns_.end()) return static_cast<std::size_t>(it - columns_.begin());
    return Error{ErrorCode::data, path_ + ": MRFILES lists no column " + std::string(name)};
  }

  /// Calls use(fields) for each row; rows end in '|', so there is one field more than columns.
  template <typename Use>
  [[nodiscard]] Status each(const Use& use) const {
    std::size_t number = 0;
    for (const std::string_view line : split_lines(text_)) {
      ++number;
      const std::string_view row = py_strip(line);
      if (row.empty()) continue;
      const auto fields = split(row, '|');
      if (fields.size() != columns_.size() + 1) {
        return Error{ErrorCode::data, path_ + ":" + std::to_string(number) + ": " +
                                          std::to_string(fields.size() - 1) + " fields, expected " +
                                          std::to_string(columns_.size()) +
                                          "; the file is cut or of another release"};
      }
      use(fields);
    }
    return {};
  }

 private:
  std::string path_;
  std::vector<std::string> columns_;
  std::string_view text_;
};

struct Reader {
  const RrfOptions& options;
  KbSource out;
  std::unordered_map<std::string, std::size_t> numbers;
  std::vector<bool> named;
  std::vector<std::string> definition_source;
  std::unordered_map<std::string, bool> source_allowed;  // by SAB, with --srl
  std::size_t unnamed = 0;

  [[nodiscard]] bool level_allowed(std::string_view level) const {
    return options.levels.empty() ||
           std::find(options.levels.begin(), options.levels.end(), level) != options.levels.end();
  }

  Status names(const RrfFile& f) {
    std::array<std::size_t, 9> at{};
    constexpr std::array<const char*, 9> kColumns = {"CUI", "LAT", "TS",  "STT",     "ISPREF",
                                                     "SAB", "STR", "SRL", "SUPPRESS"};
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      CLUE_TRY(at[i], f.column(kColumns[i]));
    }
    return f.each([&](const std::vector<std::string_view>& row) {
      const auto get = [&](std::size_t i) { return row[at[i]]; };
      if (!options.levels.empty()) {
        auto& allowed = source_allowed[std::string(get(5))];
        allowed = allowed || level_allowed(get(7));
      }
      if (get(1) != options.language || (options.only_unsuppressed && get(8) != "N") ||
          (!options.source.empty() && get(5) != options.source) || !level_allowed(get(7))) {
        return;
      }
      add_name(get(0), get(6), get(4) == "Y" && get(2) == "P" && get(3) == "PF");
    });
  }

  void add_name(std::string_view cui, std::string_view text, bool preferred) {
    const auto [it, fresh] = numbers.try_emplace(std::string(cui), out.concepts.size());
    if (fresh) {
      out.concepts.push_back({std::string(cui), "", {}, {}, {}});
      named.push_back(false);
    }
    SourceConcept& c = out.concepts[it->second];
    if (preferred && !named[it->second]) {
      c.name = text;
      named[it->second] = true;
    } else if (std::find(c.aliases.begin(), c.aliases.end(), text) == c.aliases.end()) {
      c.aliases.emplace_back(text);
    }
  }

  Status types(const RrfFile& f) {
    CLUE_TRY(const std::size_t cui, f.column("CUI"));
    CLUE_TRY(const std::size_t tui, f.column("TUI"));
    return f.each([&](const std::vector<std::string_view>& row) {
      const auto it = numbers.find(std::string(row[cui]));
      if (it != numbers.end()) out.concepts[it->second].types.emplace_back(row[tui]);
    });
  }

  Status definitions(const RrfFile& f) {
    CLUE_TRY(const std::size_t cui, f.column("CUI"));
    CLUE_TRY(const std::size_t sab, f.column("SAB"));
    CLUE_TRY(const std::size_t def, f.column("DEF"));
    CLUE_TRY(const std::size_t suppress, f.column("SUPPRESS"));
    constexpr std::array<std::string_view, 6> kPreferred = {
        "NCI_BRIDG", "NCI_NCI-GLOSS", "NCI", "GO", "MSH", "NCI_FDA"};
    const auto preferred = [&](std::string_view s) {
      return std::find(kPreferred.begin(), kPreferred.end(), s) != kPreferred.end();
    };
    definition_source.resize(out.concepts.size());
    return f.each([&](const std::vector<std::string_view>& row) {
      if (row[suppress] != "N") return;
      if (!options.levels.empty()) {
        const auto s = source_allowed.find(std::string(row[sab]));
        if (s == source_allowed.end() || !s->second) return;
      }
      const auto it = numbers.find(std::string(row[cui]));
      if (it == numbers.end()) return;
      SourceConcept& c = out.concepts[it->second];
      std::string& from = definition_source[it->second];
      if (!c.definition || (!preferred(from) && preferred(row[sab]))) {
        c.definition = std::string(row[def]);
        from = row[sab];
      }
    });
  }

  void finish() {
    for (std::size_t i = 0; i < out.concepts.size(); ++i) {
      SourceConcept& c = out.concepts[i];
      if (named[i] || c.aliases.empty()) continue;
      c.name = c.aliases.front();
      ++unnamed;
    }
  }
};

/// A table of the release, also gzipped (NAME.gz).
Result<std::string> read_table(const fs::path& folder, const std::string& name) {
  std::error_code ec;
  if (fs::exists(folder / name, ec)) return read_source(folder / name);
  if (fs::exists(folder / (name + ".gz"), ec)) return read_source(folder / (name + ".gz"));
  return Error{ErrorCode::not_found,
               (folder / name).string() +
                   ": no such file; give the META folder that MetamorphoSys wrote, in Rich Release "
                   "Format, with MRFILES, MRCONSO, MRSTY and MRDEF"};
}

/// "2022AB": what META/release.dat says, else a part of the path that looks like it, else "".
std::string release_of(const fs::path& folder) {
  if (const auto text = read_file(folder / "release.dat"); text.ok()) {
    for (const std::string_view line : split_lines(*text)) {
      constexpr std::string_view kKey = "umls.release.name=";
      if (line.starts_with(kKey)) return std::string(trim(line.substr(kKey.size())));
    }
  }
  std::error_code ec;
  std::string found;
  for (const fs::path& part : fs::weakly_canonical(folder, ec)) {
    const std::string name = part.string();
    if (name.size() >= 6 && name.starts_with("20") && is_ascii_digit(name[2]) &&
        is_ascii_digit(name[3]) && name[4] == 'A' && (name[5] == 'A' || name[5] == 'B')) {
      found = name.substr(0, 6);
    }
  }
  return found;
}

}  // namespace

Result<KbSource> parse_rrf(const RrfTexts& texts, const RrfOptions& options) {
  Reader r{options, {}, {}, {}, {}, {}, 0};
  CLUE_TRY(const RrfFile names, RrfFile::make("MRCONSO.RRF", texts.mrconso, texts.mrfiles));
  CLUE_OK(r.names(names));
  CLUE_TRY(const RrfFile types, RrfFile::make("MRSTY.RRF", texts.mrsty, texts.mrfiles));
  CLUE_OK(r.types(types));
  CLUE_TRY(const RrfFile definitions, RrfFile::make("MRDEF.RRF", texts.mrdef, texts.mrfiles));
  CLUE_OK(r.definitions(definitions));
  r.finish();
  Sha256 hash;
  hash.update(texts.mrconso);
  hash.update(texts.mrsty);
  hash.update(texts.mrdef);
  KbMeta& m = r.out.meta;
  // A part of it is a dictionary of its own: its scores do not bear the published name.
  const bool whole = options.source.empty() && options.language == "ENG";
  m.kind = whole ? "umls" : "umls-part";
  m.name = "UMLS";
  if (options.language != "ENG") m.name += " " + options.language;
  if (!options.source.empty()) m.name += " " + options.source;
  m.source = "MRCONSO.RRF, MRSTY.RRF, MRDEF.RRF";
  m.licence = "UMLS Metathesaurus License; keep it on licensed machines";
  m.hash = hash.hex();
  m.notes.push_back("language " + options.language);
  if (!options.source.empty()) m.notes.push_back("source vocabulary " + options.source);
  if (!options.levels.empty()) m.notes.push_back("restriction levels " + join(options.levels, ","));
  m.notes.push_back(std::to_string(r.unnamed) +
                    " concepts without a preferred name took their first alias in file order");
  return std::move(r.out);
}

Result<KbSource> read_rrf(const fs::path& folder, const RrfOptions& options) {
  fs::path meta = folder;
  std::error_code ec;
  if (!fs::exists(meta / "MRFILES.RRF", ec) && fs::exists(meta / "META" / "MRFILES.RRF", ec)) {
    meta /= "META";
  }
  RrfTexts texts;
  const std::pair<const char*, std::string*> files[] = {{"MRFILES.RRF", &texts.mrfiles},
                                                        {"MRCONSO.RRF", &texts.mrconso},
                                                        {"MRSTY.RRF", &texts.mrsty},
                                                        {"MRDEF.RRF", &texts.mrdef}};
  for (const auto& [name, text] : files) {
    CLUE_TRY(*text, read_table(meta, name));
  }
  auto source = parse_rrf(texts, options);
  if (!source) return source.error().in(meta.string());
  source->meta.version = release_of(meta);
  return source;
}

}  // namespace clue::concepts
