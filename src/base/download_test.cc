#include "base/download.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/files.h"
#include "base/hash.h"
#include "base/testing/test_server.h"

namespace clue {
namespace {

using testing::TestConnection;
using testing::TestRequest;
using testing::TestServer;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class Download : public ::testing::Test {
 protected:
  Download() {
    std::string name = (fs::temp_directory_path() / "clue-download-XXXXXX").string();
    dir_ = mkdtemp(name.data());
    for (int i = 0; i < 300'000; ++i) body_ += static_cast<char>('a' + i * 7 % 26);
  }
  ~Download() override { fs::remove_all(dir_); }

  DownloadRequest request(const std::string& url) {
    return {.url = url, .destination = dir_ / "file.bin", .retry_wait = 1ms};
  }
  std::string got() { return read_file(dir_ / "file.bin").value(); }

  // Serves body_ with ranges and an entity tag; a request is cut after `cut` bytes.
  TestServer::Handler ranged(std::size_t cut) {
    return [this, cut](const TestRequest& r, TestConnection& c) {
      std::size_t start = 0;
      const std::string range = r.header("range");
      const bool same = r.header("if-range").empty() || r.header("if-range") == etag_;
      if (range.starts_with("bytes=") && same) start = std::stoul(range.substr(6));
      std::string head = start > 0
                             ? "HTTP/1.1 206 Partial\r\nContent-Range: bytes " +
                                   std::to_string(start) + "-" + std::to_string(body_.size() - 1) +
                                   "/" + std::to_string(body_.size()) + "\r\n"
                             : "HTTP/1.1 200 OK\r\n";
      head += "ETag: " + etag_ + "\r\nContent-Length: " + std::to_string(body_.size() - start) +
              "\r\n\r\n";
      c.send_raw(head + body_.substr(start, cut));
      if (start + cut < body_.size()) c.close_after();
    };
  }

  fs::path dir_;
  std::string body_;
  std::string etag_ = "\"one\"";
};

TEST_F(Download, WholeFileWithChecksums) {
  TestServer server(ranged(body_.size()));
  DownloadRequest r = request(server.url());
  r.sha256 = sha256_hex(body_);
  r.git_blob = git_blob_sha1(body_);
  r.expected_size = body_.size();
  const auto d = download(r);
  ASSERT_TRUE(d) << d.error().message;
  EXPECT_TRUE(d->checked);
  EXPECT_EQ(got(), body_);
  EXPECT_FALSE(fs::exists(dir_ / "file.bin.part"));
  EXPECT_FALSE(fs::exists(dir_ / "file.bin.part.etag"));
}

TEST_F(Download, GoesOnAfterEachCut) {
  TestServer server(ranged(70'000));
  DownloadRequest r = request(server.url());
  r.sha256 = sha256_hex(body_);
  r.max_retries = 1;  // progress resets the count
  const auto d = download(r);
  ASSERT_TRUE(d) << d.error().message;
  EXPECT_EQ(got(), body_);
  EXPECT_GT(d->resumed_from, 0U);
  EXPECT_EQ(server.requests(), 5);
}

TEST_F(Download, AChangedFileStartsAgain) {
  ASSERT_TRUE(write_file_atomic(dir_ / "file.bin.part", "old bytes"));
  ASSERT_TRUE(write_file_atomic(dir_ / "file.bin.part.etag", "\"zero\"\n"));
  TestServer server(ranged(body_.size()));
  const auto d = download(request(server.url()));
  ASSERT_TRUE(d) << d.error().message;
  EXPECT_EQ(got(), body_);
}

TEST_F(Download, APartOfUnknownOriginIsNotTrusted) {
  ASSERT_TRUE(write_file_atomic(dir_ / "file.bin.part", "old bytes"));
  TestServer server(ranged(body_.size()));
  ASSERT_TRUE(download(request(server.url())));
  EXPECT_EQ(got(), body_);
}

TEST_F(Download, WrongContentIsNotKept) {
  TestServer server(ranged(body_.size()));
  DownloadRequest r = request(server.url());
  r.sha256 = std::string(64, '0');
  const auto d = download(r);
  ASSERT_FALSE(d);
  EXPECT_EQ(d.error().code, ErrorCode::data);
  EXPECT_FALSE(fs::exists(dir_ / "file.bin"));
  EXPECT_FALSE(fs::exists(dir_ / "file.bin.part"));
}

TEST_F(Download, StatusesBecomeErrors) {
  TestServer server([](const TestRequest& r, TestConnection& c) {
    c.reply(std::stoi(r.path.substr(1)), "go away");
  });
  DownloadRequest r = request(server.url() + "/403");
  r.sign_up = "sign the agreement at example.org";
  EXPECT_EQ(download(r).error().code, ErrorCode::denied);
  EXPECT_NE(download(r).error().message.find("sign the agreement"), std::string::npos);
  EXPECT_EQ(download(request(server.url() + "/401")).error().code, ErrorCode::denied);
  EXPECT_EQ(download(request(server.url() + "/404")).error().code, ErrorCode::not_found);
  r = request(server.url() + "/500");
  r.max_retries = 2;
  EXPECT_EQ(download(r).error().code, ErrorCode::unavailable);
  EXPECT_EQ(server.requests(), 4 + 3);
  r.url = "http://127.0.0.1:" + std::to_string(testing::unused_port());
  EXPECT_EQ(download(r).error().code, ErrorCode::unavailable);
}

TEST_F(Download, AsksForThePasswordOnceWanted) {
  TestServer server([](const TestRequest& r, TestConnection& c) {
    if (r.header("authorization") == "Basic dXNlcjpwYXNz") return c.reply(200, "data");
    c.reply(401, "", "WWW-Authenticate: Basic realm=\"x\"\r\n");
  });
  DownloadRequest r = request(server.url());
  r.user = "user";
  int asked = 0;
  r.password = [&]() -> Result<std::string> { return ++asked, std::string("pass"); };
  const auto d = download(r);
  ASSERT_TRUE(d) << d.error().message;
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(got(), "data");
}

TEST_F(Download, TokenStaysWithTheFirstHost) {
  std::string seen = "none yet";
  TestServer storage([&](const TestRequest& r, TestConnection& c) {
    seen = r.header("authorization");
    c.reply(200, "data");
  });
  TestServer hub([&](const TestRequest& r, TestConnection& c) {
    EXPECT_EQ(r.header("authorization"), "Bearer secret");
    c.reply(302, "", "Location: http://localhost:" + std::to_string(storage.port()) + "/\r\n");
  });
  DownloadRequest r = request(hub.url());
  r.bearer = "secret";
  const auto d = download(r);
  ASSERT_TRUE(d) << d.error().message;
  EXPECT_EQ(seen, "");
}

TEST_F(Download, StopKeepsThePart) {
  std::stop_source source;
  TestServer server([&](const TestRequest&, TestConnection& c) {
    c.send_raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
    source.request_stop();
    std::this_thread::sleep_for(1500ms);
    c.close_after();
  });
  DownloadRequest r = request(server.url());
  r.stop = source.get_token();
  const auto d = download(r);
  ASSERT_FALSE(d);
  EXPECT_EQ(d.error().code, ErrorCode::cancelled);
  EXPECT_EQ(fs::file_size(dir_ / "file.bin.part"), 3U);
}

TEST_F(Download, FullDiskIsNamed) {
  TestServer server(ranged(body_.size()));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{100'000, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto d = download(request(server.url()));
  setrlimit(RLIMIT_FSIZE, &old);
  ASSERT_FALSE(d);
  EXPECT_EQ(d.error().code, ErrorCode::io);
  EXPECT_NE(d.error().message.find("file.bin.part"), std::string::npos);
}

}  // namespace
}  // namespace clue
