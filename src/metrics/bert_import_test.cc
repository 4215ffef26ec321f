#include "metrics/bert_import.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "metrics/bert_score.h"

namespace clue::metrics {
namespace {

namespace fs = std::filesystem;

class BertImport : public testing::Test {
 protected:
  BertImport() {
    dir_ = fs::temp_directory_path() / ("clue-bert-" + std::to_string(::getpid()));
    fs::create_directories(dir_ / "tiny");
  }
  ~BertImport() override { fs::remove_all(dir_); }

  /// A random two-layer encoder as safetensors: 64 wide, 2 heads.
  void write_folder() const {
    std::ofstream(dir_ / "tiny" / "config.json")
        << R"({"model_type":"bert","hidden_size":64,"num_hidden_layers":2,"num_attention_heads":2,)"
        << R"("intermediate_size":128,"max_position_embeddings":16,"hidden_act":"gelu"})";
    std::ofstream(dir_ / "tiny" / "vocab.txt")
        << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhigh\nblood\n##er\n";
    std::ofstream(dir_ / "tiny" / "model.safetensors", std::ios::binary) << safetensors(tensors());
  }
  using Shapes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;
  static Shapes tensors() {
    Shapes s = {{"bert.embeddings.word_embeddings.weight", {8, 64}},
                {"bert.embeddings.position_embeddings.weight", {16, 64}},
                {"bert.embeddings.token_type_embeddings.weight", {2, 64}},
                {"bert.embeddings.LayerNorm.gamma", {64}},
                {"bert.embeddings.LayerNorm.beta", {64}}};
    for (const std::string p : {"bert.encoder.layer.0.", "bert.encoder.layer.1."}) {
      for (const char* m : {"attention.self.query", "attention.self.key", "attention.self.value",
                            "attention.output.dense"}) {
        s.push_back({p + m + ".weight", {64, 64}});
        s.push_back({p + m + ".bias", {64}});
      }
      s.push_back({p + "intermediate.dense.weight", {128, 64}});
      s.push_back({p + "intermediate.dense.bias", {128}});
      s.push_back({p + "output.dense.weight", {64, 128}});
      s.push_back({p + "output.dense.bias", {64}});
      for (const char* m : {"attention.output.LayerNorm", "output.LayerNorm"}) {
        s.push_back({p + m + ".weight", {64}});
        s.push_back({p + m + ".bias", {64}});
      }
    }
    return s;
  }
  static std::string safetensors(const Shapes& shapes) {
    nlohmann::json header;
    std::string data;
    unsigned state = 7;
    for (const auto& [name, shape] : shapes) {
      const std::size_t begin = data.size();
      std::int64_t n = 1;
      for (const std::int64_t d : shape) n *= d;
      for (std::int64_t i = 0; i < n; ++i) {
        state = state * 1664525u + 1013904223u;
        const float v = static_cast<float>(state >> 8) / 16777216.0F - 0.5F;
        data.append(reinterpret_cast<const char*>(&v), sizeof v);
      }
      header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
    }
    const std::string text = header.dump();
    std::string out(8, '\0');
    const std::uint64_t size = text.size();
    std::memcpy(out.data(), &size, 8);
    return out + text + data;
  }

