#include "base/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/files.h"
#include "base/py_random.h"
#include "base/test_archives.h"
#include "base/test_paths.h"

namespace clue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Rows = std::vector<std::vector<std::string>>;

/// Gives one byte at a time: every boundary inside a quote, CRLF or header is met.
class Drops final : public ByteSource {
 public:
  explicit Drops(std::string_view bytes) : left_(bytes) {}
  Result<std::size_t> read(std::span<char> out) override {
    const std::size_t n = left_.copy(out.data(), 1);
    left_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view left_;
};

Result<Rows> rows_of(std::string_view text, const CsvOptions& options = {}, bool drops = false) {
  std::unique_ptr<ByteSource> source = memory_bytes(text);
  if (drops) source = std::make_unique<Drops>(text);
  CLUE_TRY(CsvReader csv, CsvReader::from(std::move(source), "f.csv", options));
  Rows out = {csv.columns()};
  std::vector<std::string> row;
  while (true) {
    CLUE_TRY(const bool more, csv.next(row));
    if (!more) return out;
    out.push_back(row);
  }
}

Rows good(std::string_view text, const CsvOptions& options = {}) {
  Result<Rows> whole = rows_of(text, options);
  Result<Rows> drops = rows_of(text, options, true);
  if (!whole.ok() || !drops.ok()) {
    ADD_FAILURE() << (whole.ok() ? drops : whole).error().message;
    return {{}, {}, {}};
  }
  EXPECT_EQ(*whole, *drops) << "block boundaries must not matter";
  return *whole;
}

std::string complaint(std::string_view text, const CsvOptions& options = {}) {
  Result<Rows> r = rows_of(text, options);
  EXPECT_FALSE(r.ok());
  return r.ok() ? "" : r.error().message;
}

TEST(Csv, Rfc4180) {
  EXPECT_EQ(good("a,b\r\n1,\"x\r\ny, \"\"z\"\"\"\r\n"), (Rows{{"a", "b"}, {"1", "x\r\ny, \"z\""}}));
  EXPECT_EQ(good("a,b\n,\"\"\n1,"), (Rows{{"a", "b"}, {"1", ""}}));
  EXPECT_EQ(good("a,b\r1,2\r3,4"), (Rows{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(good("\xEF\xBB\xBF\"a\",b\n1,5'10\" tall\n"), (Rows{{"a", "b"}, {"1", "5'10\" tall"}}));
  EXPECT_EQ(good("a,b\n1,\u2028 \u0085\n"), (Rows{{"a", "b"}, {"1", "\u2028 \u0085"}}));
}

TEST(Csv, EmptyRows) {
  EXPECT_EQ(good("\n\na,b\n\n1,2\n,\n\n").size(), 2U);
  EXPECT_EQ(good("a,b\n1,2\n,\n", {.skip_empty_rows = false}).size(), 3U);
  EXPECT_EQ(good("a\n\nx\n", {.skip_empty_rows = false}), (Rows{{"a"}, {""}, {"x"}}));
}

TEST(Csv, Delimiters) {
  EXPECT_EQ(good("a;b\n\"1,5\";2\n", {.delimiter = '\0'}), (Rows{{"a", "b"}, {"1,5", "2"}}));
  EXPECT_EQ(good("a\tb\n1\t2\n", {.delimiter = '\0'})[1], (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(good("\"a;;;\",b\n1,2\n", {.delimiter = '\0'})[0],
            (std::vector<std::string>{"a;;;", "b"}));
}

TEST(Csv, ErrorsNameTheLine) {
  EXPECT_THAT(complaint("a,b\n1,2\n3,\"open\nmore\n"), HasSubstr("f.csv:3: the quote opened here"));
  EXPECT_THAT(complaint("a,b\n\"x\ny\",2\n1,2,3\n"),
              HasSubstr("f.csv:4: 3 cells, the header has 2"));
  EXPECT_THAT(complaint("a,b\n\"x\"y,2\n"), HasSubstr("f.csv:2: text after a closing quote"));
  EXPECT_THAT(complaint(""), HasSubstr("f.csv: empty"));
  EXPECT_THAT(complaint("\n\r\n"), HasSubstr("f.csv: empty"));
  EXPECT_THAT(complaint("a\n\"x\nGr\xF6\xDF\"\n"), HasSubstr("f.csv:3: byte 0xF6 at offset 7"));
  EXPECT_THAT(complaint("\xFF\xFE"
                        "a"),
              HasSubstr("UTF-16"));
}

TEST(Csv, OtherEncodings) {
  EXPECT_EQ(good("a\nGr\xF6\xDF\x80\n", {.encoding = Encoding::cp1252})[1][0], "Größ€");
  EXPECT_EQ(good("\xEF\xBB\xBF"
                 "a\nGrö\n",
                 {.encoding = Encoding::latin_1})[1][0],
            "Grö")
      << "a byte order mark outranks the option";
}

TEST(Csv, GoesOnAfterABadRow) {
  Result<CsvReader> csv = CsvReader::from(memory_bytes("a,b\n1\n\"x\"y,2\n3,\xFF\n5,6\n"), "f", {});
  ASSERT_TRUE(csv.ok());
  std::vector<std::string> row;
  for (const std::size_t line : {2U, 3U, 4U}) {
    EXPECT_FALSE(csv->next(row).ok());
    EXPECT_FALSE(csv->broken());
    EXPECT_EQ(csv->line(), line);
  }
  EXPECT_TRUE(*csv->next(row));
  EXPECT_THAT(row, ElementsAre("5", "6"));
  EXPECT_FALSE(*csv->next(row));
}

TEST(Csv, FindsTheNextWholeRowBehindAStrayQuote) {
  const std::string good_row = ",\"text, with \"\"quotes\"\"\nand lines\n\"\n";
  for (const std::string& bad :
       {std::string("2,\"never closed\nx,y\nlast\n"), std::string("2,\"early\" end\nx,y\n\"\n"),
        std::string("2,\"one \" too many\"\n")}) {
    SCOPED_TRACE(bad);
    std::string text = "id,text\n1" + good_row + bad;
    for (int i = 3; i < 200; ++i) text += std::to_string(i) + good_row;
    Result<CsvReader> csv = CsvReader::from(memory_bytes(text), "f", {});
    ASSERT_TRUE(csv.ok());
    std::vector<std::string> row;
    std::vector<std::string> ids;
    std::size_t errors = 0;
    while (true) {
      const Result<bool> more = csv->next(row);
      ASSERT_FALSE(csv->broken());
      errors += more.ok() ? 0 : 1;
      if (!more.ok()) continue;
      if (!*more) break;
      EXPECT_EQ(row[1], "text, with \"quotes\"\nand lines\n");
      ids.push_back(row[0]);
    }
    EXPECT_EQ(errors, 1U);
    EXPECT_EQ(ids.size(), 198U);
    EXPECT_EQ(ids[1], "3");
  }
}

TEST(Csv, GzOfSeveralMembersAndPadding) {
  TempDir tmp;
  const std::string big(700'000, 'q');
  ASSERT_TRUE(write_file_atomic(tmp / "x.csv.gz",
                                gz("a,b\n1,\"") + gz(big) + gz("\"\n") + std::string(1000, '\0'))
                  .ok());
  for (const bool ahead : {false, true}) {
    Result<CsvReader> csv = CsvReader::open(tmp / "x.csv.gz", {.read_ahead = ahead});
    ASSERT_TRUE(csv.ok()) << csv.error().message;
    std::vector<std::string> row;
    Result<bool> more = csv->next(row);
    ASSERT_TRUE(more.ok()) << more.error().message;
    EXPECT_EQ(row[1], big);
    EXPECT_FALSE(*csv->next(row));
  }
}

TEST(Csv, RowsFromPointsInTheMiddle) {
  TempDir tmp;
  std::string text = "id,text\n";
  PyRandom random(3);
  for (int i = 0; i < 20'000; ++i) {
    text += std::to_string(i) + ",\"";
    for (int k = 0; k < 60; ++k)
      text += std::to_string(random.getrandbits(40)) + (k % 9 == 0 ? "\n" : " ");
    text += "\"\n";
  }
  // Several members: a point may lie behind the first.
  const std::string packed = gz(std::string_view(text).substr(0, 5'000'000)) +
                             gz(std::string_view(text).substr(5'000'000));
  ASSERT_TRUE(write_file_atomic(tmp / "p.csv.gz", packed).ok());
  ASSERT_TRUE(write_file_atomic(tmp / "p.csv", text).ok());
  for (const char* name : {"p.csv.gz", "p.csv"}) {
    ReadPoints points;
    Result<CsvReader> csv = CsvReader::open(tmp / name, {.points = &points});
    ASSERT_TRUE(csv.ok());
    std::vector<std::uint64_t> offsets;
    std::vector<std::string> row;
    while (*csv->next(row)) offsets.push_back(csv->row_offset());
    ASSERT_EQ(offsets.size(), 20'000U);
    const bool packed_file = std::string_view(name).ends_with("gz");
    EXPECT_EQ(points.point_of(offsets.back()) > 2U, packed_file);
    for (std::size_t i = 0; i < offsets.size(); i += 1999) {
      // This row, the one after the next and the last.
      std::vector<ByteSpan> spans;
      std::vector<std::size_t> wanted;
      for (const std::size_t k : {i, i + 2, offsets.size() - 1}) {
        if (k >= offsets.size() || (!wanted.empty() && k <= wanted.back())) continue;
        wanted.push_back(k);
        spans.push_back({offsets[k], k + 1 < offsets.size() ? offsets[k + 1] : text.size()});
      }
      Result<std::unique_ptr<ByteSource>> source = points.open_spans(tmp / name, spans);
      ASSERT_TRUE(source.ok()) << source.error().message;
      CsvReader rows = CsvReader::rows(*std::move(source), "p", csv->columns(), csv->options());
      for (const std::size_t k : wanted) {
        ASSERT_TRUE(*rows.next(row));
        EXPECT_EQ(row[0], std::to_string(k));
      }
      EXPECT_FALSE(*rows.next(row));
    }
    EXPECT_LE(points.bytes(), ReadPoints::kMost * 60'000);
    Result<std::unique_ptr<ByteSource>> behind =
        points.open_spans(tmp / name, {{text.size() + 100, text.size() + 200}});
    ASSERT_TRUE(behind.ok());
    std::array<char, 10> bytes{};
    EXPECT_THAT((*behind)->read(bytes).error().message, HasSubstr("start again"));
  }
}

TEST(Csv, TruncatedAndBrokenGz) {
  TempDir tmp;
  std::string text = "a,b\n";
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919 % 104729) + "," + "x\n";
  const std::string packed = gz(text);
  const auto try_bytes = [&](std::string bytes) {
    EXPECT_TRUE(write_file_atomic(tmp / "t.csv.gz", bytes).ok());
    Result<std::string> all = read_unpacked(tmp / "t.csv.gz");
    return all.ok() ? std::string("read") : all.error().message;
  };
  EXPECT_EQ(try_bytes(packed), "read");
  for (const std::size_t n : {packed.size() - 1, packed.size() - 8, packed.size() / 2,
                              std::size_t{11}, std::size_t{5}, std::size_t{2}}) {
    EXPECT_THAT(try_bytes(packed.substr(0, n)),
                HasSubstr("t.csv.gz: truncated gz at byte " + std::to_string(n)));
  }
  std::string wrong = packed;
  wrong[wrong.size() - 6] = static_cast<char>(wrong[wrong.size() - 6] ^ 1);
  EXPECT_THAT(try_bytes(wrong), HasSubstr("checksum"));
  EXPECT_THAT(try_bytes(packed + "rest"), HasSubstr("not gz near byte"));
  EXPECT_THAT(try_bytes("plain"), HasSubstr("the bytes are not gz"));
  EXPECT_THAT(try_bytes(""), HasSubstr("empty, not a gz file"));
}

TEST(Csv, ReadAheadStopsEarly) {
  TempDir tmp;
  ASSERT_TRUE(write_file_atomic(tmp / "x.csv", "a\n" + std::string(5'000'000, 'x')).ok());
  EXPECT_TRUE(CsvReader::open(tmp / "x.csv").ok());  // destroyed while the thread still reads
  EXPECT_EQ(CsvReader::open(tmp / "none.csv").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace clue
