#include "run/served.h"

#include <gtest/gtest.h>

#include "base/test_paths.h"

namespace clue::run {
namespace {

store::PassFacts facts_of(const std::string& endpoints,
                          const std::map<std::string, std::string>& says) {
  store::PassFacts facts;
  facts.spec.task = "echo";
  facts.spec.model_hash = "served";
  facts.created = "2024-05-01T10:00:00Z";
  facts.model.kind = "http";
  facts.model.name = "m";
  facts.model.details = says;
  facts.model.details["endpoints"] = endpoints;
  facts.model.details["retries"] = "3";  // of the session, not of the server
  return facts;
}

struct Folder {
  TempDir tmp;
  store::RunStore store = *store::RunStore::create_or_open(tmp / "run", false);

  /// One session; what it says to people.
  Result<std::vector<std::string>> session(const store::PassFacts& facts) {
    CLUE_TRY(const Served served, Served::begin(store, facts));
    CLUE_TRY(const store::PassId pass, store.begin_pass(facts));
    CLUE_OK(served.keep(store, pass));
    return served.notes;
  }
  std::vector<ServedBy> list() {
    const auto passes = store.passes();
    EXPECT_EQ(passes->size(), 1U);
    return *read_served(passes->front().facts.extra.at("servers"));
  }
};

TEST(Served, TheSameServerIsOneEntry) {
  Folder f;
  for (int i = 0; i < 3; ++i) {
    const auto notes = f.session(facts_of("http://a/v1", {{"server", "vllm"}}));
    ASSERT_TRUE(notes);
    EXPECT_TRUE(notes->empty());
  }
  ASSERT_EQ(f.list().size(), 1U);
  EXPECT_EQ(f.list()[0].sessions, 3);
  EXPECT_EQ(f.list()[0].says, (std::map<std::string, std::string>{{"server", "vllm"}}));
}

TEST(Served, AnotherAddressIsKeptAndADifferenceTold) {
  Folder f;
  ASSERT_TRUE(f.session(facts_of("http://a/v1", {{"server", "vllm"}, {"server_version", "1"}})));
  auto notes = f.session(facts_of("http://b/v1", {{"server", "vllm"}, {"server_version", "1"}}));
  ASSERT_TRUE(notes);
  EXPECT_TRUE(notes->empty()) << "an address says nothing about the model";
  notes = f.session(facts_of("http://b/v1", {{"server", "vllm"}, {"server_version", "2"}}));
  ASSERT_TRUE(notes);
  ASSERT_EQ(notes->size(), 1U);
  EXPECT_NE(notes->front().find("server_version: 1 before, 2 now"), std::string::npos);
  ASSERT_EQ(f.list().size(), 3U);
  EXPECT_EQ(f.list()[1].endpoints, "http://b/v1");
}

TEST(Served, OtherWeightsUnderTheNameAreRefused) {
  Folder f;
  ASSERT_TRUE(f.session(facts_of("http://a/v1", {{"parameters", "8000"}})));
  ASSERT_TRUE(f.session(facts_of("http://proxy/v1", {})));  // one that tells nothing
  const auto other = f.session(facts_of("http://b/v1", {{"parameters", "7000"}}));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("parameters: 8000 before, 7000 now"), std::string::npos);
  EXPECT_NE(other.error().message.find("-o"), std::string::npos);
  EXPECT_EQ(f.list().size(), 2U);
}

TEST(Served, ModelsWithoutAServerHaveNone) {
  Folder f;
  store::PassFacts facts = facts_of("", {});
  facts.model.kind = "llama";
  ASSERT_TRUE(f.session(facts));
  EXPECT_FALSE(f.store.passes()->front().facts.extra.contains("servers"));
}

TEST(Served, ReadsOnlyItsOwn) {
  EXPECT_TRUE(read_served("")->empty());
  EXPECT_FALSE(read_served("{}"));
  EXPECT_FALSE(read_served("[1]"));
  EXPECT_FALSE(read_served("nonsense"));
}

}  // namespace
}  // namespace clue::run
