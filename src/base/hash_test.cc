#include "base/hash.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/test_paths.h"

namespace clue {
namespace {

TEST(Hash, KnownVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(git_blob_sha1(""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(git_blob_sha1("what is up, doc?"), "bd9dbf5aae1a3862dd1526723246b20206e5fc37");
}

TEST(Hash, FilesEqualMemoryAlsoOverTheBufferSize) {
  TempDir tmp;
  const std::string big(200'001, 'x');
  ASSERT_TRUE(write_file_atomic(tmp / "big", big).ok());
  EXPECT_EQ(*sha256_file(tmp / "big"), sha256_hex(big));
  EXPECT_EQ(*git_blob_sha1_file(tmp / "big"), git_blob_sha1(big));
  Sha256 pieces;
  pieces.update(std::string_view(big).substr(0, 777));
  pieces.update(std::string_view(big).substr(777));
  EXPECT_EQ(pieces.hex(), sha256_hex(big));
}

TEST(Hash, FailuresNameTheFile) {
  TempDir tmp;
  EXPECT_EQ(sha256_file(tmp / "none").error().code, ErrorCode::not_found);
  EXPECT_NE(sha256_file(tmp.path()).error().message.find("folder"), std::string::npos);
  EXPECT_EQ(git_blob_sha1_file(tmp / "none").error().code, ErrorCode::not_found);
}

TEST(Hash, MeqsumBlobId) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  EXPECT_EQ(
      *git_blob_sha1_file(*shared / "data/meqsum/MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx"),
      "a9dfc993622724116f42437241eda6ecc5f7af16");
}

}  // namespace
}  // namespace clue
