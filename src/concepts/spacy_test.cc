#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/test_paths.h"
#include "base/text.h"
#include "concepts/spacy_pipeline.h"
#include "concepts/spacy_strings.h"

namespace clue::concepts {
namespace {

using nlohmann::json;

std::vector<json> read_lines(const std::filesystem::path& path) {
  const auto text = read_file(path);
  CLUE_CHECK(text.ok());
  std::vector<json> out;
  for (const auto line : split_lines(*text)) out.push_back(json::parse(line));
  return out;
}

SpacyPipeline open_tiny(const std::filesystem::path& folder) {
  auto p = SpacyPipeline::open(folder / "model");
  CLUE_CHECK_MSG(p.ok(), p.ok() ? "" : p.error().message.c_str());
  return std::move(*p);
}

TEST(SpacyPipeline, GoldenDocuments) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto folder = *shared / "golden" / "umls" / "spacy_tiny";
  SpacyPipeline nlp = open_tiny(folder);
  for (const json& c : read_lines(folder / "expected.jsonl")) {
    const auto text = c["text"].get<std::string>();
    const auto doc = nlp.run(text);
    ASSERT_TRUE(doc.ok());
    json tokens = json::array(), spaces = json::array(), idx = json::array(), norms = json::array(),
         starts = json::array(), heads = json::array(), deps = json::array(), ents = json::array();
    for (const SpacyToken& t : doc->tokens) {
      tokens.push_back(nlp.lexeme(t).text);
      EXPECT_EQ(nlp.lexeme(t).text, text.substr(t.begin_byte, t.end_byte - t.begin_byte));
      spaces.push_back(t.space_after ? 1 : 0);
      idx.push_back(t.begin);
      norms.push_back(nlp.lexeme(t).norm_text);
      starts.push_back(t.sent_start);
      heads.push_back(t.head);
      deps.push_back(t.dep);
    }
    for (const SpacyEntity& e : doc->entities) {
      const SpacyToken& a = doc->tokens[e.first];
      const SpacyToken& b = doc->tokens[e.last - 1];
      ents.push_back(
          {e.first, e.last, a.begin, b.end, text.substr(a.begin_byte, b.end_byte - a.begin_byte)});
    }
    ASSERT_EQ(tokens, c["tokens"]) << c["id"];
    EXPECT_EQ(spaces, c["spaces"]) << c["id"];
    EXPECT_EQ(idx, c["idx"]) << c["id"];
    EXPECT_EQ(norms, c["norms"]) << c["id"];
    EXPECT_EQ(starts, c["sent_start"]) << c["id"];
    EXPECT_EQ(heads, c["heads"]) << c["id"];
    EXPECT_EQ(deps, c["deps"]) << c["id"];
    EXPECT_EQ(ents, c["ents"]) << c["id"];
  }
}

TEST(SpacyPipeline, GoldenLexemes) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto folder = *shared / "golden" / "umls" / "spacy_tiny";
  SpacyPipeline nlp = open_tiny(folder);
  for (const json& c : read_lines(folder / "lexemes.jsonl")) {
    const auto text = c["text"].get<std::string>();
    const Lexeme& x =
        nlp.tokenizer().lexeme(nlp.tokenizer().intern(text, c["norm"].get<std::string>()));
    EXPECT_EQ(std::to_string(x.norm), c["NORM"].get<std::string>()) << text;
    EXPECT_EQ(std::to_string(x.prefix), c["PREFIX"].get<std::string>()) << text;
    EXPECT_EQ(std::to_string(x.suffix), c["SUFFIX"].get<std::string>()) << text;
    EXPECT_EQ(std::to_string(x.shape), c["SHAPE"].get<std::string>()) << text;
  }
}

