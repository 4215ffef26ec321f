#include "models/hf_hub.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/hash.h"
#include "base/testing/test_server.h"
#include "models/model.h"
#include "models/tiny_model.h"

namespace clue::models {
namespace {
namespace fs = std::filesystem;
using clue::testing::TestConnection;
using clue::testing::TestRequest;
using clue::testing::TestServer;

const std::string kCommit(40, 'c');

// A hub with one repository "org/tiny": files are redirected to a storage server, which drops the
// connection halfway on first requests.
class Hub : public ::testing::Test {
 protected:
  Hub()
      : storage_([this](const TestRequest& r, TestConnection& c) { store(r, c); }),
        hub_([this](const TestRequest& r, TestConnection& c) { answer(r, c); }) {
    std::string name = (fs::temp_directory_path() / "clue-hub-XXXXXX").string();
    dir_ = mkdtemp(name.data());
    settings_.endpoint = hub_.url();
    settings_.cache = dir_ / "hub";
    settings_.retry_wait = 0.001;
    files_["model.Q4_K_M.gguf"] = std::string(100'000, 'q');
    files_["model.Q8_0.gguf"] = std::string(1000, '8');
    files_["README.md"] = "read me";
  }
  ~Hub() override { fs::remove_all(dir_); }

  void store(const TestRequest& r, TestConnection& c) {
    EXPECT_EQ(r.header("authorization"), "") << "the token must not reach the storage";
    const std::string& body = files_[r.path.substr(1)];
    std::size_t start = 0;
    if (r.header("range").starts_with("bytes=")) start = std::stoul(r.header("range").substr(6));
    const std::string status =
        start > 0 ? "206 P\r\nContent-Range: bytes " + std::to_string(start) + "-" +
                        std::to_string(body.size() - 1) + "/" + std::to_string(body.size())
                  : "200 OK";
    const std::size_t cut = start == 0 && truncate_ ? body.size() / 2 : body.size() - start;
    c.send_raw("HTTP/1.1 " + status + "\r\nETag: \"s\"\r\nContent-Length: " +
               std::to_string(body.size() - start) + "\r\n\r\n" + body.substr(start, cut));
    c.close_after();
  }

  void answer(const TestRequest& r, TestConnection& c) {
    if (!token_.empty() && r.header("authorization") != "Bearer " + token_) {
      return c.reply(401, "", "X-Error-Code: GatedRepo\r\nX-Error-Message: gated\r\n");
    }
    if (r.path.starts_with("/api/models/org/tiny/")) {
      nlohmann::json list;
      for (const auto& [name, body] : files_) list["siblings"].push_back({{"rfilename", name}});
      return c.reply(200, list.dump());
    }
    const std::string prefix = "/org/tiny/resolve/main/";
    const std::string name = r.path.starts_with(prefix) ? r.path.substr(prefix.size()) : "";
    if (!files_.contains(name)) return c.reply(404, "", "X-Error-Code: EntryNotFound\r\n");
    const std::string& body = files_[name];
    const std::string etag = wrong_hash_ ? std::string(64, '0') : sha256_hex(body);
    const std::string head = "HTTP/1.1 302 Found\r\nX-Repo-Commit: " + kCommit +
                             "\r\nX-Linked-Etag: \"" + etag +
                             "\"\r\nX-Linked-Size: " + std::to_string(body.size()) +
                             "\r\nLocation: http://localhost:" + std::to_string(storage_.port()) +
                             "/" + name + "\r\nContent-Length: 0\r\n\r\n";
    c.send_raw(head);
  }

  fs::path dir_;
  HubSettings settings_;
  std::map<std::string, std::string> files_;
  std::string token_;
  bool truncate_ = false, wrong_hash_ = false;
  TestServer storage_, hub_;
};

TEST_F(Hub, FetchesIntoTheSharedLayout) {
  truncate_ = true;  // the first half comes, then the line breaks: it goes on
  const auto file = fetch_hub_file({.repo = "org/tiny"}, settings_);
  ASSERT_TRUE(file) << file.error().message;
  const fs::path folder = settings_.cache / "models--org--tiny";
  EXPECT_EQ(file->path, folder / "snapshots" / kCommit / "model.Q4_K_M.gguf");
  EXPECT_TRUE(fs::is_symlink(file->path));
  EXPECT_EQ(read_file(file->path).value(), files_["model.Q4_K_M.gguf"]);
  EXPECT_EQ(read_file(folder / "refs" / "main").value(), kCommit);
  EXPECT_TRUE(fs::exists(folder / "blobs" / sha256_hex(files_["model.Q4_K_M.gguf"])));
  EXPECT_TRUE(file->downloaded);

  const auto again = fetch_hub_file({.repo = "org/tiny"}, settings_);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->downloaded);
  settings_.offline = true;
  settings_.endpoint = "http://192.0.2.1";
  const auto offline = fetch_hub_file({.repo = "org/tiny"}, settings_);
  ASSERT_TRUE(offline) << offline.error().message;
  EXPECT_EQ(offline->path, file->path);
}

TEST_F(Hub, SplitModelsComeWhole) {
  for (int i = 1; i <= 3; ++i) {
    files_["big-0000" + std::to_string(i) + "-of-00003.gguf"] = "part " + std::to_string(i);
  }
  const auto file =
      fetch_hub_file({.repo = "org/tiny", .file = "big-00001-of-00003.gguf"}, settings_);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->parts.size(), 3U);
  EXPECT_EQ(read_file(file->parts[2]).value(), "part 3");
}

TEST_F(Hub, WrongContentIsRefused) {
  wrong_hash_ = true;
  const auto file = fetch_hub_file({.repo = "org/tiny"}, settings_);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::data);
  EXPECT_FALSE(fs::exists(settings_.cache / "models--org--tiny" / "snapshots"));
}

