#include "cli/command.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "base/files.h"
#include "base/test_paths.h"
#include "cli/evaluate.h"
#include "cli/run_flags.h"

namespace clue::cli {
namespace {

struct Streams {
  std::istringstream in;
  std::ostringstream out, err;
  Io io{in, out, err, false, false};
};

TEST(Flags, UnderscoreAndDashAreTheSameInNamesOnly) {
  EXPECT_EQ(normalise_flags({"--num_fewshot=a_b", "my_file", "--", "--x_y"}),
            (Args{"--num-fewshot=a_b", "my_file", "--", "--x_y"}));
}

TEST(Flags, LmEvalSpellings) {
  Streams s;
  RunFlags flags;
  Flags parser("clue run", "about", "example");
  declare_run_flags(parser.app(), flags);
  ASSERT_EQ(parser.parse(
                {"--model", "m.gguf", "--tasks", "mednli", "--num_fewshot", "5", "--output_path=o"},
                s.io),
            std::nullopt)
      << s.err.str();
  EXPECT_EQ(flags.models, std::vector<std::string>{"m.gguf"});
  EXPECT_EQ(flags.shots, 5);
  EXPECT_EQ(flags.out, "o");
}

TEST(Flags, UnknownFlagIsUsageWithASuggestion) {
  Streams s;
  RunFlags flags;
  Flags parser("clue run", "about", "example");
  declare_run_flags(parser.app(), flags);
  EXPECT_EQ(parser.parse({"--limt", "3"}, s.io), kUsage);
  EXPECT_NE(s.err.str().find("--limit"), std::string::npos) << s.err.str();
}

TEST(Flags, ShardIsChecked) {
  RunFlags flags;
  flags.shard = "2/4";
  EXPECT_EQ(flags.shard_part()->index, 2);
  for (const char* bad : {"4/4", "-1/4", "x", "1/", "1/0", "1/4x"}) {
    flags.shard = bad;
    EXPECT_FALSE(flags.shard_part().ok()) << bad;
  }
}

TEST(RunsFile, DefaultsAndOverrides) {
  TempDir dir;
  const auto path = dir.path() / "runs.yaml";
  ASSERT_TRUE(write_file_atomic(path,
                                "task: meqsum\nlimit: 5\nruns:\n  - model: [a.gguf, b.gguf]\n"
                                "  - model: baseline:lexical\n    limit: 7\n    json: true\n")
                  .ok());
  const auto runs = read_runs_file(path.string());
  ASSERT_TRUE(runs.ok()) << runs.error().message;
  ASSERT_EQ(runs->size(), 2U);
  EXPECT_EQ((*runs)[0], (Args{"--task=meqsum", "--limit=5", "--model=a.gguf", "--model=b.gguf"}));
  EXPECT_EQ((*runs)[1], (Args{"--task=meqsum", "--limit=7", "--model=baseline:lexical", "--json"}));
}

TEST(RunsFile, NamesTheLine) {
  TempDir dir;
  const auto path = dir.path() / "runs.yaml";
  ASSERT_TRUE(write_file_atomic(path, "task: meqsum\nruns:\n  - 5\n").ok());
  const auto runs = read_runs_file(path.string());
  ASSERT_FALSE(runs.ok());
  EXPECT_NE(runs.error().message.find("runs.yaml:3:"), std::string::npos) << runs.error().message;
}

TEST(RunFolder, NamesAreSafe) {
  EXPECT_EQ(run_folder_name("gguf:/a b/x.gguf"), "gguf-a-b-x.gguf");
  EXPECT_EQ(run_folder_name("http://127.0.0.1:80/v1#m"), "http-127.0.0.1-80-v1-m");
}

}  // namespace
}  // namespace clue::cli
