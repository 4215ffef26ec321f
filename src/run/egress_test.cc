#include "run/egress.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/test_paths.h"

namespace clue::run {
namespace {

using core::DataUse;

class Egress : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& text, unsigned mode = 0600) {
    const auto file = dir.path() / "hosts.yaml";
    EXPECT_TRUE(write_file_atomic(file, text));
    chmod(file.c_str(), mode);
    return file;
  }
  TempDir dir;
};

constexpr const char* kHosts =
    "hosts:\n"
    "  - host: LLM.klinik.example\n    reason: data protection officer\n    until: 2030-01-31\n"
    "  - host: secret.klinik.example\n    reason: same\n    until: 2030-01-31\n    use: private\n"
    "  - host: old.klinik.example\n    reason: same\n    until: 2020-01-31\n    use: private\n";

TEST_F(Egress, OpenDataGoesAnywhere) {
  const auto rules = egress_rules(DataUse::open, "", dir.path() / "none", "2026-01-01");
  ASSERT_TRUE(rules);
  EXPECT_FALSE(rules->local_only);
}

TEST_F(Egress, GuardedDataStaysUnlessAReasonIsGiven) {
  const auto kept = egress_rules(DataUse::private_, "", dir.path() / "none", "2026-01-01");
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->local_only);
  EXPECT_TRUE(kept->hosts.empty() && kept->facts.empty());
  const auto sent = egress_rules(DataUse::private_, "contract 7", dir.path() / "none", "2026-01-01");
  ASSERT_TRUE(sent);
  EXPECT_FALSE(sent->local_only);
  EXPECT_EQ(sent->facts.at("allow_remote"), "contract 7");
}

TEST_F(Egress, HostsHoldTheirClassAndTheirDate) {
  const auto file = write(kHosts);
  const auto rules = egress_rules(DataUse::private_, "", file, "2030-01-31");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_EQ(rules->hosts, std::vector<std::string>{"secret.klinik.example"});
  ASSERT_EQ(rules->notes.size(), 1U);
  EXPECT_NE(rules->notes[0].find("old.klinik.example"), std::string::npos);
  const auto less = egress_rules(DataUse::credentialed, "", file, "2030-01-31");
  ASSERT_TRUE(less);
  EXPECT_EQ(less->hosts.size(), 2U);
  EXPECT_EQ(less->hosts[0], "llm.klinik.example");
  EXPECT_NE(less->facts.at("allowed_hosts").find("data protection officer"), std::string::npos);
  EXPECT_TRUE(egress_rules(DataUse::private_, "", file, "2030-02-01")->hosts.empty());
}

TEST_F(Egress, WrongListsAreErrorsWithTheirLine) {
  const auto message = [&](const std::string& text) {
    const auto hosts = read_hosts(write(text));
    return hosts ? "" : hosts.error().message;
  };
  EXPECT_NE(message("hosts:\n  - host: a.example\n    until: 2030-01-01\n").find(":2: reason"),
            std::string::npos);
  EXPECT_NE(message("hosts:\n  - host: https://a\n    reason: r\n    until: 2030-01-01\n").find("host"),
            std::string::npos);
  EXPECT_NE(message("hosts:\n  - host: a\n    reason: r\n    until: soon\n").find("YYYY"),
            std::string::npos);
  EXPECT_NE(message("hosts:\n  - host: a\n    tls: no\n").find(":3: tls"), std::string::npos);
  EXPECT_NE(message("a list\n").find(":1:"), std::string::npos);
  EXPECT_EQ(message(""), "");
  const auto open = read_hosts(write(kHosts, 0666));
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::denied);
}

TEST_F(Egress, TheLedgerAddsUpOverCommands) {
  auto store = store::RunStore::create_or_open(dir.path() / "run", true);
  ASSERT_TRUE(store);
  store::PassFacts facts;
  facts.spec.task = "mednli";
  const auto pass = store->begin_pass(facts);
  ASSERT_TRUE(pass);
  const Traffic total{"h:1", "127.0.0.1", 3, 100, 50};
  for (int command = 0; command < 2; ++command) {
    EgressLedger ledger;  // one for each model that was opened
    ASSERT_TRUE(ledger.record({total}, DataUse::private_, *store, *pass));
    ASSERT_TRUE(ledger.record({total}, DataUse::private_, *store, *pass));  // nothing new
  }
  const auto rows = store->passes();
  ASSERT_TRUE(rows);
  const auto entries = read_egress(rows->at(0).facts.extra.at("egress"));
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->at(0).traffic.requests, 6U);
  EXPECT_EQ(entries->at(0).traffic.bytes_sent, 200U);
  EXPECT_EQ(entries->at(0).use, "private");
}

}  // namespace
}  // namespace clue::run
