#include "base/http_client.h"

#include <gtest/gtest.h>

#include "base/testing/test_server.h"

namespace clue {
namespace {

using testing::TestConnection;
using testing::TestRequest;
using testing::TestServer;
using namespace std::chrono_literals;

TEST(HttpClient, PostsAndReadsHeadersAndBody) {
  TestServer server([](const TestRequest& r, TestConnection& c) {
    c.reply(201, r.method + " " + r.path + " " + r.body + " " + r.header("authorization"),
            "X-Extra: One\r\n");
  });
  HttpClient client;
  const HttpResponse r =
      client.fetch({.url = server.url() + "/a", .body = "hello", .bearer = "secret"});
  EXPECT_TRUE(r.ok()) << r.error;
  EXPECT_EQ(r.body, "POST /a hello Bearer secret");
  EXPECT_EQ(r.header("x-extra"), "One");
  ASSERT_EQ(client.traffic().size(), 1U);
  EXPECT_EQ(client.traffic()[0].address, "127.0.0.1");
  EXPECT_EQ(client.traffic()[0].requests, 1U);
  EXPECT_GT(client.traffic()[0].bytes_sent, 5U);
}

TEST(HttpClient, KeepsConnections) {
  TestServer server([](const TestRequest&, TestConnection& c) { c.reply(200, "x"); });
  HttpClient client;
  int done = 0, next = 0;
  for (; next < 8; ++next) client.start({.url = server.url()}, static_cast<std::uint64_t>(next));
  while (done < 400) {
    client.poll(100ms, [&](std::uint64_t, const HttpResponse& r) {
      EXPECT_TRUE(r.ok()) << r.error;
      ++done;
      if (next < 400) client.start({.url = server.url()}, static_cast<std::uint64_t>(next++));
    });
  }
  EXPECT_LE(server.connections(), 8);
}

TEST(HttpClient, NamesWhatWentWrong) {
  HttpClient client;
  const std::string refused = "http://127.0.0.1:" + std::to_string(testing::unused_port());
  EXPECT_EQ(client.fetch({.url = refused}).failure, HttpFailure::connect);
  EXPECT_EQ(client.fetch({.url = "http://no-such-host.invalid/"}).failure, HttpFailure::resolve);
  EXPECT_EQ(client.fetch({.url = "gopher://x"}).failure, HttpFailure::bad_url);

  TestServer plain([](const TestRequest&, TestConnection& c) { c.reply(200, "x"); });
  const std::string tls = "https://127.0.0.1:" + std::to_string(plain.port());
  EXPECT_EQ(client.fetch({.url = tls, .timeout = 2000ms}).failure, HttpFailure::tls);

  TestServer bad([](const TestRequest& r, TestConnection& c) {
    if (r.path == "/reset") return c.reset();
    if (r.path == "/short") {
      c.send_raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
      return c.close_after();
    }
    if (r.path == "/long") {
      c.send_raw("HTTP/1.1 200 OK\r\n\r\n");
      while (c.send_raw(std::string(65536, 'x'))) {
      }
      return;
    }
    std::this_thread::sleep_for(300ms);
    c.reply(200, "late");
  });
  EXPECT_EQ(client.fetch({.url = bad.url() + "/reset"}).failure, HttpFailure::broken);
  EXPECT_EQ(client.fetch({.url = bad.url() + "/short"}).failure, HttpFailure::broken);
  EXPECT_EQ(client.fetch({.url = bad.url() + "/long", .max_response_bytes = 1U << 20}).failure,
            HttpFailure::too_large);
  EXPECT_EQ(client.fetch({.url = bad.url() + "/slow", .timeout = 50ms}).failure,
            HttpFailure::timeout);
}

TEST(HttpClient, GuardLooksAtTheAddress) {
  HttpClient client({.loopback_only = true});
  const HttpResponse r = client.fetch({.url = "http://192.0.2.1:9/v1", .timeout = 2000ms});
  EXPECT_EQ(r.failure, HttpFailure::policy);
  EXPECT_NE(r.error.find("192.0.2.1"), std::string::npos);
  // An allowed host without TLS could be anyone: still refused.
  HttpClient listed({.loopback_only = true, .allowed_hosts = {"192.0.2.1"}});
  EXPECT_EQ(listed.fetch({.url = "http://192.0.2.1:9/v1", .timeout = 2000ms}).failure,
            HttpFailure::policy);
  TestServer server([](const TestRequest&, TestConnection& c) { c.reply(200, "x"); });
  EXPECT_TRUE(client.fetch({.url = server.url()}).ok());
}

TEST(HttpClient, GuardIgnoresProxies) {
  setenv("http_proxy", "http://192.0.2.1:9", 1);
  TestServer server([](const TestRequest&, TestConnection& c) { c.reply(200, "x"); });
  HttpClient client({.loopback_only = true});
  EXPECT_TRUE(client.fetch({.url = server.url(), .timeout = 2000ms}).ok());
  unsetenv("http_proxy");
}

TEST(HttpClient, GuardedTextFollowsNoRedirect) {
  TestServer server([](const TestRequest&, TestConnection& c) {
    c.reply(307, "", "Location: http://192.0.2.1/\r\n");
  });
  HttpClient client({.loopback_only = true});
  EXPECT_EQ(client.fetch({.url = server.url(), .follow_redirects = true}).status, 307);
}

TEST(HttpClient, ReadsHostsAndDates) {
  EXPECT_EQ(url_host("https://u@Example.org:80/x"), "example.org");
  EXPECT_EQ(url_host("http://[::1]:8080/v1"), "::1");
  EXPECT_TRUE(is_loopback_address("127.8.9.1"));
  EXPECT_TRUE(is_loopback_address("::ffff:127.0.0.1"));
  EXPECT_FALSE(is_loopback_address("10.0.0.1"));
  EXPECT_FALSE(is_loopback_address("::2"));
  const auto now = std::chrono::system_clock::from_time_t(784111777);  // the date below
  EXPECT_EQ(retry_after_seconds("120", now), 120);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:49:47 GMT", now), 10);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:49:30 GMT", now), 0);
  EXPECT_EQ(retry_after_seconds("soon", now), -1);
  EXPECT_EQ(url_escape_path("a b/ü"), "a%20b/%C3%BC");
}

}  // namespace
}  // namespace clue
