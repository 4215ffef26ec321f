// ICD-10-CM titles and inclusion terms: the CMS tabular list (XML), the CMS order file, a JSON
// object of codes, or a table that is in memory already.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <set>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "concepts/kb_read.h"
#include "concepts/kb_source.h"

namespace clue::concepts {
namespace {

/// "A0100" as people write it: "A01.00".
std::string dotted(std::string_view code) {
  std::string out(code);
  if (out.size() > 3 && out.find('.') == std::string::npos) out.insert(3, 1, '.');
  return out;
}

/// Year out of a file name like icd10cm-order-Jan-2021.txt or icd10cm_order_2025.txt.
std::string year_in(const std::string& name) {
  for (std::size_t i = 0; i + 4 <= name.size(); ++i) {
    const std::string_view part(name.data() + i, 4);
    const bool digits = std::all_of(part.begin(), part.end(), is_ascii_digit);
    const bool alone = (i == 0 || !is_ascii_digit(name[i - 1])) &&
                       (i + 4 == name.size() || !is_ascii_digit(name[i + 4]));
    if (digits && alone && part.starts_with("20")) return std::string(part);
  }
  return "";
}

/// The CMS order file: 1-5 number, 7-13 code, 15 billable, 17-76 short title, 78- long title.
Result<std::vector<SourceConcept>> parse_order_file(std::string_view text, std::string_view place) {
  std::vector<SourceConcept> out;
  std::size_t number = 0;
  for (std::string_view line : split_lines(text)) {
    ++number;
    line = chomp(line);
    if (trim(line).empty()) continue;
    const std::string_view code = line.size() > 77 ? trim(line.substr(6, 7)) : "";
    if (code.size() < 3 || !is_ascii_alpha(code[0]) || (line[14] != '0' && line[14] != '1')) {
      return Error{ErrorCode::data,
                   std::string(place) + ":" + std::to_string(number) +
                       ": not a row of the ICD-10-CM order file (columns 7-13 code, 15 billable 0 "
                       "or 1, 78 title); take icd10cm-order-YEAR.txt from CMS"};
    }
    SourceConcept c;
    c.id = dotted(code);
    c.name = trim(line.substr(77));
    const std::string short_title(trim(line.substr(16, 60)));
    if (short_title != c.name && !short_title.empty()) c.aliases.push_back(short_title);
    c.types.push_back(line[14] == '1' ? "billable" : "heading");
    out.push_back(std::move(c));
  }
  return out;
}

/// {"A00": [false, "Cholera"], ...}
Result<std::vector<SourceConcept>> parse_icd_json(std::string_view text, std::string_view place) {
  CLUE_TRY(const nlohmann::json j, parse_json(text, place));
  std::vector<SourceConcept> out;
  const Error wrong{ErrorCode::data,
                    std::string(place) + ": expected an object of code -> [billable, title]"};
  if (!j.is_object()) return wrong;
  for (const auto& [code, entry] : j.items()) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_boolean() || !entry[1].is_string()) {
      return wrong.in(code);
    }
    SourceConcept c;
    c.id = dotted(code);
    c.name = entry[1].get<std::string>();
    c.types.push_back(entry[0].get<bool>() ? "billable" : "heading");
    out.push_back(std::move(c));
  }
  return out;
}

/// <diag><name>A00</name><desc>..</desc><inclusionTerm><note>..</note></inclusionTerm><diag>...
void add_diagnosis(const pugi::xml_node& diag, std::vector<SourceConcept>& out) {
  SourceConcept c;
  c.id = dotted(trim(diag.child("name").text().get()));
  c.name = trim(diag.child("desc").text().get());
  for (const auto& group : diag.children("inclusionTerm")) {
    for (const auto& note : group.children("note")) {
      c.aliases.emplace_back(trim(note.text().get()));
    }
  }
  c.types.push_back(diag.child("diag") ? "heading" : "billable");
  if (!c.id.empty() && !c.name.empty()) out.push_back(std::move(c));
  for (const auto& inner : diag.children("diag")) add_diagnosis(inner, out);
}

