#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Text, FindsTheFirstBadByte) {
  EXPECT_EQ(first_invalid_utf8(""), std::nullopt);
  EXPECT_EQ(first_invalid_utf8("Größe 36,5 °C – 日本 😀"), std::nullopt);
  EXPECT_EQ(first_invalid_utf8("Gr\xF6\xDF"), 2U);
  EXPECT_EQ(first_invalid_utf8("0123456789abcdef\x80"), 16U);
  EXPECT_EQ(first_invalid_utf8("\xC0\x80"), 0U) << "overlong";
  EXPECT_EQ(first_invalid_utf8("a\xED\xA0\x80"), 1U) << "surrogate";
  EXPECT_EQ(first_invalid_utf8("\xF4\x90\x80\x80"), 0U) << "over U+10FFFF";
  EXPECT_EQ(first_invalid_utf8("ab\xE2\x82"), 2U) << "cut short";
}

TEST(Text, DecodesAndEncodes) {
  const std::string text = "aß€😀";
  EXPECT_EQ(decode_utf8(text), U"aß€😀");
  EXPECT_EQ(encode_utf8(U"aß€😀"), text);
  EXPECT_EQ(count_code_points(text), 4U);
  EXPECT_EQ(to_valid_utf8("a\xE2\x82z\xFF"), "a\uFFFDz\uFFFD");
  EXPECT_EQ(encode_utf8(std::u32string(1, char32_t{0xD800})), "\uFFFD");
}

TEST(Text, Lines) {
  EXPECT_THAT(split_lines("a\r\nb\u2028c\n\nd"), ElementsAre("a\r", "b\u2028c", "", "d"));
  EXPECT_THAT(split_lines("a\n"), ElementsAre("a"));
  EXPECT_TRUE(split_lines("").empty());
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ", "), ElementsAre(""));
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(replace_all("a;b;;", ";", ", "), "a, b, , ");
  EXPECT_EQ(trim(" \t x y\n"), "x y");
}

TEST(Text, PythonWhiteSpace) {
  EXPECT_THAT(py_split(" a\u00A0b\u2028\x1C c\u200Bd "), ElementsAre("a", "b", "c\u200Bd"));
  EXPECT_TRUE(py_split("\u3000 ").empty());
  EXPECT_EQ(py_strip("\u2003 x y\u0085"), "x y");
  EXPECT_EQ(py_lstrip(" x "), "x ");
  EXPECT_EQ(py_rstrip(" x "), " x");
  EXPECT_EQ(py_strip(" \n "), "");
}

TEST(Text, PythonCase) {
  EXPECT_EQ(py_lower("ÄÖÜ ẞ ABC"), "äöü ß abc");
  EXPECT_EQ(py_lower("ΟΔΟΣ ΣΑΣ Σ"), "οδος σας σ") << "final sigma";
  EXPECT_EQ(py_lower("İ"), "i\u0307");
  EXPECT_EQ(py_lower("\u212A"), "k");
  EXPECT_EQ(py_upper("Straße ﬁ ŉ"), "STRASSE FI ʼN");
  EXPECT_EQ(py_lower("😀X"), "😀x");
  EXPECT_EQ(ascii_lower("ÄX"), "Äx");
}

TEST(Text, Encodings) {
  EXPECT_EQ(*parse_encoding("UTF-8"), Encoding::utf_8);
  EXPECT_EQ(*parse_encoding("Latin_1"), Encoding::latin_1);
  EXPECT_THAT(parse_encoding("klingon").error().message, HasSubstr("cp1252"));
  EXPECT_EQ(*to_utf8("\xEF\xBB\xBFx", Encoding::automatic, "f"), "x");
  EXPECT_EQ(*to_utf8("Gr\xF6\xDF\x80\x96", Encoding::cp1252, "f"), "Größ€–");
  EXPECT_EQ(*to_utf8("Gr\xF6\x80", Encoding::latin_1, "f"), "Grö\u0080");
}

TEST(Text, BadBytesAreNamedWithPlace) {
  const Error e = to_utf8("ok\nGr\xF6\xDF", Encoding::automatic, "briefe.csv", 10, 100).error();
  EXPECT_EQ(e.code, ErrorCode::data);
  EXPECT_THAT(e.message, HasSubstr("briefe.csv:11: byte 0xF6 at offset 105"));
  EXPECT_THAT(e.message, HasSubstr("cp1252"));
  EXPECT_THAT(to_utf8("a\x81", Encoding::cp1252, "f").error().message, HasSubstr("0x81"));
  EXPECT_THAT(to_utf8(std::string("\xFF\xFE"
                                  "a\0",
                                  4),
                      Encoding::automatic, "f")
                  .error()
                  .message,
              HasSubstr("UTF-16"));
}

}  // namespace
}  // namespace clue
