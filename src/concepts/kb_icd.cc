// ICD-10-CM titles: the CMS order file, or a JSON object of codes.
#include <algorithm>
#include <nlohmann/json.hpp>

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

}  // namespace

Result<KbSource> read_icd10cm(const std::filesystem::path& path) {
  CLUE_TRY(const std::string text, read_source(path));
  KbSource out;
  const std::string_view start = trim(without_bom(text).substr(0, 64));
  if (start.starts_with("{")) {
    CLUE_TRY(out.concepts, parse_icd_json(text, path.string()));
  } else {
    CLUE_TRY(out.concepts, parse_order_file(text, path.string()));
  }
  KbMeta& m = out.meta;
  m.kind = "icd10cm";
  m.name = "ICD-10-CM";
  m.source = path.filename().string();
  m.version = year_in(m.source);
  m.licence = "public domain (US government)";
  m.hash = sha256_hex(text);
  m.need_definition = false;
  m.notes.push_back("titles only; ICD-10-CM has no definitions, so the definition filter is off");
  return out;
}

}  // namespace clue::concepts
