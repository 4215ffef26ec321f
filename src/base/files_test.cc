#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "base/clock.h"
#include "base/test_paths.h"

namespace clue {
namespace {

using ::testing::HasSubstr;

TEST(Files, RoundTripAndReplace) {
  TempDir tmp;
  const auto path = tmp / "a.txt";
  ASSERT_TRUE(write_file_atomic(path, "one").ok());
  ASSERT_TRUE(write_file_atomic(path, std::string("two\0three", 9)).ok());
  EXPECT_EQ(*read_file(path), std::string("two\0three", 9));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(tmp.path()), {}), 1)
      << "no left-overs";
}

TEST(Files, PrivateModeIsPrivate) {
  TempDir tmp;
  ASSERT_TRUE(write_file_atomic(tmp / "letter", "x", kPrivateFile).ok());
  struct stat info {};
  ASSERT_EQ(::stat((tmp / "letter").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(Files, MissingFileFolderAndLimit) {
  TempDir tmp;
  const Result<std::string> missing = read_file(tmp / "none.csv");
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr("none.csv: no such file"));
  EXPECT_THAT(read_file(tmp.path()).error().message, HasSubstr("it is a folder"));
  ASSERT_TRUE(write_file_atomic(tmp / "big", "12345").ok());
  EXPECT_EQ(read_file(tmp / "big", 4).error().code, ErrorCode::data);
  EXPECT_TRUE(read_file(tmp / "big", 5).ok());
}

TEST(Files, PermissionDeniedIsNamed) {
  if (::geteuid() == 0) {
    EXPECT_THAT(file_error("write", "x", EACCES).message, HasSubstr("permission denied"));
    return;  // root may write anywhere
  }
  TempDir tmp;
  ASSERT_EQ(::chmod(tmp.path().c_str(), 0500), 0);
  EXPECT_THAT(write_file_atomic(tmp / "x", "y").error().message, HasSubstr("permission denied"));
  ASSERT_EQ(::chmod(tmp.path().c_str(), 0700), 0);
}

TEST(Files, FileSizeLimitLeavesTheOldFileWhole) {
  TempDir tmp;
  ASSERT_TRUE(write_file_atomic(tmp / "x", "old").ok());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = write_file_atomic(tmp / "x", std::string(100'000, 'y'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::io);
  EXPECT_THAT(status.error().message, HasSubstr("allowed size"));
  EXPECT_EQ(*read_file(tmp / "x"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(tmp.path()), {}), 1);
}

TEST(Files, FullDiskIsNamed) {
  EXPECT_THAT(file_error("write", "run.db", ENOSPC).message, HasSubstr("the disk is full"));
  if (::access("/dev/full", W_OK) == 0) {
    // Renaming over a device is refused or wrong, so only the message is tried here.
    EXPECT_EQ(file_error("write", "/dev/full", ENOSPC).code, ErrorCode::io);
  }
}

TEST(Files, MakeDirs) {
  TempDir tmp;
  EXPECT_TRUE(make_dirs(tmp / "a/b/c").ok());
  EXPECT_TRUE(make_dirs(tmp / "a/b/c").ok());
  ASSERT_TRUE(write_file_atomic(tmp / "file", "x").ok());
  EXPECT_FALSE(make_dirs(tmp / "file/sub").ok());
  EXPECT_FALSE(make_dirs(tmp / "file").ok());
}

TEST(Files, FindWithoutCase) {
  TempDir tmp;
  ASSERT_TRUE(make_dirs(tmp / "MeQSum").ok());
  EXPECT_EQ(find_without_case(tmp.path(), "meqsum"), tmp / "MeQSum");
  EXPECT_EQ(find_without_case(tmp.path(), "MeQSum"), tmp / "MeQSum");
  EXPECT_EQ(find_without_case(tmp.path(), "mednli"), std::nullopt);
  EXPECT_EQ(find_without_case(tmp / "none", "x"), std::nullopt);
}

TEST(Clock, IsoFormat) {
  using namespace std::chrono;
  const Clock clock = fixed_clock(sys_days(2026y / 1 / 31) + 8h + 5min + 9s + 999ms);
  EXPECT_EQ(iso8601_utc(clock()), "2026-01-31T08:05:09Z");
  EXPECT_EQ(iso8601_utc(system_clock()()).size(), 20U);
}

}  // namespace
}  // namespace clue
