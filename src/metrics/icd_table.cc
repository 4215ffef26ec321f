#include "metrics/icd_table.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

namespace clue::metrics {

namespace icd_data {
std::string_view embedded(std::string_view name);
}

namespace {

std::string dotless(std::string_view s) {
  std::string out(s);
  std::erase(out, '.');
  return out;
}

std::string gunzip(std::string_view bytes) {
  z_stream z{};
  CLUE_CHECK(inflateInit2(&z, 15 + 16) == Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  std::string out(bytes.size() * 12, '\0');
  int rc = Z_OK;
  while (rc == Z_OK) {
    if (z.total_out == out.size()) out.resize(out.size() * 2);
    z.next_out = reinterpret_cast<Bytef*>(out.data() + z.total_out);
    z.avail_out = static_cast<uInt>(out.size() - z.total_out);
    rc = inflate(&z, Z_NO_FLUSH);
  }
  CLUE_CHECK(rc == Z_STREAM_END);  // our own embedded bytes
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

std::vector<std::string_view> fields(std::string_view line, std::size_t at_most) {
  std::vector<std::string_view> out;
  while (out.size() + 1 < at_most) {
    const std::size_t tab = line.find('\t');
    if (tab == line.npos) break;
    out.push_back(line.substr(0, tab));
    line.remove_prefix(tab + 1);
  }
  out.push_back(line);
  return out;
}

Result<std::string> read_file(const std::filesystem::path& path) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) {
    return Error{ErrorCode::not_found, path.string() +
                                           ": no such file; give a CMS order file "
                                           "(icd10cm-order-YYYY.txt, also .gz)"};
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
  return s.size() >= 3 && s.size() <= 7 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= '0' &&
         s[1] <= '9' && std::all_of(s.begin(), s.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.back() == ' ' || s.back() == '\r')) s.remove_suffix(1);
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  return s;
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
                                        "7-13 code, 15 flag 0 or 1, 17 on titles): \"" +
                                        std::string(line.substr(0, 40)) + "\""};
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

}  // namespace

const IcdCode* IcdTable::find(std::string_view code) const {
  std::array<char, 8> plain{};
  std::size_t n = 0;
  for (const char c : code) {
    if (c == '.') continue;
    if (n == plain.size()) return nullptr;
    plain[n++] = c;
  }
  const std::string_view key(plain.data(), n);
  const auto it = std::lower_bound(codes_.begin(), codes_.end(), key,
                                   [](const IcdCode& a, std::string_view b) { return a.code < b; });
  return it != codes_.end() && it->code == key ? &*it : nullptr;
}

const IcdBlock* IcdTable::block(std::string_view code) const {
  const std::string plain = dotless(code).substr(0, 3);
  for (const IcdBlock& b : blocks_) {
    if (b.first <= plain && plain <= b.last) return &b;
  }
  return nullptr;
}

void IcdTable::sort_codes() {
  const auto less = [](const IcdCode& a, const IcdCode& b) { return a.code < b.code; };
  if (!std::is_sorted(codes_.begin(), codes_.end(), less)) {
    std::stable_sort(codes_.begin(), codes_.end(), less);
  }
  codes_.erase(std::unique(codes_.begin(), codes_.end(),
                           [](const IcdCode& a, const IcdCode& b) { return a.code == b.code; }),
               codes_.end());
}

Result<IcdTable> IcdTable::from_text(std::string text) {
  IcdTable t;
  auto owned = std::make_shared<const std::string>(std::move(text));
  const std::string_view all = *owned;
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t end = std::min(all.find('\n', i), all.size());
    const std::string_view line = all.substr(i, end - i);
    i = end + 1;
    const std::vector<std::string_view> f = fields(line, line.starts_with('D') ? 5 : 6);
    if (f[0] == "N" && f.size() > 1) {
      t.name_ = f[1];
    } else if (f[0] == "D" && f.size() > 3) {
      t.codes_.push_back({f[1], f[3], f[2] == "1", f.size() > 4 ? f[4] : std::string_view()});
    } else if (f[0] == "B" && f.size() > 5) {
      t.blocks_.push_back({f[1], f[2], f[3], f[4], f[5]});
    } else if (f[0] != "C") {
      return Error{ErrorCode::data, "code table: bad line \"" + std::string(line) + "\""};
    }
  }
  t.texts_.push_back(std::move(owned));
  t.sort_codes();
  return t;
}