TEST_F(Hub, SaysWhatIsMissing) {
  const auto none = fetch_hub_file({.repo = "org/tiny", .file = "x.gguf"}, settings_);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  token_ = "secret";
  const auto gated = fetch_hub_file({.repo = "org/tiny"}, settings_);
  EXPECT_EQ(gated.error().code, ErrorCode::denied);
  EXPECT_NE(gated.error().message.find("HF_TOKEN"), std::string::npos);
  settings_.token = token_;
  EXPECT_TRUE(fetch_hub_file({.repo = "org/tiny"}, settings_));
  settings_.offline = true;
  settings_.cache = dir_ / "other";
  EXPECT_NE(fetch_hub_file({.repo = "org/tiny"}, settings_).error().message.find("OFFLINE"),
            std::string::npos);
}

TEST_F(Hub, ModelsOpenByTheirName) {
  const fs::path tiny = dir_ / "tiny.gguf";
  ASSERT_TRUE(write_tiny_model(tiny.string(), {.parameters = 60'000}).ok());
  files_.clear();
  files_["tiny-Q4_K_M.gguf"] = read_file(tiny).value();
  ModelOptions options;
  options.threads = 1;
  options.retry_wait = 0.001;
  options.environment = {{"HF_ENDPOINT", hub_.url()},
                         {"HF_HOME", dir_.string()},
                         {"CLUE_CACHE", (dir_ / "cache").string()}};
  std::uint64_t most = 0, total = 0;
  options.download = [&](const std::string& file, std::uint64_t done, std::uint64_t all) {
    EXPECT_EQ(file, "tiny-Q4_K_M.gguf");
    most = std::max(most, done);
    total = all;
  };
  truncate_ = true;
  for (const char* spec : {"hf:org/tiny", "hf:org/tiny:tiny-Q4_K_M.gguf", "hf:org/tiny@main"}) {
    const auto model = open_model(spec, options);
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_EQ((*model)->info().content_hash, sha256_hex(files_["tiny-Q4_K_M.gguf"]));
  }
  EXPECT_EQ(most, fs::file_size(tiny));
  EXPECT_EQ(total, fs::file_size(tiny));
  const auto wrong = open_model("hf:org/none", options);
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("hf:org/none"), std::string::npos);
  options.environment["HF_HUB_OFFLINE"] = "1";
  EXPECT_TRUE(open_model("hf:org/tiny", options).ok());
  std::stop_source stopped;
  stopped.request_stop();
  options.stop = stopped.get_token();
  EXPECT_EQ(open_model("hf:org/tiny", options).error().code, ErrorCode::cancelled);
}

TEST(HubNames, AreParsedAndKeptInside) {
  const auto name = parse_hub_name("org/name@v1:sub/file.gguf");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->repo, "org/name");
  EXPECT_EQ(name->revision, "v1");
  EXPECT_EQ(name->file, "sub/file.gguf");
  for (const char* bad : {"name", "a/b/c", "a/..", "a/b:../x", "a/b@../x", "a/b:/x", "/a/b"}) {
    EXPECT_FALSE(parse_hub_name(bad)) << bad;
  }
}

TEST(HubNames, ChoosesOneFile) {
  EXPECT_EQ(choose_gguf("r", {"a.gguf", "x.txt"}).value(), "a.gguf");
  EXPECT_EQ(choose_gguf("r", {"a.Q2_K.gguf", "a.q4_k_m.gguf", "mmproj.gguf"}).value(),
            "a.q4_k_m.gguf");
  const auto several = choose_gguf("r", {"a.Q2_K.gguf", "a.Q8_0.gguf"});
  ASSERT_FALSE(several);
  EXPECT_NE(several.error().message.find("hf:r:a.Q8_0.gguf"), std::string::npos);
  EXPECT_EQ(choose_gguf("r", {"a-00001-of-00002.gguf", "a-00002-of-00002.gguf"}).value(),
            "a-00001-of-00002.gguf");
  EXPECT_FALSE(choose_gguf("r", {"model.safetensors"}));
}

TEST(HubNames, SettingsFromTheEnvironment) {
  const HubSettings s = hub_settings({{"HF_ENDPOINT", "http://h/"}, {"HF_HOME", "/x"}});
  EXPECT_EQ(s.endpoint, "http://h");
  EXPECT_EQ(s.cache, "/x/hub");
  EXPECT_TRUE(hub_settings({{"HF_HUB_OFFLINE", "1"}, {"HOME", "/h"}}).offline);
}

}  // namespace
}  // namespace clue::models
