#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/test_paths.h"

namespace clue {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string error_of(std::string_view text) { return parse_json(text, "x.json").error().message; }

TEST(Json, ParsesWithBomAndKeepsOrderWhenAsked) {
  EXPECT_EQ((*parse_json("\xEF\xBB\xBF {\"a\": 1}", "x"))["a"], 1);
  EXPECT_EQ(dump_json(*parse_ordered_json(R"({"b":1,"a":2,"b":3})", "x")), R"({"b":3,"a":2})");
  EXPECT_EQ(dump_json(*parse_json(R"({"b":1,"a":[1.5,"ä"]})", "x")), R"({"a":[1.5,"ä"],"b":1})");
}

TEST(Json, ErrorsNameLineAndColumn) {
  EXPECT_THAT(error_of("{\n  \"ä\": tru\n}"), StartsWith("x.json:2:"));
  EXPECT_THAT(error_of("{\"a\": 1,}"), StartsWith("x.json:1:9: not valid JSON"));
  EXPECT_THAT(error_of("{\"a\": \"cut"), StartsWith("x.json:1:"));
  EXPECT_THAT(error_of(" \n"), HasSubstr("empty"));
  EXPECT_THAT(error_of("[1] x"), StartsWith("x.json:1:5"));
  EXPECT_THAT(parse_json("{", "big.jsonl", 17).error().message, StartsWith("big.jsonl:17:"));
}

TEST(Json, RefusesWhatIsNoNumber) {
  EXPECT_THAT(error_of("{\"a\": NaN}"), HasSubstr("NaN is not a JSON number"));
  EXPECT_THAT(error_of("[-Infinity]"), HasSubstr("-Infinity is not a JSON number"));
  EXPECT_THAT(error_of("[1e999]"), StartsWith("x.json:1: not valid JSON"));
}

TEST(Json, RefusesBadUtf8AndDepth) {
  EXPECT_THAT(error_of("[\"\xF6\"]"), StartsWith("x.json:1:"));
  const std::string deep(100'000, '[');
  EXPECT_THAT(error_of(deep), HasSubstr("nested deeper than"));
  EXPECT_TRUE(parse_json(std::string(200, '[') + std::string(200, ']'), "x").ok());
  EXPECT_TRUE(parse_json("[\"" + deep + "\\\"[\"]", "x").ok()) << "brackets in strings are text";
}

TEST(Json, DumpNeverThrows) { EXPECT_EQ(dump_json(nlohmann::json("a\xFFz")), "\"a\uFFFDz\""); }

TEST(Json, TypedMembers) {
  const nlohmann::json j = {{"name", "x"}, {"n", 3}, {"f", 0.5}};
  EXPECT_EQ(*json_string(j, "name", "p"), "x");
  EXPECT_EQ(*json_integer(j, "n", "p"), 3);
  EXPECT_EQ(*json_number(j, "f", "p"), 0.5);
  EXPECT_THAT(json_string(j, "nam", "p").error().message, HasSubstr("did you mean \"name\""));
  EXPECT_THAT(json_integer(j, "name", "p").error().message, HasSubstr("whole number, not \"x\""));
  EXPECT_THAT(json_string(nlohmann::json::array(), "a", "p").error().message, HasSubstr("array"));
}

TEST(Json, FilesByName) {
  TempDir tmp;
  ASSERT_TRUE(write_file_atomic(tmp / "bad.json", "{\n\n!").ok());
  EXPECT_THAT(read_json(tmp / "bad.json").error().message, HasSubstr("bad.json:3:1"));
  EXPECT_EQ(read_ordered_json(tmp / "no.json").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace clue
