#include "serve/review_state.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/py_random.h"

namespace clue::serve {
namespace {

using store::ReviewEntry;

ReviewEntry entry(std::int64_t id, const std::string& item, const std::string& who,
                  const std::string& action) {
  ReviewEntry e;
  e.id = id;
  e.item = item;
  e.reviewer = who;
  e.action = action;
  return e;
}

ReviewEntry edited(std::int64_t id, const std::string& item, const std::string& who,
                   const std::string& question) {
  ReviewEntry e = entry(id, item, who, "edit");
  e.question = question;
  e.answer = "An answer.";
  return e;
}

ReviewSet set_of(std::initializer_list<const char*> ids) {
  ReviewSet set;
  for (const char* id : ids) {
    ReviewItem item;
    item.id = id;
    item.question = "Old question?";
    item.answer = "Old answer.";
    item.record = R"({"note_id":"n","Question":"Old question?","Answer":"Old answer.","x":1})";
    set.items.push_back(item);
  }
  return set;
}

TEST(ReviewState, UndoBringsBackWhatStoodBefore) {
  std::vector<ReviewEntry> log = {entry(1, "i", "A", "accept"), entry(2, "i", "A", "reject")};
  EXPECT_EQ(store::in_force(log)["i"]["A"].action, "reject");
  EXPECT_EQ(store::ReviewState(log).last_entry("A", false)->id, 2);
  ReviewEntry undo = entry(3, "i", "A", "undo");
  undo.undone = 2;
  log.push_back(undo);
  EXPECT_EQ(store::in_force(log)["i"]["A"].action, "accept");
  EXPECT_EQ(store::ReviewState(log).last_entry("A", false)->id, 1);
  undo.id = 4;
  undo.undone = 1;
  log.push_back(undo);
  EXPECT_TRUE(store::in_force(log).empty());
  EXPECT_EQ(store::ReviewState(log).last_entry("A", false), nullptr);
  EXPECT_EQ(store::ReviewState(log).last_entry("B", false), nullptr);
}

TEST(ReviewState, EntryByEntryComesToWhatTheWholeLogComesTo) {
  PyRandom random(7);
  std::vector<ReviewEntry> log;
  store::ReviewState state;
  for (std::int64_t id = 1; id <= 400; ++id) {
    const std::string who = std::string(1, "ABC"[random.below(3)]);
    ReviewEntry e = entry(id, "i" + std::to_string(random.below(20)), who, "accept");
    e.final_word = who == "C";
    if (id % 3 == 0) {  // any earlier one, undone already or an undo itself
      e.action = "undo";
      e.undone = 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(id)));
    }
    log.push_back(e);
    state.add(e);

    std::set<std::int64_t> undone;
    for (const ReviewEntry& one : log) {
      if (one.action == "undo") undone.insert(one.undone);
    }
    std::map<std::string, std::map<std::string, std::int64_t>> expected, found;
    std::map<std::string, std::int64_t> last;
    for (const ReviewEntry& one : log) {
      if (one.action == "undo" || undone.contains(one.id)) continue;
      expected[one.item][one.reviewer] = one.id;
      last[one.reviewer] = one.id;
    }
    for (const auto& [item, by] : state.in_force()) {
      for (const auto& [reviewer, one] : by) found[item][reviewer] = one.id;
    }
    ASSERT_EQ(found, expected) << "after " << id;
    for (const char* reviewer : {"A", "B", "C"}) {
      const ReviewEntry* const one = state.last_entry(reviewer, *reviewer == 'C');
      ASSERT_EQ(one == nullptr ? 0 : one->id, last[reviewer]);
    }
  }
}

