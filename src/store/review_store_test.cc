#include "store/review_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

namespace clue::store {
namespace {
namespace fs = std::filesystem;

class Reviews : public ::testing::Test {
 protected:
  Reviews() {
    std::string name = (fs::temp_directory_path() / "clue-review-XXXXXX").string();
    dir_ = mkdtemp(name.data());
  }
  ~Reviews() override { fs::remove_all(dir_); }
  fs::path dir_;
};

ReviewEntry entry(const std::string& item, const std::string& who, const std::string& action,
                  const std::string& at) {
  ReviewEntry e;
  e.item = item;
  e.reviewer = who;
  e.action = action;
  e.at = at;
  return e;
}

TEST_F(Reviews, KeepsWhatWasDecidedInOrder) {
  {
    auto store = ReviewStore::open(dir_ / "r.db");
    ASSERT_TRUE(store) << store.error().message;
    ReviewEntry rating = entry("i1", "Ärztin", "rate", "t1");
    rating.ratings = {{"correct", 5}, {"concise", 2}};
    ASSERT_TRUE(store->append(rating));
    ASSERT_TRUE(store->append(entry("i2", "B", "reject", "t2")));
  }
  const auto read = ReviewStore::read(dir_ / "r.db");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].reviewer, "Ärztin");
  EXPECT_EQ((*read)[0].ratings.at("concise"), 2);
  EXPECT_EQ((*read)[1].action, "reject");
  EXPECT_EQ(fs::status(dir_ / "r.db").permissions() & fs::perms::all,
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Reviews, AKilledServerLosesNothingItConfirmed) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto store = ReviewStore::open(dir_ / "r.db");
    for (int i = 0; store; ++i) {
      if (!store->append(entry("i" + std::to_string(i), "A", "accept", "t"))) break;
      if (write(ends[1], "x", 1) != 1) break;
    }
    _exit(1);
  }
  close(ends[1]);
  char byte = 0;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(read(ends[0], &byte, 1), 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  std::size_t confirmed = 20;
  while (read(ends[0], &byte, 1) == 1) ++confirmed;
  close(ends[0]);
  const auto kept = ReviewStore::read(dir_ / "r.db");
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_GE(kept->size(), confirmed);
  EXPECT_LE(kept->size(), confirmed + 1);
}

TEST_F(Reviews, MergesAnotherMachinesEntriesOnce) {
  auto a = ReviewStore::open(dir_ / "a.db");
  auto b = ReviewStore::open(dir_ / "b.db");
  ASSERT_TRUE(a && b);
  ASSERT_TRUE(a->append(entry("i1", "A", "accept", "t1")));
  const auto first = b->append(entry("i1", "B", "reject", "t2"));
  ASSERT_TRUE(first);
  ReviewEntry undo = entry("i1", "B", "undo", "t3");
  undo.undone = *first;
  ASSERT_TRUE(b->append(undo));
  EXPECT_EQ(*a->merge(dir_ / "b.db"), 2U);
  EXPECT_EQ(*a->merge(dir_ / "b.db"), 0U);
  const auto all = a->entries();
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ((*all)[2].undone, (*all)[1].id);
  EXPECT_FALSE(a->merge(dir_ / "none.db"));
}

TEST_F(Reviews, ForeignFilesAreRefused) {
  EXPECT_TRUE(ReviewStore::read(dir_ / "none.db")->empty());
  FILE* f = fopen((dir_ / "x.db").c_str(), "w");
  fputs("words, no database, long enough to be read as one", f);
  fclose(f);
  EXPECT_FALSE(ReviewStore::open(dir_ / "x.db"));
}

}  // namespace
}  // namespace clue::store
