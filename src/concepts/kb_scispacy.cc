// scispaCy's knowledge base: JSON Lines, one concept a line.
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "concepts/kb_read.h"
#include "concepts/kb_source.h"

namespace clue::concepts {
namespace {

Result<std::vector<std::string>> string_list(const nlohmann::json& j, const char* key,
                                             const std::string& place) {
  std::vector<std::string> out;
  const auto it = j.find(key);
  if (it == j.end() || it->is_null()) return out;
  const Error wrong{ErrorCode::data, place + ": \"" + key +
                                         "\" must be a list of strings; is this a scispaCy "
                                         "knowledge base?"};
  if (!it->is_array()) return wrong;
  for (const auto& item : *it) {
    if (!item.is_string()) return wrong;
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<SourceConcept> parse_concept(std::string_view line, const std::string& place,
                                    std::string_view file, std::size_t number) {
  CLUE_TRY(nlohmann::json j, parse_json(line, file, number));
  if (!j.is_object()) return Error{ErrorCode::data, place + ": not a JSON object"};
  SourceConcept c;
  CLUE_TRY(c.id, json_string(j, "concept_id", place));
  CLUE_TRY(c.name, json_string(j, "canonical_name", place));
  CLUE_TRY(c.aliases, string_list(j, "aliases", place));
  CLUE_TRY(c.types, string_list(j, "types", place));
  if (const auto it = j.find("definition"); it != j.end() && !it->is_null()) {
    CLUE_TRY(c.definition, json_string(j, "definition", place));
  }
  return c;
}

}  // namespace

Result<KbSource> parse_scispacy_jsonl(std::string_view text, std::string_view place) {
  KbSource out;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(without_bom(text))) {
    ++number;
    if (trim(line).empty()) continue;
    const std::string here = std::string(place) + ":" + std::to_string(number);
    CLUE_TRY(SourceConcept c, parse_concept(line, here, place, number));
    out.concepts.push_back(std::move(c));
  }
  const std::string file = std::filesystem::path(place).filename().string();
  out.meta.kind = "scispacy";
  out.meta.source = file;
  out.meta.hash = sha256_hex(text);
  // scispaCy's cache puts two hashes before the name: HASH.HASH.umls_2022_ab_cat0129.jsonl
  std::string name = file.substr(0, file.find(".jsonl"));
  if (const auto dot = name.rfind('.'); dot != std::string::npos) name.erase(0, dot + 1);
  out.meta.name = name;
  if (name.starts_with("umls")) {
    out.meta.name = "UMLS";
    out.meta.kind = "umls";
    out.meta.version = name.size() > 5 ? name.substr(5) : "";
    out.meta.licence = "UMLS Metathesaurus License; keep it on licensed machines";
  } else {
    out.meta.licence = "as the source file's";
  }
  return out;
}

Result<KbSource> read_scispacy_jsonl(const std::filesystem::path& path) {
  CLUE_TRY(const std::string text, read_source(path));
  return parse_scispacy_jsonl(text, path.string());
}

}  // namespace clue::concepts
