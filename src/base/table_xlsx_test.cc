#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/table_formats.h"
#include "base/test_archives.h"

namespace clue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Table> sheet(const std::string& rows, const std::string& strings = "") {
  return table_from_xlsx(
      xlsx({{"xl/worksheets/sheet1.xml",
             "<?xml version=\"1.0\"?><worksheet><sheetData>" + rows + "</sheetData></worksheet>"},
            {"xl/sharedStrings.xml", "<sst>" + strings + "</sst>"}}),
      "f.xlsx", {});
}

const std::string kHeader =
    R"(<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>)";

TEST(Xlsx, SharedRichPhoneticAndEscapedStrings) {
  Result<Table> t = sheet(
      kHeader + R"(<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c></row>)"
                R"(<row r="4"><c r="A4" t="s"><v>2</v></c><c r="B4" t="s"><v>3</v></c></row>)",
      "<si><r><t xml:space=\"preserve\">left </t></r><r><rPr><b/></rPr><t>arm</t></r></si>"
      "<si><t>BP &lt; 90 &amp; &#x4E;a&#43;</t><rPh sb=\"0\" eb=\"1\"><t>hint</t></rPh></si>"
      "<si><t>one_x000D_two _x005F_x0041_ _xD83D__xDE00_ _x00zz_</t></si>"
      "<si><t xml:space=\"preserve\"> \n </t></si>");
  ASSERT_TRUE(t.ok()) << t.error().message;
  EXPECT_THAT(t->rows[0], ElementsAre("left arm", "BP < 90 & Na+"));
  EXPECT_THAT(t->rows[1], ElementsAre("one\rtwo _x0041_ 😀 _x00zz_", " \n "));
  EXPECT_EQ(t->place(0), "f.xlsx: sheet row 3");
}

TEST(Xlsx, MissingCellsNumbersAndBooleans) {
  Result<Table> t = sheet(
      R"(<row r="2"><c r="A2" t="str"><v>x</v></c><c r="C2" t="str"><v>z</v></c></row>)"
      R"(<row r="5"><c r="C5"><v>2.0000001E7</v></c></row>)"
      R"(<row><c><v>0.10000000000000001</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row>)"
      R"(<row/>)");
  ASSERT_TRUE(t.ok()) << t.error().message;
  EXPECT_THAT(t->columns, ElementsAre("x", "Unnamed: 1", "z"));
  EXPECT_THAT(t->rows[0], ElementsAre("", "", "20000001"));
  EXPECT_THAT(t->rows[1], ElementsAre("0.1", "TRUE", "#N/A"));
  EXPECT_EQ(t->rows.size(), 2U);
  EXPECT_EQ(t->lines[1], 6U);
}

TEST(Xlsx, NamespacePrefixesAndAbsoluteTargets) {
  const std::string book = xlsx(
      {{"_rels/.rels",
        R"(<Relationships><Relationship Id="a" Type="x/officeDocument" Target="/xl/book.xml"/></Relationships>)"},
       {"xl/book.xml",
        R"(<x:workbook xmlns:r="q"><x:sheets><x:sheet r:id="s"/></x:sheets></x:workbook>)"},
       {"xl/_rels/book.xml.rels",
        R"(<Relationships><Relationship Id="s" Type="x/worksheet" Target="/xl/first.xml"/></Relationships>)"},
       {"xl/first.xml",
        R"(<x:worksheet><x:sheetData><x:row><x:c t="str"><x:v>h</x:v></x:c></x:row></x:sheetData></x:worksheet>)"}});
  Result<Table> t = table_from_xlsx(book, "f.xlsx", {});
  ASSERT_TRUE(t.ok()) << t.error().message;
  EXPECT_THAT(t->columns, ElementsAre("h"));
}

TEST(Xlsx, BadFilesAreErrors) {
  const auto message = [](Result<Table> t) { return t.ok() ? "read" : t.error().message; };
  EXPECT_THAT(message(table_from_xlsx("PK no zip", "f.xlsx", {})),
              HasSubstr("not an xlsx workbook"));
  EXPECT_THAT(message(table_from_xlsx("", "f.xlsx", {})), HasSubstr("empty"));
  EXPECT_THAT(message(sheet("")), HasSubstr("first sheet is empty"));
  EXPECT_THAT(message(sheet("<row><c>")), HasSubstr("not valid XML"));
  EXPECT_THAT(message(sheet(R"(<row r="0"/>)")), HasSubstr("not a row number"));
  EXPECT_THAT(message(sheet(R"(<row r="2"><c r="ZZZZ2"><v>1</v></c></row>)")),
              HasSubstr("sheet row 2, cell ZZZZ2"));
  EXPECT_THAT(message(sheet(R"(<row r="2"><c r="A2" t="s"><v>9</v></c></row>)")),
              HasSubstr("cell A2: text number 9"));
  EXPECT_THAT(message(table_from_xlsx(xlsx({}), "f.xlsx", {})), HasSubstr("sheet1.xml"));
  const std::string whole = xlsx({{"xl/worksheets/sheet1.xml", "<worksheet/>"}});
  for (std::size_t n = 0; n < whole.size(); n += 7) {
    EXPECT_FALSE(table_from_xlsx(std::string_view(whole).substr(0, n), "f", {}).ok());
  }
}

TEST(Xlsx, ZipBombsAndDeepXmlEndEarly) {
  const std::string deep = [] {
    std::string s;
    for (int i = 0; i < 200'000; ++i) s += "<q>";
    for (int i = 0; i < 200'000; ++i) s += "</q>";
    return s;
  }();
  EXPECT_FALSE(sheet(deep).ok());
  std::string rows = R"(<row><c r="XFD1" t="str"><v>x</v></c></row>)";
  for (int i = 0; i < 5000; ++i) rows += "<row/>";
  EXPECT_THAT(sheet(rows).error().message, HasSubstr("cells"));
}

}  // namespace
}  // namespace clue