Result<IcdTable> IcdTable::load(const std::filesystem::path& path) {
  CLUE_TRY(const std::string text, read_file(path));
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const bool json = first != text.npos && text[first] == '{';
  CLUE_TRY(std::string plain,
           json ? from_json(text, path.string()) : from_order_file(text, path.string()));
  CLUE_TRY(IcdTable t, from_text(std::move(plain)));
  if (t.codes_.empty()) return Error{ErrorCode::data, path.string() + ": holds no codes"};
  std::string stem = path.filename().string();
  for (const char* tail : {".gz", ".txt", ".json"}) {
    if (stem.ends_with(tail)) stem.resize(stem.size() - std::string_view(tail).size());
  }
  t.name_ = "ICD-10-CM (" + stem + ")";
  const auto built_in = builtin_icd_table(IcdTableId::y2026);
  t.blocks_ = built_in->blocks_;
  t.texts_.insert(t.texts_.end(), built_in->texts_.begin(), built_in->texts_.end());
  return t;
}

IcdTable IcdTable::merged(const IcdTable& first, const IcdTable& second) {
  IcdTable t = first;
  t.name_ = first.name_ + " + " + second.name_;
  t.texts_.insert(t.texts_.end(), second.texts_.begin(), second.texts_.end());
  t.codes_.insert(t.codes_.end(), second.codes_.begin(), second.codes_.end());
  t.sort_codes();
  return t;
}

std::shared_ptr<const IcdTable> builtin_icd_table(IcdTableId id) {
  const auto unpack = [](std::string_view name) {
    auto t = IcdTable::from_text(gunzip(icd_data::embedded(name)));
    CLUE_CHECK(t.ok());
    return std::make_shared<const IcdTable>(std::move(t).value());
  };
  switch (id) {
    case IcdTableId::reference: {
      static const auto table = unpack("icd10cm_2022.gz");
      return table;
    }
    case IcdTableId::y2026: {
      static const auto table = unpack("icd10cm_2026.gz");
      return table;
    }
    case IcdTableId::current: {
      static const auto table = std::make_shared<const IcdTable>(IcdTable::merged(
          *builtin_icd_table(IcdTableId::y2026), *builtin_icd_table(IcdTableId::reference)));
      return table;
    }
  }
  return nullptr;
}

namespace {

struct Mapping {
  std::string name;
  std::map<std::string, std::vector<std::string>, std::less<>> targets;
};

const Mapping& mapping() {
  static const Mapping built = [] {
    Mapping m;
    const std::string text = gunzip(icd_data::embedded("gem.gz"));
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t end = std::min(text.find('\n', i), text.size());
      const auto f = fields(std::string_view(text).substr(i, end - i), 3);
      i = end + 1;
      if (f[0] == "N") m.name = f[1];
      if (f[0] == "M") m.targets[std::string(f[1])].emplace_back(f[2]);
    }
    return m;
  }();
  return built;
}

}  // namespace

std::vector<std::string> icd9_to_icd10_all(std::string_view icd9) {
  const auto& targets = mapping().targets;
  const auto it = targets.find(dotless(icd9));
  return it == targets.end() ? std::vector<std::string>() : it->second;
}

std::optional<std::string> icd9_to_icd10(std::string_view icd9) {
  const auto all = icd9_to_icd10_all(icd9);
  return all.empty() ? std::nullopt : std::optional(all.back());
}

std::string icd9_mapping_name() { return mapping().name; }

}  // namespace clue::metrics
