#include "base/docx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_archives.h"

namespace clue {
namespace {

using ::testing::HasSubstr;

std::string document(const std::string& body) {
  return zip_of({{"word/document.xml", R"(<w:document xmlns:w="x"><w:body>)" + body +
                                           "</w:body></w:document>"}});
}

TEST(Docx, TextAsItIsRead) {
  const Result<std::string> text = docx_text(
      document("<w:p><w:r><w:t>Sehr geehrte </w:t></w:r><w:r><w:t>Kollegin,</w:t><w:br/><w:t>Größe"
               "</w:t></w:r></w:p><w:p/><w:tbl><w:tr><w:tc><w:p><w:r><w:t>Hb</w:t></w:r></w:p></w:tc>"
               "<w:tc><w:p><w:r><w:t>12,1</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
               "<w:p><w:del><w:r><w:t>weg</w:t></w:r></w:del><w:ins><w:r><w:t>da</w:t></w:r></w:ins>"
               "<w:r><w:tab/><w:t>&amp; bleibt</w:t></w:r></w:p>"),
      "brief.docx");
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_EQ(*text, "Sehr geehrte Kollegin,\nGröße\n\nHb\t12,1\nda\t& bleibt\n");
}

TEST(Docx, BadFilesSaySo) {
  EXPECT_THAT(docx_text("", "a.docx").error().message, HasSubstr("a.docx: empty"));
  EXPECT_THAT(docx_text("plain text", "a.docx").error().message,
              HasSubstr("a.docx: not a Word document"));
  EXPECT_THAT(docx_text(zip_of({{"x", "y"}}), "a.docx").error().message,
              HasSubstr("word/document.xml"));
  EXPECT_THAT(docx_text(zip_of({{"word/document.xml", "<a>"}}), "a.docx").error().message,
              HasSubstr("not valid XML"));
}

}  // namespace
}  // namespace clue