TEST(SpacyPipeline, GoldenVectors) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto folder = *shared / "golden" / "umls" / "spacy_tiny";
  SpacyPipeline nlp = open_tiny(folder);
  const auto bytes = read_file(folder / "vectors.f32");
  const auto index = read_file(folder / "vectors.index.json");
  ASSERT_TRUE(bytes.ok() && index.ok());
  std::vector<float> want(bytes->size() / sizeof(float));
  std::memcpy(want.data(), bytes->data(), want.size() * sizeof(float));
  std::map<int, std::string> texts;
  for (const json& c : read_lines(folder / "expected.jsonl")) {
    texts[c["id"].get<int>()] = c["text"].get<std::string>();
  }
  std::size_t at = 0;
  std::size_t seen = 0;
  for (const json& entry : json::parse(*index)) {
    const auto n = entry["n_tokens"].get<std::size_t>();
    const std::size_t ner = n * entry["ner_width"].get<std::size_t>();
    const std::size_t all = ner + n * entry["tok2vec_width"].get<std::size_t>();
    const auto text = texts.find(entry["id"].get<int>());
    if (text != texts.end()) {
      ASSERT_TRUE(nlp.run(text->second).ok());
      ASSERT_EQ(nlp.ner_vectors().size(), ner);
      ASSERT_EQ(nlp.shared_vectors().size(), all - ner);
      float worst = 0;
      for (std::size_t i = 0; i < all; ++i) {
        const float mine = i < ner ? nlp.ner_vectors()[i] : nlp.shared_vectors()[i - ner];
        worst = std::max(worst, std::fabs(mine - want[at + i]));
      }
      EXPECT_LT(worst, 2e-5F) << entry["id"];
      ++seen;
    }
    at += all;
  }
  EXPECT_GT(seen, 0U);
  EXPECT_EQ(at, want.size());
}

TEST(SpacyStrings, SymbolsAndHashes) {
  EXPECT_EQ(string_id(""), 0U);
  EXPECT_EQ(string_id("agent"), 401U);
  EXPECT_EQ(string_id("FLAG19"), 19U);
  EXPECT_EQ(string_id("DEPRECATED276"), 379U);
  EXPECT_EQ(string_id("_"), 456U);
  EXPECT_GT(string_id("FLAG64"), 1000U);
  EXPECT_EQ(word_shape(U"McDonald-12"), "XxXxxxx-dd");
  EXPECT_EQ(base_norm("--"), "-");
  EXPECT_FALSE(base_norm("x"));
}

TEST(SpacyPipeline, ForeignAndCutFoldersNameThePart) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  namespace fs = std::filesystem;
  const auto model = *shared / "golden" / "umls" / "spacy_tiny" / "model";
  TempDir tmp;
  const auto expect_error = [&](const std::string& word) {
    const auto p = SpacyPipeline::open(tmp.path());
    ASSERT_FALSE(p.ok());
    EXPECT_NE(p.error().message.find(word), std::string::npos) << p.error().message;
  };
  expect_error("no spaCy pipeline");
  fs::copy(model, tmp.path(), fs::copy_options::recursive);
  fs::permissions(tmp.path(), fs::perms::owner_all);
  const auto edit = [&](const char* file, const std::string& bytes) {
    fs::remove(tmp / file);
    CLUE_CHECK(write_file_atomic(tmp / file, bytes).ok());
  };
  for (const char* part : {"", "ner", "parser", "tok2vec", "vocab"}) {
    fs::permissions(tmp / part, fs::perms::owner_all);
  }
  const std::string ner = *read_file(model / "ner" / "model");
  edit("ner/model", ner.substr(0, ner.size() / 2));
  expect_error("ner/model");
  edit("ner/model", replace_all(ner, "layernorm", "softmaxxx"));
  expect_error("softmaxxx");
  edit("ner/model", ner);
  edit("tokenizer", "\x81\xa1x\x01");
  expect_error("exceptions");
  edit("meta.json", "{\"spacy_version\":\">=4.0.0\"}");
  expect_error("spaCy 3");
  EXPECT_FALSE(SpacyPipeline::open(tmp / "none").ok());
}

}  // namespace
}  // namespace clue::concepts
