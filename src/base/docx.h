// The plain text of a Word document (ECMA-376), as people read it. Used by datagen for folders of
// letters. Pure function.
//
//   CLUE_TRY(std::string text, docx_text(bytes, "letter.docx"));
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace clue {

/// Paragraphs end in '\n', also in tables, whose cells are separated by tabs; breaks and tabs stay,
/// deleted text of tracked changes, comments, headers and footers are left out. Error: data.
[[nodiscard]] Result<std::string> docx_text(std::string_view bytes, const std::string& place);

}  // namespace clue
