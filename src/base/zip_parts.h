// The parts of an office file (a zip of XML): what workbooks and text documents have in common.
// Used by the xlsx and docx readers. One thread.
//
//   CLUE_TRY(ZipParts parts, ZipParts::open(bytes, "letter.docx", "a Word document"));
//   CLUE_OK(parts.load("word/document.xml", xml));
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pugi {
class xml_document;
class xml_node;
}  // namespace pugi

namespace clue {

class ZipParts {
 public:
  /// `bytes` must outlive the object. `what` names the kind of file in
  /// errors: "an xlsx workbook". Error:
  /// data.
  [[nodiscard]] static Result<ZipParts> open(std::string_view bytes, std::string place,
                                             std::string what);
  /// The unpacked bytes of a part, its name without case. All parts together at most 512 MiB.
  [[nodiscard]] Result<std::string> part(const std::string& name);
  /// The same as XML, white space kept.
  [[nodiscard]] Status load(const std::string& name, pugi::xml_document& xml);

  ZipParts(ZipParts&&) noexcept;
  ZipParts& operator=(ZipParts&&) noexcept;
  ~ZipParts();

 private:
  struct Archive;
  explicit ZipParts(std::unique_ptr<Archive> archive);
  std::unique_ptr<Archive> archive_;
};

/// An element's name without its namespace prefix.
[[nodiscard]] std::string_view local_name(const pugi::xml_node& node);
/// The text directly below an element.
void append_text(const pugi::xml_node& node, std::string& out);

}  // namespace clue
