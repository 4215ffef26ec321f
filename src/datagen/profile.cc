#include "datagen/profile.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/files.h"
#include "base/hash.h"
#include "base/suggest.h"
#include "datagen/shipped.h"

namespace clue::datagen {
namespace {

constexpr std::array<std::string_view, 16> kKeys = {
    "name",         "title",     "language", "prompt_set", "reader",
    "columns",      "delimiter", "encoding", "split",      "headings",
    "instructions", "require",   "cut_at",   "anonymised", "lost_line_breaks",
    "evaluated"};

Error bad(const std::string& place, const YAML::Node& node, const std::string& what) {
  return {ErrorCode::data, place + ":" + std::to_string(node.Mark().line + 1) + ": " + what};
}

Result<std::string> text(const std::string& place, const YAML::Node& node, const std::string& key) {
  if (!node.IsScalar()) return bad(place, node, "\"" + key + "\" must be text");
  return node.Scalar();
}

Result<std::vector<std::string>> texts(const std::string& place, const YAML::Node& node,
                                       const std::string& key) {
  std::vector<std::string> out;
  if (node.IsScalar()) {
    out.push_back(node.Scalar());
  } else if (node.IsSequence()) {
    for (const YAML::Node& item : node) {
      CLUE_TRY(std::string one, text(place, item, key));
      out.push_back(std::move(one));
    }
  } else if (!node.IsNull()) {
    return bad(place, node, "\"" + key + "\" must be a list of texts");
  }
  for (const std::string& one : out) {
    if (one.empty()) return bad(place, node, "\"" + key + "\" holds an empty text");
  }
  return out;
}

/// Where the name of a column is kept; MIMIC's own words and ours. nullptr: no such column.
std::string* column_slot(LetterProfile& p, std::string_view key) {
  if (key == "note_id" || key == "id") return &p.id_column;
  if (key == "subject_id" || key == "patient") return &p.patient_column;
  if (key == "hadm_id" || key == "admission") return &p.admission_column;
  if (key == "text") return &p.text_column;
  if (key == "codes") return &p.codes_column;
  return nullptr;
}

Status set_columns(LetterProfile& p, const YAML::Node& node, const std::string& place) {
  if (!node.IsMap()) return bad(place, node, "\"columns\" must be a map: text: REPORT");
  p.id_column = p.patient_column = p.admission_column = "";
  for (const auto& entry : node) {
    const std::string key = entry.first.Scalar();
    CLUE_TRY(const std::string column, text(place, entry.second, key));
    std::string* const to = column_slot(p, key);
    if (to == nullptr) {
      return bad(place, entry.first,
                 "unknown column \"" + key + "\"; use note_id, subject_id, hadm_id, text, codes");
    }
    *to = column;
  }
  return {};
}

Status set_delimiter(LetterProfile& p, const std::string& value, const YAML::Node& node,
                     const std::string& place) {
  if (value == "auto") {
    p.delimiter = '\0';
  } else if (value == "tab" || value == "\t") {
    p.delimiter = '\t';
  } else if (value.size() == 1) {
    p.delimiter = value[0];
  } else {
    return bad(place, node, "delimiter \"" + value + "\": use one character, tab or auto");
  }
  return {};
}

Status set_split(LetterProfile& p, const std::string& value, const YAML::Node& node,
                 const std::string& place) {
  if (value == "paragraphs") {
    p.split = Split::paragraphs;
  } else if (value == "lines") {
    p.split = Split::lines;
  } else if (value == "capitals") {
    p.split = Split::capitals;
  } else {
    return bad(place, node, "split \"" + value + "\": use paragraphs, lines or capitals");
  }
  return {};
}

Status set_key(LetterProfile& p, const std::string& key, const YAML::Node& node,
               const std::string& place) {
  if (key == "columns") return set_columns(p, node, place);
  struct Lists {
    std::string_view key;
    std::vector<std::string>* to;
  };
  for (const Lists& list : {Lists{"headings", &p.headings}, Lists{"instructions", &p.instructions},
                            Lists{"require", &p.require}, Lists{"cut_at", &p.cut_at},
                            Lists{"anonymised", &p.anonymised}}) {
    if (key != list.key) continue;
    CLUE_TRY(*list.to, texts(place, node, key));
    return {};
  }
  if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
    return bad(place, node, "unknown key \"" + key + "\"" + did_you_mean(key, kKeys));
  }
  CLUE_TRY(const std::string value, text(place, node, key));
  if (key == "split") return set_split(p, value, node, place);
  if (key == "delimiter") return set_delimiter(p, value, node, place);
  if (key == "evaluated") {
    if (value != "rest" && value != "whole") {
      return bad(place, node, "evaluated \"" + value + "\": use rest or whole");
    }
    p.evaluated = value == "whole" ? Evaluated::whole : Evaluated::rest;
    return {};
  }
  if (key == "encoding") {
    Result<Encoding> encoding = parse_encoding(value);
    if (!encoding.ok()) return bad(place, node, encoding.error().message);
    p.encoding = *encoding;
  } else if (key == "lost_line_breaks") {
    if (value != "true" && value != "false")
      return bad(place, node, "\"" + key + "\": true or false");
    p.lost_line_breaks = value == "true";
  } else if (key == "name") {
    p.name = value;
  } else if (key == "title") {
    p.title = value;
  } else if (key == "language") {
    p.language = value;
  } else if (key == "prompt_set") {
    p.prompt_set = value;
  } else {
    p.reader = value;
  }
  return {};
}

}  // namespace

