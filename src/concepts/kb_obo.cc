// OBO flat files (Disease Ontology, Symptom Ontology and their kind), format 1.2 and 1.4.
#include "base/hash.h"
#include "base/text.h"
#include "concepts/kb_read.h"
#include "concepts/kb_source.h"

namespace clue::concepts {
namespace {

/// Undoes OBO's backslash escapes: \n, \W (blank), \t; any other escaped character is itself.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    const char c = text[++i];
    out.push_back(c == 'n' ? '\n' : c == 'W' ? ' ' : c == 't' ? '\t' : c);
  }
  return out;
}

/// An unquoted value: ends before a trailing "! comment" or "{modifiers}".
std::string plain_value(std::string_view text) {
  std::size_t end = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if ((text[i] == '!' || text[i] == '{') && i > 0 && text[i - 1] == ' ') {
      end = i;
      break;
    }
  }
  return unescape(trim(text.substr(0, end)));
}

/// The text between the first quotation mark and the next unescaped one.
Result<std::string> quoted(std::string_view value, const std::string& place) {
  const std::size_t open = value.find('"');
  if (open != std::string_view::npos) {
    for (std::size_t i = open + 1; i < value.size(); ++i) {
      if (value[i] == '\\') {
        ++i;
      } else if (value[i] == '"') {
        return unescape(value.substr(open + 1, i - open - 1));
      }
    }
  }
  return Error{ErrorCode::data, place + ": expected a text in quotation marks, found \"" +
                                    std::string(value.substr(0, 40)) + "\""};
}

struct ObsoleteCount {
  std::size_t obsolete = 0;
  std::size_t unnamed = 0;
};

class Parser {
 public:
  Parser(std::string_view text, std::string_view place) : text_(text), place_(place) {}

  Result<KbSource> run() {
    std::size_t number = 0;
    bool header = true;
    for (std::string_view line : split_lines(without_bom(text_))) {
      ++number;
      line = trim(chomp(line));
      if (line.empty() || line.front() == '!') continue;
      const std::string here = std::string(place_) + ":" + std::to_string(number);
      if (line.front() == '[') {
        flush();
        header = false;
        in_term_ = line == "[Term]";
        continue;
      }
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) {
        return Error{ErrorCode::data, here + ": expected \"tag: value\", found " +
                                          std::to_string(line.size()) +
                                          " bytes without a colon; is this an OBO file?"};
      }
      const std::string_view tag = line.substr(0, colon);
      const std::string_view value = trim(line.substr(colon + 1));
      if (header) {
        header_line(tag, value);
      } else if (in_term_) {
        CLUE_OK(term_line(tag, value, here));
      }
    }
    flush();
    finish();
    return std::move(out_);
  }

 private:
  void header_line(std::string_view tag, std::string_view value) {
    if (tag == "data-version") out_.meta.version = value;
    if (tag == "ontology") ontology_ = value;
    if (tag == "default-namespace") namespace_ = value;
  }

  Status term_line(std::string_view tag, std::string_view value, const std::string& here) {
    if (tag == "id") term_.id = plain_value(value);
    if (tag == "name") term_.name = plain_value(value);
    if (tag == "namespace") term_.types.push_back(plain_value(value));
    if (tag == "is_obsolete") obsolete_ = value.starts_with("true");
    if (tag == "def") {
      CLUE_TRY(term_.definition, quoted(value, here));
    }
    if (tag == "synonym" || tag == "exact_synonym" || tag == "related_synonym") {
      CLUE_TRY(std::string synonym, quoted(value, here));
      term_.aliases.push_back(std::move(synonym));
    }
    return {};
  }

  void flush() {
    if (in_term_) {
      if (obsolete_) {
        ++skipped_.obsolete;
      } else if (term_.id.empty() || term_.name.empty()) {
        ++skipped_.unnamed;
      } else {
        if (term_.types.empty() && !namespace_.empty()) term_.types.push_back(namespace_);
        out_.concepts.push_back(std::move(term_));
      }
    }
    term_ = {};
    obsolete_ = false;
    in_term_ = false;
  }

  void finish() {
    KbMeta& m = out_.meta;
    m.kind = "obo";
    m.source = std::filesystem::path(place_).filename().string();
    m.hash = sha256_hex(text_);
    m.name = ontology_.empty() ? m.source : ontology_;
    if (ontology_ == "doid") m.name = "Disease Ontology";
    if (ontology_ == "symp") m.name = "Symptom Ontology";
    // "doid/releases/2026-07-31/doid.obo" and "releases/2026-07-30" say their date in the middle.
    if (const auto at = m.version.find("releases/"); at != std::string::npos) {
      m.version = m.version.substr(at + 9);
      m.version = m.version.substr(0, m.version.find('/'));
    }
    m.licence = ontology_ == "doid" || ontology_ == "symp" ? "CC0 1.0" : "as the source file's";
    if (skipped_.obsolete + skipped_.unnamed > 0) {
      m.notes.push_back("left out: " + std::to_string(skipped_.obsolete) + " obsolete terms, " +
                        std::to_string(skipped_.unnamed) + " without id or name");
    }
  }

  std::string_view text_;
  std::string_view place_;
  KbSource out_;
  SourceConcept term_;
  std::string ontology_, namespace_;
  bool in_term_ = false;
  bool obsolete_ = false;
  ObsoleteCount skipped_;
};

}  // namespace

Result<KbSource> parse_obo(std::string_view text, std::string_view place) {
  if (const auto bad = first_invalid_utf8(text)) {
    return Error{ErrorCode::data, std::string(place) + ": byte " + std::to_string(*bad) +
                                      " is not UTF-8; save the file as UTF-8"};
  }
  return Parser(text, place).run();
}

Result<KbSource> read_obo(const std::filesystem::path& path) {
  CLUE_TRY(const std::string text, read_source(path));
  return parse_obo(text, path.string());
}

}  // namespace clue::concepts
