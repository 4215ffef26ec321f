#include "base/docx.h"

#include <new>
#include <pugixml.hpp>

#include "base/text.h"
#include "base/zip_parts.h"

namespace clue {
namespace {

constexpr int kMaxDepth = 200;  // of nested tables and frames

/// A walk in document order; what a reader of the page does not see is skipped.
void walk(const pugi::xml_node& node, int depth, std::string& out) {
  if (depth > kMaxDepth) return;
  for (const pugi::xml_node& c : node.children()) {
    const std::string_view name = local_name(c);
    if (name == "t") {
      append_text(c, out);
    } else if (name == "tab") {
      out += '\t';
    } else if (name == "br" || name == "cr") {
      out += '\n';
    } else if (name == "noBreakHyphen") {
      out += '-';
    } else if (name == "del" || name == "moveFrom" || name == "pPr" || name == "rPr" ||
               name == "instrText" || name == "Fallback") {
      continue;
    } else if (name == "tc") {
      std::string cell;
      walk(c, depth + 1, cell);
      const std::string_view text = py_rstrip(cell);
      out.append(text);
      out += '\t';
    } else {
      walk(c, depth + 1, out);
      if (name == "tr" && !out.empty() && out.back() == '\t') out.back() = '\n';
      if (name == "p") out += '\n';
    }
  }
}

}  // namespace

Result<std::string> docx_text(std::string_view bytes, const std::string& place) {
  try {
    CLUE_TRY(ZipParts parts, ZipParts::open(bytes, place, "a Word document"));
    pugi::xml_document xml;
    CLUE_OK(parts.load("word/document.xml", xml));
    std::string out;
    walk(xml.document_element(), 0, out);
    return to_valid_utf8(out);
  } catch (const std::bad_alloc&) {  // pugixml's only exception
    return Error{ErrorCode::data, place + ": the document does not fit into memory"};
  }
}

}  // namespace clue
