#include "run/catalogue.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/files.h"
#include "base/testing/test_server.h"

namespace clue::run {
namespace {
namespace fs = std::filesystem;
using clue::testing::TestConnection;
using clue::testing::TestRequest;
using clue::testing::TestServer;

class Catalogue : public ::testing::Test {
 protected:
  Catalogue() {
    std::string name = (fs::temp_directory_path() / "clue-catalogue-XXXXXX").string();
    dir_ = mkdtemp(name.data());
  }
  ~Catalogue() override { fs::remove_all(dir_); }
  fs::path dir_;
  // "hello\n" has this git blob id.
  Source hello_{.name = "hello",
                .file = "Greet/hello.txt",
                .url = "unused",
                .page = "the page",
                .licence = "CC0",
                .sha256 = "",
                .git_blob = "ce013625030ba8dba906f756967f9e9ca394464a",
                .task = "greet",
                .how = ""};
};

TEST_F(Catalogue, NamesAreUniqueAndEntriesWhole) {
  for (const Source& a : catalogue()) {
    EXPECT_EQ(*find_source(a.name), &a);
    EXPECT_FALSE(a.licence.empty()) << a.name;
    EXPECT_TRUE(!a.url.empty() || !a.how.empty()) << a.name;
    EXPECT_TRUE(a.sha256.empty() || a.sha256.size() == 64) << a.name;
    EXPECT_TRUE(a.git_blob.empty() || a.git_blob.size() == 40) << a.name;
  }
  EXPECT_FALSE(find_source("meqsumm"));
}

TEST_F(Catalogue, FindsInFoldersWithoutCase) {
  EXPECT_EQ(check_source(hello_, {dir_}).state, SourceState::missing);
  ASSERT_TRUE(make_dirs(dir_ / "GREET"));
  ASSERT_TRUE(write_file_atomic(dir_ / "GREET" / "hello.txt", "hello\n"));
  EXPECT_EQ(check_source(hello_, {dir_}).state, SourceState::verified);
  ASSERT_TRUE(write_file_atomic(dir_ / "GREET" / "hello.txt", "hallo\n"));
  EXPECT_EQ(check_source(hello_, {dir_}).state, SourceState::changed);
}

TEST_F(Catalogue, FetchesAndChecks) {
  TestServer server([](const TestRequest&, TestConnection& c) { c.reply(200, "hello\n"); });
  const FetchOptions options{.folder = dir_, .url = server.url()};
  const auto first = fetch_source(hello_, options);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->downloaded && first->checked);
  EXPECT_FALSE(fetch_source(hello_, options)->downloaded);
}

TEST_F(Catalogue, CredentialedDataNamesTheAgreement) {
  TestServer server([](const TestRequest& r, TestConnection& c) {
    if (r.header("authorization").empty()) {
      return c.reply(401, "", "WWW-Authenticate: Basic realm=\"x\"\r\n");
    }
    c.reply(403, "no agreement");
  });
  const Source& mednli = **find_source("mednli");
  const auto without = fetch_source(mednli, {.folder = dir_});
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().message.find("--physionet-user"), std::string::npos);
  FetchOptions options{.folder = dir_, .user = "me", .url = server.url()};
  options.password = [] { return Result<std::string>(std::string("secret")); };
  const auto forbidden = fetch_source(mednli, options);
  ASSERT_FALSE(forbidden);
  EXPECT_EQ(forbidden.error().code, ErrorCode::denied);
  EXPECT_NE(forbidden.error().message.find("agreement"), std::string::npos);
  EXPECT_EQ(forbidden.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace clue::run
