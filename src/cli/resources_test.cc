#include "cli/resources.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace clue::cli {
namespace {

namespace fs = std::filesystem;

class ResourcesTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(dir_); }
  void TearDown() override { fs::remove_all(dir_); }
  void put(const fs::path& name) {
    fs::create_directories((dir_ / name).parent_path());
    std::ofstream(dir_ / name) << "{}";
  }
  fs::path dir_ = fs::temp_directory_path() / ("clue-resources-" + std::to_string(::getpid()));
};

TEST_F(ResourcesTest, EncoderByLanguageAndName) {
  EXPECT_TRUE(find_encoder({}, "en").path.empty());
  EXPECT_NE(find_encoder({}, "en").why.find("CLUE_DATA is not set"), std::string::npos);
  EXPECT_NE(find_encoder(dir_, "de").why.find("encoder-de.gguf"), std::string::npos);
  put("notes.txt");
  put("SciBERT_scivocab_uncased/config.json");
  EXPECT_EQ(find_encoder(dir_, "en").path, dir_ / "SciBERT_scivocab_uncased");
  EXPECT_TRUE(find_encoder(dir_, "de").path.empty());
  put("bert-base-multilingual-cased/config.json");
  EXPECT_EQ(find_encoder(dir_, "de").path, dir_ / "bert-base-multilingual-cased");
  EXPECT_EQ(find_encoder(dir_, "fr").path, dir_ / "bert-base-multilingual-cased");
  put("gbert-base.gguf");
  EXPECT_EQ(find_encoder(dir_, "de").path, dir_ / "gbert-base.gguf");
  put("encoder-de/config.json");
  EXPECT_EQ(find_encoder(dir_, "de").path, dir_ / "encoder-de");
  put("encoder.gguf");
  EXPECT_EQ(find_encoder(dir_, "en").path, dir_ / "encoder.gguf");
}

TEST_F(ResourcesTest, DictionaryAndPipeline) {
  EXPECT_TRUE(find_kb(dir_, "en").path.empty());
  put("icd.kbi");
  EXPECT_EQ(find_kb(dir_, "en").path, dir_ / "icd.kbi");
  put("hpo.kbi");
  EXPECT_NE(find_kb(dir_, "en").why.find("several"), std::string::npos);
  put("icd-de.kbi");
  EXPECT_EQ(find_kb(dir_, "de").path, dir_ / "icd-de.kbi");
  put("umls.kbi");
  EXPECT_EQ(find_kb(dir_, "en").path, dir_ / "umls.kbi");
  EXPECT_TRUE(find_spacy(dir_, "en").path.empty());
  put("en_core_sci_lg/en_core_sci_lg/en_core_sci_lg-0.5.4/meta.json");
  EXPECT_EQ(find_spacy(dir_, "en").path, dir_ / "en_core_sci_lg");
  EXPECT_TRUE(find_spacy(dir_, "de").path.empty());
  put("spacy/meta.json");
  EXPECT_EQ(find_spacy(dir_, "en").path, dir_ / "spacy");
}

TEST_F(ResourcesTest, LanguageDecidesRougeAndMissingFilesSayWhy) {
  std::istringstream in;
  std::ostringstream out, err;
  Io io{in, out, err};
  tasks::TaskFile task;
  task.metrics = {"rouge_l_f1", "bertscore_f1"};
  Resources resources({}, 1);
  const auto english = resources.for_task(task, core::RuleSet::corrected, io);
  ASSERT_TRUE(english.ok());
  EXPECT_FALSE(english->rouge_unicode);
  EXPECT_EQ(english->bert_score, nullptr);
  task.language = "de";
  EXPECT_TRUE(resources.for_task(task, core::RuleSet::corrected, io)->rouge_unicode);
  EXPECT_FALSE(resources.for_task(task, core::RuleSet::clue_2024, io)->rouge_unicode);
  ResourceFlags flags;
  flags.rouge_unicode = false;
  EXPECT_FALSE(Resources(flags, 1).for_task(task, core::RuleSet::corrected, io)->rouge_unicode);
  flags.encoder = (dir_ / "absent.gguf").string();
  const auto named = Resources(flags, 1).for_task(task, core::RuleSet::corrected, io);
  ASSERT_FALSE(named.ok());
  EXPECT_NE(named.error().message.find("absent.gguf"), std::string::npos);
}

}  // namespace
}  // namespace clue::cli
