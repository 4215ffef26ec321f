#include "concepts/linker.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/test_paths.h"
#include "base/text.h"
#include "concepts/kb_build.h"
#include "concepts/trigrams.h"

namespace clue::concepts {
namespace {

using nlohmann::json;

std::filesystem::path golden(const std::filesystem::path& shared) {
  return shared / "golden" / "umls";
}

Kb build(const KbSource& source, std::uint32_t min_frequency = 10) {
  auto bytes = build_kb(source, {min_frequency});
  CLUE_CHECK_MSG(bytes.ok(), bytes.ok() ? "" : bytes.error().message.c_str());
  auto kb = Kb::from_bytes(std::move(*bytes), "test");
  CLUE_CHECK_MSG(kb.ok(), kb.ok() ? "" : kb.error().message.c_str());
  return std::move(*kb);
}

const Kb& golden_kb(const std::filesystem::path& shared) {
  static const Kb kb = [&] {
    auto source = read_scispacy_jsonl(golden(shared) / "linker" / "kb.jsonl.gz");
    CLUE_CHECK_MSG(source.ok(), source.ok() ? "" : source.error().message.c_str());
    return build(*source);
  }();
  return kb;
}

std::vector<json> golden_cases(const std::filesystem::path& shared) {
  std::vector<json> out;
  const auto text = read_file(golden(shared) / "linker" / "expected.jsonl");
  CLUE_CHECK(text.ok());
  for (const auto line : split_lines(*text)) out.push_back(json::parse(line));
  return out;
}

void expect_links(const Kb& kb, const std::vector<Link>& got, const json& want,
                  const std::string& mention, double tolerance) {
  ASSERT_EQ(got.size(), want.size()) << mention << " wants " << want;
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(kb.concept_id(got[i].concept_number), want[i][0].get<std::string>()) << mention;
    EXPECT_NEAR(got[i].score, want[i][1].get<double>(), tolerance) << mention;
  }
}

TEST(Linker, GoldenMentionsExact) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const Kb& kb = golden_kb(*shared);
  EXPECT_EQ(kb.concepts(), 20000U);
  EXPECT_EQ(kb.rows(), 54105U);
  Linker linker(kb);
  for (const json& c : golden_cases(*shared)) {
    if (c.value("near_threshold", false)) continue;
    const auto mention = c["mention"].get<std::string>();
    expect_links(kb, linker.link(mention), c["linked_exact"], mention, 2e-6);
  }
}

TEST(Linker, GoldenMentionsWithoutQueryIdf) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const Kb& kb = golden_kb(*shared);
  LinkOptions options;
  options.search.query_idf = false;
  Linker linker(kb, options);
  for (const json& c : golden_cases(*shared)) {
    const auto mention = c["mention"].get<std::string>();
    expect_links(kb, linker.link(mention), c["linked_exact_query_without_idf"], mention, 2e-6);
  }
}

TEST(Searcher, GoldenNeighboursBelowTheThresholdToo) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const Kb& kb = golden_kb(*shared);
  Searcher searcher(kb);
  SearchOptions options;
  options.threshold = 0.3;
  for (const json& c : golden_cases(*shared)) {
    if (c["k_boundary_tie"].get<bool>()) continue;
    const auto got = searcher.search(c["mention"].get<std::string>(), options);
    const json& want = c["top30"];
    for (std::size_t i = 0; i < want.size() && want[i][1].get<double>() > 0.301; ++i) {
      ASSERT_LT(i, got.size()) << c["mention"];
      EXPECT_NEAR(1.0 - static_cast<double>(got[i].distance), want[i][1].get<double>(), 1e-5)
          << c["mention"] << " " << i;
    }
  }
}

TEST(Searcher, EqualsBruteForceOnTheGoldenDictionary) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const Kb& kb = golden_kb(*shared);
  Searcher searcher(kb);
  for (const bool idf : {true, false}) {
    for (const double threshold : {0.7, 0.4}) {
      SearchOptions options;
      options.query_idf = idf;
      options.threshold = threshold;
      for (std::uint32_t row = 3; row < kb.rows(); row += 9103) {
        std::string text(kb.row_text(row));
        if (row % 2 == 0) text = text.substr(0, text.size() / 2 + 3);
        const auto fast = searcher.search(text, options);
        const auto slow = searcher.brute_force(text, options);
        ASSERT_EQ(fast.size(), slow.size()) << text;
        for (std::size_t i = 0; i < fast.size(); ++i) {
          ASSERT_EQ(fast[i].row, slow[i].row) << text;
          ASSERT_EQ(fast[i].distance, slow[i].distance) << text;
        }
      }
    }
  }
}

