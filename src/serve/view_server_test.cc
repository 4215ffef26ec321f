#include "serve/view_server.h"

#include <cpp-httplib/httplib.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "store/run_store.h"

namespace clue::serve {
namespace {

TEST(ViewServer, ServesItsTokenOnlyToItsOwnName) {
  const auto dir =
      std::filesystem::temp_directory_path() / ("clue-view-" + std::to_string(::getpid()));
  {
    auto store = store::RunStore::create_or_open(dir, false);
    ASSERT_TRUE(store.ok()) << store.error().message;
    store::PassFacts facts;
    facts.spec.task = "meqsum";
    facts.model.name = "invented";
    ASSERT_TRUE(store->begin_pass(facts).ok());
    ASSERT_TRUE(store->commit().ok());
  }
  ViewOptions options;
  options.runs = {dir};
  options.token = "0123456789abcdef";
  auto server = ViewServer::start(options);
  ASSERT_TRUE(server.ok()) << server.error().message;
  const int port = (*server)->port();
  httplib::Client client("127.0.0.1", port);
  const auto status = [&](const std::string& path, const httplib::Headers& headers = {}) {
    const auto answer = client.Get(path, headers);
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(status("/"), 403);
  EXPECT_EQ(status("/?token=wrong"), 403);
  EXPECT_EQ(status("/report?token=0123456789abcdeX"), 403);
  EXPECT_EQ(status("/?token=0123456789abcdef"), 200);
  EXPECT_EQ(status("/?token=0123456789abcdef", {{"Host", "evil.example"}}), 403);
  EXPECT_EQ(status("/chunk/none?token=0123456789abcdef"), 404);
  const auto core = client.Get("/report?token=0123456789abcdef");
  ASSERT_TRUE(core);
  EXPECT_NE(core->body.find("\"schema\":\"clue.report\""), std::string::npos);
  EXPECT_NE(core->body.find("meqsum"), std::string::npos);
  (*server)->stop();
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace clue::serve
