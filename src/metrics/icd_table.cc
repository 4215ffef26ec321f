#include "metrics/icd_table.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>

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
    } else if (f[0] == "S" && f.size() > 1) {
      t.system_ = f[1];
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
      static const auto table = unpack("icd10cm_reference.gz");
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
