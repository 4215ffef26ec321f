#include "serve/review_server.h"

#include <cpp-httplib/httplib.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "store/review_store.h"
#include "store/run_store.h"

namespace clue::serve {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

/// A person with an address: what the page does.
class Person {
 public:
  explicit Person(const std::string& url)
      : token_(url.substr(url.find("token="))), client_(url.substr(0, url.find("/?"))) {}
  json get(const std::string& path) {
    const auto answer = client_.Get("/" + path + "?" + token_);
    status = answer ? answer->status : 0;
    return answer ? json::parse(answer->body, nullptr, false) : json();
  }
  json post(const std::string& path, const json& body,
            const std::string& type = "application/json") {
    const auto answer = client_.Post("/" + path + "?" + token_, body.dump(), type);
    status = answer ? answer->status : 0;
    return answer ? json::parse(answer->body, nullptr, false) : json();
  }
  int status = 0;

 private:
  std::string token_;
  httplib::Client client_;
};

class Review : public ::testing::Test {
 protected:
  Review() {
    std::string name = (fs::temp_directory_path() / "clue-review-XXXXXX").string();
    dir_ = mkdtemp(name.data());
    const json records = json::array(
        {{{"note_id", "n1"},
          {"discharge_summary", "Ward 3.\nThe scan of the lungs showed no clot at all.\nEnd."},
          {"Question", "What did the scan show?"},
          {"Answer", "The scan of your lungs showed no clot."}},
         {{"note_id", "n2"},
          {"discharge_summary", "Zweiter Brief, Frau Müßig."},
          {"Question", "Q2 <script>alert(1)</script>?"},
          {"Answer", "A2."}}});
    EXPECT_TRUE(write_file_atomic(dir_ / "set.json", records.dump()));
    options_.log = dir_ / "set.review.db";
    options_.reviewers = {"Anna", "Ben"};
  }
  ~Review() override { fs::remove_all(dir_); }
  std::unique_ptr<ReviewServer> start() {
    auto set = read_pairs(dir_ / "set.json");
    EXPECT_TRUE(set) << set.error().message;
    auto server = ReviewServer::start(*std::move(set), options_);
    EXPECT_TRUE(server) << server.error().message;
    return *std::move(server);
  }
  fs::path dir_;
  ReviewOptions options_;
};

TEST_F(Review, EachAddressIsOnePersonAndBlind) {
  const auto server = start();
  ASSERT_EQ(server->addresses().size(), 3U);
  Person anna(server->addresses()[0].url), ben(server->addresses()[1].url),
      judge(server->addresses()[2].url);
  const json set = anna.get("set");
  EXPECT_EQ(set["who"], "Anna");
  EXPECT_EQ(set["kind"], "pairs");
  const std::string first = set["items"][0]["id"];
  const json item = anna.get("item/" + first);
  EXPECT_EQ(item["letter"][1], "The scan of the lungs showed no clot at all.");
  EXPECT_EQ(anna.post("decide", {{"item", first}, {"action", "accept"}})["state"], "accept");
  EXPECT_EQ(ben.get("set")["items"][0]["state"], "") << "blind to each other";
  EXPECT_TRUE(ben.get("item/" + first)["others"].empty());
  EXPECT_EQ(
      ben.post("decide", {{"item", first}, {"action", "reject"}, {"reason", "trivial"}})["state"],
      "reject");
  EXPECT_EQ(judge.get("summary")["disputed"], json::array({first}));
  EXPECT_EQ(judge.get("item/" + first)["others"].size(), 2U);
  anna.get("summary");
  EXPECT_EQ(anna.status, 403);
  anna.get("export");
  EXPECT_EQ(anna.status, 403);
  judge.post("decide", {{"item", first},
                        {"action", "edit"},
                        {"question", "What did the lung scan show?"},
                        {"answer", "No clot."}});
  const json accepted = judge.get("export");
  ASSERT_EQ(accepted.size(), 1U);
  EXPECT_EQ(accepted[0]["Answer"], "No clot.");
  EXPECT_EQ(accepted[0]["discharge_summary"].get<std::string>().substr(0, 7), "Ward 3.");
}

TEST_F(Review, DecisionsSurviveTheServerAndCanBeTakenBack) {
  std::string id;
  {
    const auto server = start();
    Person anna(server->addresses()[0].url);
    id = anna.get("set")["items"][1]["id"];
    anna.post("decide", {{"item", id}, {"action", "accept"}});
    anna.post("decide", {{"item", id}, {"action", "reject"}, {"reason", "trivial"}});
  }
  const auto server = start();
  Person anna(server->addresses()[0].url);
  EXPECT_EQ(anna.get("set")["items"][1]["state"], "reject");
  EXPECT_EQ(anna.post("undo", json::object())["item"], id);
  EXPECT_EQ(anna.get("set")["items"][1]["state"], "accept");
  anna.post("undo", json::object());
  anna.post("undo", json::object());
  EXPECT_EQ(anna.status, 404);
}

TEST_F(Review, TwoServersAtOneFileSeeEachOther) {
  const auto one = start();
  const auto two = start();
  Person anna(one->addresses()[0].url), ben(two->addresses()[1].url),
      judge(two->addresses()[2].url);
  const std::string id = anna.get("set")["items"][0]["id"];
  anna.post("decide", {{"item", id}, {"action", "accept"}});
  ben.post("decide", {{"item", id}, {"action", "reject"}, {"reason", "trivial"}});
  json summary = judge.get("summary");
  EXPECT_EQ(summary["disputed"], json::array({id}));
  EXPECT_EQ(summary["progress"], (json{{"Anna", 1}, {"Ben", 1}}));
  anna.post("undo", json::object());
  summary = judge.get("summary");
  EXPECT_EQ(summary["counts"]["rejected"], 1);
  EXPECT_EQ(anna.get("set")["items"][0]["state"], "");
}

TEST_F(Review, RefusesWhatIsNotADecision) {
  const auto server = start();
  Person anna(server->addresses()[0].url);
  const std::string id = anna.get("set")["items"][0]["id"];
  for (const json& wrong :
       {json{{"item", "none"}, {"action", "accept"}}, json{{"item", id}, {"action", "burn"}},
        json{{"item", id}, {"action", "reject"}, {"reason", "  "}},
        json{{"item", id}, {"action", "edit"}, {"question", "Q"}}, json::array(), json{}}) {
    const json said = anna.post("decide", wrong);
    EXPECT_GE(anna.status, 400) << wrong.dump();
    EXPECT_TRUE(said.contains("error")) << wrong.dump();
  }
  anna.post("decide", {{"item", id}, {"action", "accept"}}, "text/plain");
  EXPECT_EQ(anna.status, 415) << "a foreign page's form cannot decide";
  EXPECT_EQ(anna.get("set")["items"][0]["state"], "");
  const std::string url = server->addresses()[0].url;
  httplib::Client stranger(url.substr(0, url.find("/?")));
  EXPECT_EQ(stranger.Get("/")->status, 403);
  const httplib::Headers foreign = {{"Host", "evil.example"}};
  EXPECT_EQ(stranger.Get("/?" + url.substr(url.find("token=")), foreign)->status, 403);
}

TEST_F(Review, OutputsAreRatedBlindToTheModel) {
  for (const char* name : {"alpha", "beta"}) {
    auto store = store::RunStore::create_or_open(dir_ / name, false);
    ASSERT_TRUE(store);
    store::PassFacts facts;
    facts.spec.task = "medisumqa";
    facts.spec.model_hash = name;
    facts.model.name = name;
    facts.planned = 1;
    const auto pass = store->begin_pass(facts);
    ASSERT_TRUE(pass);
    core::Sample sample;
    sample.id = "7";
    sample.targets = {"No clot was seen."};
    core::Prompt prompt;
    prompt.sample = "7";
    prompt.messages = {{core::Role::user, "Letter: no clot was seen.\nWhat was seen?"}};
    core::Generation answer;
    answer.text = std::string("Answer of ") + (*name == 'a' ? "one" : "two");
    ASSERT_TRUE(store->put_generation(*pass, 0, sample, prompt, answer));
    ASSERT_TRUE(store->commit());
  }
  auto set = read_outputs({dir_ / "alpha", dir_ / "beta"}, {});
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_EQ(set->items.size(), 2U);
  options_.reviewers = {"Anna"};
  const auto server = ReviewServer::start(*std::move(set), options_);
  ASSERT_TRUE(server) << server.error().message;
  Person anna((*server)->addresses()[0].url);
  const json shown = anna.get("set");
  EXPECT_EQ(shown.dump().find("alpha"), std::string::npos);
  for (const json& row : shown["items"]) {
    const std::string id = row["id"];
    EXPECT_EQ(anna.get("item/" + id).dump().find("beta"), std::string::npos);
    anna.post("decide", {{"item", id}, {"action", "rate"}, {"ratings", {{"correct", 6}}}});
    EXPECT_EQ(anna.status, 400);
    anna.post("decide", {{"item", id},
                         {"action", "rate"},
                         {"ratings", {{"correct", 5}, {"complete", 4}, {"concise", 3}}}});
    EXPECT_EQ(anna.status, 200);
  }
  for (const char* name : {"alpha", "beta"}) {
    const auto log = store::ReviewStore::read(ratings_file(dir_ / name));
    ASSERT_TRUE(log);
    ASSERT_EQ(log->size(), 1U) << "each run keeps its own";
    EXPECT_EQ((*log)[0].ratings.at("complete"), 4);
  }
}

TEST(ReviewSets, ErrorsNameTheRecord) {
  std::string name = (fs::temp_directory_path() / "clue-review-XXXXXX").string();
  const fs::path dir = mkdtemp(name.data());
  ASSERT_TRUE(write_file_atomic(dir / "a.json", R"([{"discharge_summary":"L","Question":"Q"}])"));
  const auto set = read_pairs(dir / "a.json");
  ASSERT_FALSE(set);
  EXPECT_NE(set.error().message.find("a.json: record 1: no \"Answer\""), std::string::npos)
      << set.error().message;
  ASSERT_TRUE(write_file_atomic(dir / "b.jsonl",
                                "{\"discharge_summary\":\"L\",\"Question\":\"Q\","
                                "\"Answer\":\"A\"}\n{\"Question\": 3}\n"));
  EXPECT_NE(read_pairs(dir / "b.jsonl").error().message.find("b.jsonl:2"), std::string::npos);
  ASSERT_TRUE(write_file_atomic(dir / "c.json", ""));
  EXPECT_FALSE(read_pairs(dir / "c.json"));
  fs::remove_all(dir);
}

}  // namespace
}  // namespace clue::serve