Result<std::vector<SourceConcept>> parse_tabular(const std::string& text, std::string_view place,
                                                 std::string& version) {
  pugi::xml_document xml;
  const auto parsed = xml.load_buffer(text.data(), text.size());
  const pugi::xml_node root = xml.child("ICD10CM.tabular");
  if (!parsed || !root) {
    return Error{ErrorCode::data, std::string(place) + ": not the ICD-10-CM tabular list" +
                                      (parsed ? std::string(" (no ICD10CM.tabular)")
                                              : ", byte " + std::to_string(parsed.offset) + ": " +
                                                    parsed.description()) +
                                      "; take icd10cm-tabular-YEAR.xml from CMS"};
  }
  version = trim(root.child("version").text().get());
  std::vector<SourceConcept> out;
  for (const auto& chapter : root.children("chapter")) {
    for (const auto& section : chapter.children("section")) {
      for (const auto& diag : section.children("diag")) add_diagnosis(diag, out);
    }
  }
  return out;
}

/// "Systolic (congestive) heart failure" without what stands in brackets: words there do not change
/// the code (the classification's convention for its titles and terms).
std::string without_brackets(std::string_view text) {
  std::string out;
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (depth == 0 && !(c == ' ' && (out.empty() || out.back() == ' '))) out.push_back(c);
    if (c == ')' && depth > 0) --depth;
  }
  return replace_all(std::string(trim(out)), " ,", ",");
}

/// "Heart failure, unspecified", "Pneumonia, unspecified organism", "Asthma NOS": the plain name.
std::string_view without_unspecified(std::string_view text) {
  const std::size_t comma = text.rfind(',');
  if (comma != std::string_view::npos) {
    const std::string_view tail = trim(text.substr(comma + 1));
    if (tail.starts_with("unspecified") || tail == "NOS") return trim(text.substr(0, comma));
  }
  if (text.ends_with(" NOS")) text.remove_suffix(4);
  return trim(text);
}

/// Ways in which letters write the names of a code.
void add_variants(SourceConcept& c) {
  std::vector<std::string> names = c.aliases;
  names.push_back(c.name);
  std::set<std::string> known(names.begin(), names.end());
  const auto add = [&](std::string text) {
    if (text.size() > 3 && known.insert(text).second) c.aliases.push_back(std::move(text));
  };
  for (const std::string& name : names) {
    const std::string bare = without_brackets(name);
    add(bare);
    add(std::string(without_unspecified(bare)));
    add(std::string(without_unspecified(name)));
  }
}

std::string content_hash(const std::vector<SourceConcept>& codes) {
  Sha256 hash;
  for (const SourceConcept& c : codes) {
    hash.update(c.id + "\x1f" + c.name + "\x1f" + join(c.aliases, "\x1f") + "\n");
  }
  return hash.hex();
}

}  // namespace

KbSource icd10cm_source(std::vector<SourceConcept> codes, std::string version, std::string source) {
  KbSource out;
  KbMeta& m = out.meta;
  m.hash = content_hash(codes);
  for (SourceConcept& c : codes) {
    c.id = dotted(c.id);
    add_variants(c);
  }
  out.concepts = std::move(codes);
  m.kind = "icd10cm";
  m.name = "ICD-10-CM";
  m.source = std::move(source);
  m.version = std::move(version);
  m.licence = "public domain (US government)";
  m.need_definition = false;
  m.notes.push_back("ICD-10-CM has no definitions, so the definition filter is off");
  m.notes.push_back(
      "titles and inclusion terms also without what stands in brackets, \"unspecified\" and "
      "\"NOS\"");
  return out;
}

Result<KbSource> read_icd10cm(const std::filesystem::path& path) {
  CLUE_TRY(const std::string text, read_source(path));
  const std::string name = path.filename().string();
  std::string version = year_in(name);
  std::vector<SourceConcept> codes;
  const std::string_view start = trim(without_bom(text).substr(0, 64));
  if (start.starts_with("{")) {
    CLUE_TRY(codes, parse_icd_json(text, path.string()));
  } else if (start.starts_with("<")) {
    CLUE_TRY(codes, parse_tabular(text, path.string(), version));
  } else {
    CLUE_TRY(codes, parse_order_file(text, path.string()));
  }
  return icd10cm_source(std::move(codes), std::move(version), name);
}

}  // namespace clue::concepts