std::vector<std::string> profile_names() {
  std::vector<std::string> out;
  for (const std::string_view name : shipped::embedded_names()) {
    if (name.find('/') == std::string_view::npos) out.emplace_back(name.substr(0, name.size() - 5));
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<LetterProfile> load_profile(const std::string& name_or_path) {
  if (name_or_path.ends_with(".yaml") || name_or_path.ends_with(".yml")) {
    CLUE_TRY(const std::string yaml, read_file(name_or_path));
    return parse_profile(yaml, name_or_path);
  }
  const std::string_view yaml = shipped::embedded(name_or_path + ".yaml");
  if (!yaml.empty()) return parse_profile(yaml, "profiles/" + name_or_path + ".yaml");
  const std::vector<std::string> names = profile_names();
  return Error{ErrorCode::invalid_argument,
               "no letter profile \"" + name_or_path + "\"; there are " + join(names, ", ") +
                   ", or give a file that ends in .yaml" +
                   did_you_mean(name_or_path, std::span<const std::string>(names))};
}

Status map_columns(std::string_view mapping, LetterProfile& profile) {
  for (const std::string_view pair : split(mapping, ',')) {
    if (trim(pair).empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view key = trim(pair.substr(0, equals));
    const std::string_view column =
        equals == std::string_view::npos ? std::string_view{} : trim(pair.substr(equals + 1));
    std::string* const to = column_slot(profile, key);
    if (to == nullptr || column.empty()) {
      return Error{ErrorCode::invalid_argument,
                   "--columns \"" + std::string(pair) +
                       "\": use note_id=COLUMN, subject_id=, hadm_id=, text= or codes=, "
                       "separated by commas"};
    }
    *to = column;
  }
  return {};
}

Result<LetterProfile> parse_profile(std::string_view yaml, const std::string& place) {
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (!root.IsMap()) return Error{ErrorCode::data, place + ": a profile is a map of keys"};
    LetterProfile p;
    p.hash = sha256_hex(yaml);
    for (const auto& entry : root) {
      CLUE_OK(set_key(p, entry.first.Scalar(), entry.second, place));
    }
    for (std::string& heading : p.instructions) heading = py_lower(heading);
    for (std::string& heading : p.headings) heading = py_lower(heading);
    if (p.name.empty()) return Error{ErrorCode::data, place + ": \"name\" is missing"};
    if (p.instructions.empty()) {
      return Error{ErrorCode::data,
                   place + ": \"instructions\" is missing: the headings whose text is the source"};
    }
    return p;
  } catch (const YAML::Exception& e) {
    return Error{ErrorCode::data, place + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg};
  }
}

}  // namespace clue::datagen
