#include "text/unicode.h"

#include <gtest/gtest.h>

#include <vector>

#include "text/golden.h"
#include "text/words.h"

namespace clue::text {
namespace {

TEST(Unicode, DecodesAndRefusesBadBytes) {
  EXPECT_EQ(decode("\xE2\x84\xAA", 0).value, 0x212Au);
  EXPECT_EQ(decode("\xF0\x9F\x98\x80", 0).value, 0x1F600u);
  for (const char* bad :
       {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x84", "\x80", "\xFF"}) {
    EXPECT_FALSE(decode(bad, 0).valid) << bad;
    EXPECT_EQ(decode(bad, 0).bytes, 1u);
  }
  std::string s;
  for (const char32_t c : {U'a', U'\u00e9', U'\u4e2d', U'\U0001F600'}) append_utf8(s, c);
  EXPECT_EQ(s, "a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80");
}

TEST(Unicode, WordCharactersArePythons) {
  const auto path = shared_path("golden/metrics/unicode_facts.json");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no reference folder beside the checkout";
  std::ifstream in(path);
  const auto facts = nlohmann::json::parse(in);
  std::size_t next = 0;
  const auto& ranges = facts["word_character_ranges"];
  std::size_t wrong = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    while (next < ranges.size() && ranges[next][1].get<char32_t>() < c) ++next;
    const bool want = next < ranges.size() && ranges[next][0].get<char32_t>() <= c;
    if (want != is_word(c) && ++wrong < 10) ADD_FAILURE() << "U+" << std::hex << std::uint32_t{c};
  }
  EXPECT_EQ(wrong, 0u);
}

TEST(Unicode, CaseAndSpaceArePythons) {
  EXPECT_EQ(to_upper("\xC5\x89"
                     "eutral \xC3\x9F \xC4\xB1 \xEF\xAC\x86"),
            "\xCA\xBCNEUTRAL SS I ST");
  EXPECT_EQ(to_lower("\xC4\xB0\xE2\x84\xAA"), "i\xCC\x87k");
  EXPECT_EQ(to_lower("\xCE\x9F\xCE\xA3"), "\xCE\xBF\xCF\x82");  // final sigma
  EXPECT_EQ(strip("\xC2\xA0 \x1F a b\xE3\x80\x80\n"), "a b");
  EXPECT_EQ(strip(" \t\xE2\x80\x83"), "");
  EXPECT_EQ(strip("\xE2\x80\x8B"), "\xE2\x80\x8B");  // zero width space is no white space
}

TEST(Words, AsciiRule) {
  std::string all;
  const std::string_view text =
      "Kelvin \xE2\x84\xAA"
      "elvin \xC4\xB0x A_b \xC3\xBC"
      "ber 5\xC2\xB2";
  std::vector<char> room(text.size());
  ascii_words(text, room.data(), [&all](char* word, std::size_t size) {
    all.append(word, size).append("|");
    return word;
  });
  EXPECT_EQ(all, "kelvin|kelvin|i|x|a|b|ber|5|");
}

TEST(Words, AllScripts) {
  EXPECT_EQ(unicode_words("\xC3\x9C"
                          "bel-Keit u\xCC\x88"
                          "bel, STRASSE \xE1\xBA\x9E"),
            "\xC3\xBC"
            "bel keit \xC3\xBC"
            "bel strasse \xC3\x9F");
  EXPECT_EQ(unicode_words("\xE9\xAB\x98\xE8\xA1\x80 has"), "\xE9\xAB\x98 \xE8\xA1\x80 has");
  EXPECT_EQ(unicode_words("\xFF\xFE ok"), "ok");
}

}  // namespace
}  // namespace clue::text