TEST(Searcher, RepeatedTrigramsNeverHideAnAlias) {
  KbSource source;
  for (int i = 0; i < 40; ++i) {
    SourceConcept c;
    c.id = std::string("X") + std::to_string(100 + i);
    c.name = "serine";
    for (int n = 0; n <= i; ++n) c.name += " serine";
    c.aliases = {std::string(static_cast<std::size_t>(i) + 4, 'a'),
                 std::string("plain name ") + c.id};
    source.concepts.push_back(c);
  }
  const Kb kb = build(source, 1);
  Searcher searcher(kb);
  for (const char* text :
       {"serine", "serine serine serine", "aaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "plain name x110", "serine aaaaaaa", ""}) {
    for (const bool idf : {true, false}) {
      SearchOptions options;
      options.query_idf = idf;
      const auto fast = searcher.search(text, options);
      const auto slow = searcher.brute_force(text, options);
      ASSERT_EQ(fast.size(), slow.size()) << text;
      for (std::size_t i = 0; i < fast.size(); ++i) EXPECT_EQ(fast[i].row, slow[i].row) << text;
    }
  }
}

TEST(NmslibDistance, GoldenBits) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const Kb& kb = golden_kb(*shared);
  Searcher searcher(kb);
  SearchOptions options;
  options.threshold = 0.3;
  options.k = 100;  // what the approximate index missed makes room for others
  std::size_t same = 0;
  std::size_t all = 0;
  for (const json& c : golden_cases(*shared)) {
    const auto got = searcher.search(c["mention"].get<std::string>(), options);
    const json& want = c["nmslib"];
    // The approximate index may miss a neighbour: look for each of its distances among ours.
    std::multiset<std::uint32_t> mine;
    for (const Neighbour& n : got) mine.insert(std::bit_cast<std::uint32_t>(n.distance));
    for (const json& neighbour : want) {
      const auto hex = neighbour[1].get<std::string>();
      std::uint32_t bits = 0;
      for (std::size_t byte = 4; byte-- > 0;) {
        bits = bits << 8 |
               static_cast<std::uint32_t>(std::stoul(hex.substr(byte * 2, 2), nullptr, 16));
      }
      if (std::bit_cast<float>(bits) >= 0.69F) continue;
      ++all;
      const auto it = mine.find(bits);
      if (it == mine.end()) continue;
      mine.erase(it);
      ++same;
    }
  }
  EXPECT_GT(all, 1000U);
  EXPECT_EQ(same, all);
}

TEST(Linker, RulesOfDefinitionThresholdAndTies) {
  KbSource source;
  source.concepts = {{"C3", "alpha beta", {}, {}, "defined"},
                     {"C1", "alpha beta", {}, {}, "defined too"},
                     {"C2", "alpha betas", {}, {}, {}},
                     {"C4", "alpha betaz", {}, {}, "defined"}};
  const Kb kb = build(source, 1);
  Linker linker(kb);
  const auto links = linker.link("Alpha  BETA");
  ASSERT_EQ(links.size(), 2U);  // betas is undefined and below 0.95, betaz too far or below
  EXPECT_EQ(kb.concept_id(links[0].concept_number), "C1");
  EXPECT_EQ(kb.concept_id(links[1].concept_number), "C3");
  LinkOptions open;
  open.need_definition = false;
  open.search.threshold = 0.4;
  Linker lenient(kb, open);
  EXPECT_EQ(lenient.link("alpha beta").size(), 4U);
  EXPECT_TRUE(linker.link("").empty());
  EXPECT_TRUE(linker.link("???").empty());
}

TEST(Trigrams, AsScikitLearnCutsThem) {
  std::vector<std::uint64_t> keys;
  trigrams("MI  x\tÄb", keys);
  std::string out;
  for (const auto k : keys) out.append("[").append(trigram_text(k)).append("]");
  EXPECT_EQ(out, "[ mi][mi ][ x ][ äb][äb ]");
  EXPECT_EQ(word_key("  Pneumonia, (unspecified)  é2 "), "pneumonia unspecified é2");
  EXPECT_EQ(round_to_half(0.1F), 0.0999755859375F);
  EXPECT_EQ(round_to_half(1.0F), 1.0F);
}

}  // namespace
}  // namespace clue::concepts
