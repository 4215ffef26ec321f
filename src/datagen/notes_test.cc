#include "datagen/notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/files.h"
#include "base/py_random.h"
#include "base/test_archives.h"
#include "base/test_paths.h"

namespace clue::datagen {
namespace {

using ::testing::HasSubstr;

std::string letters_csv(std::size_t n, std::size_t broken) {
  std::string out = "note_id,subject_id,hadm_id,note_type,note_seq,charttime,storetime,text\n";
  for (std::size_t i = 0; i < n; ++i) {
    const std::string id = std::to_string(i);
    if (i == broken) {
      out += id + ",too,few\n";
      continue;
    }
    out +=
        id + "-DS-1," + id + ",2" + id + ",DS,1,,,\"Letter " + id + "\r\nsecond \"\"line\"\"\n\"\n";
  }
  return out;
}

TEST(Notes, ShufflesAllLettersBeforeTheFilter) {
  TempDir tmp;
  ASSERT_TRUE(write_file_atomic(tmp / "n.csv.gz", gz(letters_csv(50, 7))).ok());
  LetterProfile p;
  Result<Selection> s = select_notes(
      tmp / "n.csv.gz", p,
      {.seed = 44, .max_notes = 5, .accept = [](const Note& n) { return n.index % 3 == 0; }});
  ASSERT_TRUE(s.ok()) << s.error().message;
  EXPECT_EQ(s->counts.letters, 50U);
  EXPECT_EQ(s->counts.bad_rows, 1U);
  EXPECT_THAT(s->counts.problems[0], HasSubstr("3 cells, the header has 8"));
  EXPECT_EQ(s->accepted, 17U);
  std::vector<std::size_t> order(50);
  std::iota(order.begin(), order.end(), std::size_t{0});
  PyRandom(44).shuffle(order);
  std::erase_if(order, [](std::size_t i) { return i % 3 != 0; });
  ASSERT_EQ(s->notes.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(s->notes[i].index, order[i]);
    EXPECT_EQ(s->notes[i].text, "Letter " + std::to_string(order[i]) + "\nsecond \"line\"\n");
    EXPECT_EQ(s->notes[i].admission, "2" + std::to_string(order[i]));
  }
}

TEST(Notes, FolderAndJsonLines) {
  TempDir tmp;
  ASSERT_TRUE(write_file_atomic(tmp / "b.txt", "zwei\r\n").ok());
  ASSERT_TRUE(write_file_atomic(tmp / "a.TXT", "eins").ok());
  ASSERT_TRUE(write_file_atomic(tmp / "c.txt", "Gr\xF6\xDF").ok());
  ASSERT_TRUE(write_file_atomic(tmp / "l.jsonl", "{\"name\":\"x\",\"body\":\"t\"}\n").ok());
  LetterProfile p;
  std::string seen;
  const auto visit = [&](Note& n) {
    seen += n.id + "=" + n.text + ";";
    return true;
  };
  Result<NoteCounts> counts = for_each_note(tmp.path(), p, visit);
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(seen, "a=eins;b=zwei\n;c=Größ;");
  EXPECT_EQ(counts->bad_rows, 0U);
  EXPECT_EQ(counts->guessed, 1U);
  p.encoding = Encoding::utf_8;
  EXPECT_EQ(for_each_note(tmp.path(), p, visit)->bad_rows, 1U);
  p.encoding = Encoding::automatic;
  p.text_column = "body";
  p.id_column = "name";
  seen.clear();
  ASSERT_TRUE(for_each_note(tmp / "l.jsonl", p, visit).ok());
  EXPECT_EQ(seen, "x=t;");
}

TEST(Notes, JsonLinesAreAStreamWithBadRows) {
  TempDir tmp;
  const std::string lines =
      "{\"note_id\":\"a\",\"text\":\"eins\",\"hadm_id\":7}\n\n{\"note_id\":\"b\"}\n[1]\nno json\n"
      "{\"text\":\"zwei\"}";
  ASSERT_TRUE(write_file_atomic(tmp / "l.jsonl.gz", gz(lines)).ok());
  std::string seen;
  Result<NoteCounts> counts = for_each_note(tmp / "l.jsonl.gz", {}, [&](Note& n) {
    seen += n.id + "/" + n.admission + "=" + n.text + ";";
    return true;
  });
  ASSERT_TRUE(counts.ok()) << counts.error().message;
  EXPECT_EQ(seen, "a/7=eins;4/=zwei;");
  EXPECT_EQ(counts->letters, 5U);
  ASSERT_EQ(counts->bad_rows, 3U);
  EXPECT_THAT(counts->problems[0], HasSubstr("l.jsonl.gz:3: no \"text\""));
  LetterProfile other;
  other.text_column = "body";
  EXPECT_THAT(for_each_note(tmp / "l.jsonl.gz", other, [](Note&) { return true; }).error().message,
              HasSubstr("no column \"body\"; the file has: hadm_id, note_id, text"));
}

TEST(Notes, KeepIsAskedInTheShuffledOrderUntilEnough) {
  TempDir tmp;
  ASSERT_TRUE(write_file_atomic(tmp / "n.csv", letters_csv(300, 9999)).ok());
  std::vector<std::size_t> order(300);
  std::iota(order.begin(), order.end(), std::size_t{0});
  PyRandom(44).shuffle(order);
  std::vector<std::size_t> asked;
  Result<Selection> s =
      select_notes(tmp / "n.csv", {}, {.max_notes = 40, .keep = [&](const Note& n) {
                                         asked.push_back(n.index);
                                         return n.index % 7 == 0;  // refuses many: several fetches
                                       }});
  ASSERT_TRUE(s.ok()) << s.error().message;
  EXPECT_EQ(s->notes.size(), 40U);
  EXPECT_EQ(s->looked_at, asked.size());
  ASSERT_LE(asked.size(), order.size());
  order.resize(asked.size());
  EXPECT_EQ(asked, order);
  EXPECT_EQ(s->notes.back().index, asked.back());
}

TEST(Notes, FetchesPastABrokenRow) {
  TempDir tmp;
  std::string text = letters_csv(300, 9999);
  const std::size_t closing = text.find("\"\n151-DS-1");
  ASSERT_NE(closing, std::string::npos);
  text.erase(closing, 1);
  ASSERT_TRUE(write_file_atomic(tmp / "n.csv.gz", gz(text)).ok());
  Result<Selection> s = select_notes(tmp / "n.csv.gz", {}, {});
  ASSERT_TRUE(s.ok()) << s.error().message;
  EXPECT_EQ(s->counts.bad_rows, 1U);
  ASSERT_EQ(s->notes.size(), 299U);
  for (const Note& n : s->notes) EXPECT_EQ(n.id, std::to_string(n.index) + "-DS-1");
}

TEST(Notes, EncodingsOfTables) {
  TempDir tmp;
  ASSERT_TRUE(write_file_atomic(tmp / "w.csv", "note_id;text\n1;Gr\xF6\xDF" "e\n2;ok\n").ok());
  ASSERT_TRUE(write_file_atomic(tmp / "u.csv", "note_id;text\n1;Größe\n2;Gr\xF6\n").ok());
  const auto read = [&](const char* name) {
    std::string seen;
    Result<NoteCounts> counts = for_each_note(tmp / name, {}, [&](Note& n) {
      seen += n.text + ";";
      return true;
    });
    EXPECT_TRUE(counts.ok());
    return seen + std::to_string(counts->guessed) + "/" + std::to_string(counts->bad_rows);
  };
  EXPECT_EQ(read("w.csv"), "Größe;ok;2/0");
  EXPECT_EQ(read("u.csv"), "Größe;0/1") << "a wrong byte in a UTF-8 file is a bad row";
}

TEST(Profile, ShippedOnesAndColumns) {
  EXPECT_THAT(profile_names(), ::testing::ElementsAre("grascco", "mimic-iv", "mtsamples"));
  Result<LetterProfile> p = load_profile("mimic-iv");
  ASSERT_TRUE(p.ok());
  EXPECT_EQ(p->admission_column, "hadm_id");
  ASSERT_TRUE(map_columns("note_id=nr, text=brief", *p).ok());
  EXPECT_EQ(p->id_column, "nr");
  EXPECT_EQ(p->text_column, "brief");
  EXPECT_EQ(p->admission_column, "hadm_id");
  EXPECT_EQ(map_columns("text", *p).error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(load_profile("mimic").error().message, HasSubstr("mimic-iv"));
}

TEST(Notes, FatalErrors) {
  TempDir tmp;
  LetterProfile p;
  const auto ignore = [](Note&) { return true; };
  EXPECT_EQ(for_each_note(tmp / "no.csv", p, ignore).error().code, ErrorCode::not_found);
  EXPECT_THAT(for_each_note(tmp.path(), p, ignore).error().message, HasSubstr("no .txt or .docx file"));
  ASSERT_TRUE(write_file_atomic(tmp / "x.csv", "note_id,txt\n1,2\n").ok());
  EXPECT_THAT(for_each_note(tmp / "x.csv", p, ignore).error().message,
              HasSubstr("no column \"text\"; the file has: note_id, txt; did you mean \"txt\""));
  const std::string packed = gz(letters_csv(2000, 9999));
  ASSERT_TRUE(write_file_atomic(tmp / "t.csv.gz", packed.substr(0, packed.size() / 2)).ok());
  EXPECT_THAT(for_each_note(tmp / "t.csv.gz", p, ignore).error().message,
              HasSubstr("truncated gz"));
}

}  // namespace
}  // namespace clue::datagen