  fs::path dir_;
};

TEST_F(BertImport, FolderAndGgufGiveTheSameScores) {
  write_folder();
  const std::vector<std::string> p = {"high blooder blood", "high high"},
                                 r = {"blood high", "blood"};
  auto folder = BertScorer::open(dir_ / "tiny", {.layer = 2, .baseline = {}});
  ASSERT_TRUE(folder.ok()) << folder.error().message;
  const auto want = folder->score(p, r);
  ASSERT_TRUE(want.ok());
  for (const auto& [precision, tolerance] : {std::pair{BertPrecision::f32, 1e-12},
                                             {BertPrecision::f16, 2e-3},
                                             {BertPrecision::q8_0, 3e-2}}) {
    const fs::path out = dir_ / ("tiny-" + std::string(name(precision)) + ".gguf");
    const auto done = import_bert(dir_ / "tiny", out, precision);
    ASSERT_TRUE(done.ok()) << done.error().message;
    auto gguf = BertScorer::open(out, {.layer = 2, .baseline = {}});
    ASSERT_TRUE(gguf.ok()) << gguf.error().message;
    EXPECT_EQ(gguf->encoder().precision(), name(precision));
    EXPECT_EQ(gguf->encoder().config().model_name, "tiny");
    const auto got = gguf->score(p, r);
    ASSERT_TRUE(got.ok());
    for (std::size_t i = 0; i < p.size(); ++i)
      EXPECT_NEAR(*(*got)[i].f1, *(*want)[i].f1, tolerance);
  }
}

TEST_F(BertImport, LongTextsAreCutOrRefused) {
  write_folder();
  std::string many;
  for (int i = 0; i < 40; ++i) many += "high ";
  auto corrected = BertScorer::open(dir_ / "tiny", {.layer = 1, .baseline = {}});
  ASSERT_TRUE(corrected.ok());
  const auto cut = corrected->score(std::vector{many}, std::vector<std::string>{"high"});
  EXPECT_TRUE((*cut)[0].cut);
  EXPECT_TRUE((*cut)[0].f1.has_value());
  EXPECT_EQ(corrected->cut_count(), 1u);
  auto published = BertScorer::open(
      dir_ / "tiny", {.layer = 1, .baseline = {}, .rules = core::RuleSet::clue_2024});
  const auto refused = published->score(std::vector{many}, std::vector<std::string>{"high"});
  EXPECT_FALSE((*refused)[0].f1.has_value());
  EXPECT_NE((*refused)[0].why.find("16 word pieces"), std::string::npos) << (*refused)[0].why;
}

TEST_F(BertImport, BaselineRescales) {
  write_folder();
  std::ofstream(dir_ / "base.tsv") << "LAYER,P,R,F\n0,0.1,0.2,0.3\n1,0.5,0.25,0.2\n";
  const std::vector<std::string> p = {"high blood"}, r = {"blood"};
  auto plain = BertScorer::open(dir_ / "tiny", {.layer = 1, .baseline = {}});
  auto scaled = BertScorer::open(dir_ / "tiny", {.layer = 1, .baseline = dir_ / "base.tsv"});
  ASSERT_TRUE(scaled.ok()) << scaled.error().message;
  const auto a = plain->score(p, r), b = scaled->score(p, r);
  EXPECT_NEAR(*(*b)[0].p, (*(*a)[0].p - 0.5) / 0.5, 1e-12);
  EXPECT_NEAR(*(*b)[0].f1, (*(*a)[0].f1 - 0.2) / 0.8, 1e-12);
  auto idf = BertScorer::open(dir_ / "tiny", {.layer = 1, .idf = true, .baseline = {}});
  EXPECT_TRUE((*idf->score(std::vector<std::string>{"high", "blood"},
                           std::vector<std::string>{"blood", "high"}))[0]
                  .f1);
  EXPECT_FALSE(BertScorer::open(dir_ / "tiny", {.layer = 2, .baseline = dir_ / "base.tsv"}).ok());
}

TEST_F(BertImport, BadFilesAreNamed) {
  const auto none = read_bert_folder(dir_ / "tiny");
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("config.json"), std::string::npos);
  write_folder();
  std::ofstream(dir_ / "tiny" / "model.safetensors", std::ios::binary)
      << safetensors({tensors()[0]});
  const auto lacks = BertEncoder::open(dir_ / "tiny", 1);
  ASSERT_FALSE(lacks.ok());
  EXPECT_NE(lacks.error().message.find("lack"), std::string::npos) << lacks.error().message;
  for (const std::string& bad :
       {std::string(), std::string(8, '\xFF'), std::string("\x02\0\0\0\0\0\0\0{}x", 11),
        safetensors(tensors()).substr(0, 4000)}) {
    const auto parsed = parse_safetensors(bad);
    EXPECT_TRUE(!parsed.ok() || parsed->empty());
  }
  std::ofstream(dir_ / "x.gguf") << "nonsense";
  EXPECT_FALSE(BertEncoder::open(dir_ / "x.gguf", 1).ok());
}

// OrderedDict with one 2 x 3 tensor, as torch.save writes it (protocol 2).
std::string tensor_pickle() {
  const auto text = [](const std::string& s) {
    std::string out = "X";
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(s.size() >> (8 * i) & 0xFF));
    return out + s;
  };
  return std::string("\x80\x02") + "ccollections\nOrderedDict\n)R(" + text("w") +
         "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" +
         text("0") + text("cpu") + "K\x06tQ" + std::string("K\0", 2) + "K\x02K\x03\x86" +
         "K\x03K\x01\x86\x89" + "ccollections\nOrderedDict\n)RtRu.";
}

TEST_F(BertImport, ReadsTorchPicklesAndRefusesObjects) {
  const std::string storage(24, '\0');
  const auto find = [&storage](std::string_view key) {
    return key == "0" ? std::optional<std::string_view>(storage) : std::nullopt;
  };
  const auto ok = parse_torch_pickle(tensor_pickle(), find);
  ASSERT_TRUE(ok.ok()) << ok.error().message;
  EXPECT_EQ(ok->at("w").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(ok->at("w").data.size(), 24u);
  const auto evil = parse_torch_pickle(
      "\x80\x02"
      "cos\nsystem\nX\x02\0\0\0ls\x85R.",
      find);
  ASSERT_FALSE(evil.ok());
  EXPECT_NE(evil.error().message.find("os.system"), std::string::npos) << evil.error().message;
  const std::string whole = tensor_pickle();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_FALSE(parse_torch_pickle(std::string_view(whole).substr(0, n), find).ok()) << n;
  }
}

TEST_F(BertImport, ReadsZipForm) {
  const fs::path path = dir_ / "tiny" / "pytorch_model.bin";
  write_folder();
  fs::remove(dir_ / "tiny" / "model.safetensors");
  int code = 0;
  zip_t* zip = zip_open(path.c_str(), ZIP_CREATE, &code);
  ASSERT_NE(zip, nullptr);
  const std::string pickle = tensor_pickle(), data(24, '\0');
  zip_file_add(zip, "archive/data.pkl", zip_source_buffer(zip, pickle.data(), pickle.size(), 0), 0);
  zip_file_add(zip, "archive/data/0", zip_source_buffer(zip, data.data(), data.size(), 0), 0);
  ASSERT_EQ(zip_close(zip), 0);
  const auto folder = read_bert_folder(dir_ / "tiny");
  ASSERT_TRUE(folder.ok()) << folder.error().message;
  EXPECT_TRUE(folder->tensors.empty());  // "w" is no tensor of an encoder
  std::ofstream(path) << "not a zip";
  EXPECT_FALSE(read_bert_folder(dir_ / "tiny").ok());
}

}  // namespace
}  // namespace clue::metrics