TEST(ReviewState, SettlesByAgreementElseByTheAdjudicator) {
  const ReviewSet set = set_of({"both", "one", "split", "ruled", "edits", "none"});
  std::vector<ReviewEntry> log = {
      entry(1, "both", "A", "accept"),  entry(2, "both", "B", "accept"),
      entry(3, "one", "A", "reject"),   entry(4, "split", "A", "accept"),
      entry(5, "split", "B", "reject"), entry(6, "ruled", "A", "accept"),
      entry(7, "ruled", "B", "reject"), edited(8, "edits", "A", "New?"),
      edited(9, "edits", "B", "Newer?")};
  ReviewEntry word = edited(10, "ruled", "adjudicator", "Settled?");
  word.final_word = true;
  log.push_back(word);
  const auto settled = settle(set, store::in_force(log));
  ASSERT_EQ(settled.size(), 6U);
  EXPECT_EQ(settled[0].verdict, Verdict::accepted);
  EXPECT_EQ(settled[0].question, "Old question?");
  EXPECT_EQ(settled[1].verdict, Verdict::rejected);
  EXPECT_EQ(settled[2].verdict, Verdict::disputed);
  EXPECT_EQ(settled[3].verdict, Verdict::accepted);
  EXPECT_EQ(settled[3].question, "Settled?");
  EXPECT_EQ(settled[4].verdict, Verdict::disputed) << "two edits that differ";
  EXPECT_EQ(settled[5].verdict, Verdict::open);

  const auto json = accepted_json(set, settled);
  ASSERT_TRUE(json);
  EXPECT_EQ(*json,
            "[\n"
            R"({"note_id":"n","Question":"Old question?","Answer":"Old answer.","x":1,)"
            R"("review":{"reviewers":2,"edited":false}},)"
            "\n"
            R"({"note_id":"n","Question":"Settled?","Answer":"An answer.","x":1,)"
            R"("review":{"reviewers":3,"edited":true}})"
            "\n]\n");
}

TEST(ReviewState, AgreementLeavesTheAdjudicatorOut) {
  std::vector<ReviewEntry> log;
  std::int64_t id = 0;
  const auto both = [&](const std::string& item, const char* a, const char* b) {
    log.push_back(entry(++id, item, "A", a));
    log.push_back(entry(++id, item, "B", b));
  };
  // 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: Cohen's kappa 0.4 (his own textbook table).
  for (int i = 0; i < 20; ++i) both("yy" + std::to_string(i), "accept", "accept");
  for (int i = 0; i < 5; ++i) both("yn" + std::to_string(i), "accept", "reject");
  for (int i = 0; i < 10; ++i) both("ny" + std::to_string(i), "reject", "accept");
  for (int i = 0; i < 15; ++i) both("nn" + std::to_string(i), "reject", "reject");
  ReviewEntry word = entry(++id, "yy0", "adjudicator", "reject");
  word.final_word = true;
  log.push_back(word);
  const auto found = agreement(store::in_force(log));
  ASSERT_EQ(found.size(), 2U);
  for (const PairAgreement& a : found) {
    EXPECT_EQ(a.n, 50U);
    EXPECT_DOUBLE_EQ(a.share, 0.7);
    ASSERT_TRUE(a.kappa);
    EXPECT_NEAR(*a.kappa, 0.4, 1e-12);
  }
}

TEST(ReviewState, RatingsAgreeScaleByScale) {
  std::vector<ReviewEntry> log;
  for (int i = 0; i < 4; ++i) {
    for (const char* who : {"A", "B"}) {
      ReviewEntry e =
          entry(static_cast<std::int64_t>(log.size()) + 1, std::to_string(i), who, "rate");
      e.ratings = {{"correct", i + 1}, {"concise", *who == 'A' ? 1 : 5}};
      log.push_back(e);
    }
  }
  const auto found = agreement(store::in_force(log));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].scale, "concise");
  EXPECT_EQ(found[0].share, 0);
  EXPECT_EQ(found[1].scale, "correct");
  EXPECT_NEAR(found[1].kappa.value_or(0), 1, 1e-12);
}

}  // namespace
}  // namespace clue::serve
