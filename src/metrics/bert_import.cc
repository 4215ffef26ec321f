#include "metrics/bert_import.h"

#include <zip.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "metrics/bert_weights.h"

namespace clue::metrics {
namespace {

namespace fs = std::filesystem;

float half_to_float(std::uint16_t h) {
  const int exponent = h >> 10 & 0x1F;
  const float fraction = static_cast<float>(h & 0x3FF);
  float v = exponent == 0    ? std::ldexp(fraction, -24)
            : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                             : std::ldexp(fraction + 1024, exponent - 25);
  return (h & 0x8000) != 0 ? -v : v;
}

Result<std::vector<float>> floats(const RawTensor& t, const std::string& name) {
  std::vector<float> out;
  const auto read = [&](auto sample, auto convert) {
    using T = decltype(sample);
    out.resize(t.data.size() / sizeof(T));
    for (std::size_t i = 0; i < out.size(); ++i) {
      T v;
      std::memcpy(&v, t.data.data() + i * sizeof(T), sizeof(T));
      out[i] = convert(v);
    }
  };
  if (t.dtype == "F32") {
    read(float{}, [](float v) { return v; });
  } else if (t.dtype == "F64") {
    read(double{}, [](double v) { return static_cast<float>(v); });
  } else if (t.dtype == "F16") {
    read(std::uint16_t{}, half_to_float);
  } else if (t.dtype == "BF16") {
    read(std::uint16_t{},
         [](std::uint16_t v) { return std::bit_cast<float>(std::uint32_t{v} << 16); });
  } else {
    return Error{ErrorCode::data,
                 "tensor " + name + " has type " + t.dtype + "; F32, F16, BF16 and F64 are read"};
  }
  return out;
}

/// "bert.encoder.layer.3.attention.self.query.weight" -> "blk.3.attn_q.weight"; "": not needed.
std::string our_name(std::string_view name) {
  if (name.starts_with("bert.")) name.remove_prefix(5);
  std::string tail = ".weight";
  if (name.ends_with(".bias") || name.ends_with(".beta")) tail = ".bias";
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos) return {};
  std::string_view stem = name.substr(0, dot);
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kTop = {
      {{"embeddings.word_embeddings", "token_embd"},
       {"embeddings.position_embeddings", "position_embd"},
       {"embeddings.token_type_embeddings", "token_types"},
       {"embeddings.LayerNorm", "token_embd_norm"}}};
  for (const auto& [theirs, ours] : kTop) {
    if (stem == theirs) return std::string(ours) + tail;
  }
  constexpr std::string_view kLayer = "encoder.layer.";
  if (!stem.starts_with(kLayer)) return {};
  stem.remove_prefix(kLayer.size());
  const std::size_t end = stem.find('.');
  if (end == stem.npos) return {};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kParts = {
      {{"attention.self.query", "attn_q"},
       {"attention.self.key", "attn_k"},
       {"attention.self.value", "attn_v"},
       {"attention.output.dense", "attn_output"},
       {"attention.output.LayerNorm", "attn_output_norm"},
       {"intermediate.dense", "ffn_up"},
       {"output.dense", "ffn_down"},
       {"output.LayerNorm", "layer_output_norm"}}};
  for (const auto& [theirs, ours] : kParts) {
    if (stem.substr(end + 1) == theirs)
      return "blk." + std::string(stem.substr(0, end)) + "." + std::string(ours) + tail;
  }
  return {};
}

Result<BertConfig> read_config(const fs::path& folder) {
  CLUE_TRY(const nlohmann::json j, read_json(folder / "config.json"));
  const std::string place = (folder / "config.json").string();
  BertConfig c;
  const std::string type = j.value("model_type", std::string("bert"));
  if (type != "bert") {
    return Error{ErrorCode::data,
                 place + ": model_type is \"" + type + "\"; encoders of type \"bert\" are read"};
  }
  for (const auto& [key, value] : {std::pair<const char*, int*>{"hidden_size", &c.hidden},
                                   {"num_hidden_layers", &c.layers},
                                   {"num_attention_heads", &c.heads},
                                   {"intermediate_size", &c.intermediate},
                                   {"max_position_embeddings", &c.positions}}) {
    CLUE_TRY(const std::int64_t n, json_integer(j, key, place));
    if (n < 1 || n > 1'000'000)
      return Error{ErrorCode::data, place + ": \"" + key + "\" is " + std::to_string(n)};
    *value = static_cast<int>(n);
  }
  if (c.hidden % c.heads != 0)
    return Error{ErrorCode::data, place + ": hidden_size is no multiple of num_attention_heads"};
  if (j.contains("layer_norm_eps") && j["layer_norm_eps"].is_number())
    c.norm_eps = j["layer_norm_eps"].get<float>();
  c.activation = j.contains("hidden_act") && j["hidden_act"].is_string()
                     ? j["hidden_act"].get<std::string>()
                     : "gelu";
  if (c.activation == "gelu_pytorch_tanh") c.activation = "gelu_new";
  if (c.activation != "gelu" && c.activation != "gelu_new" && c.activation != "relu") {
    return Error{ErrorCode::data, place + ": hidden_act \"" + c.activation +
                                      "\" is not known (gelu, gelu_new, relu)"};
  }
  const std::string positions = j.value("position_embedding_type", std::string("absolute"));
  if (positions != "absolute")
    return Error{ErrorCode::data,
                 place + ": position_embedding_type \"" + positions + "\" is not known (absolute)"};
  fs::path clean = fs::absolute(folder).lexically_normal();
  if (clean.filename().empty()) clean = clean.parent_path();
  c.model_name = clean.filename().string();
  if (j.contains("_name_or_path") && j["_name_or_path"].is_string() &&
      !j["_name_or_path"].get<std::string>().empty()) {
    c.model_name = j["_name_or_path"].get<std::string>();
  }
  return c;
}

void read_special(const nlohmann::json& j, text::WordPieceOptions& o) {
  for (const auto& [key, to] : {std::pair<const char*, std::string*>{"unk_token", &o.unk},
                                {"sep_token", &o.sep},
                                {"pad_token", &o.pad},
                                {"cls_token", &o.cls},
                                {"mask_token", &o.mask}}) {
    if (!j.contains(key)) continue;
    const auto& v = j[key];
    if (v.is_string()) *to = v.get<std::string>();
    if (v.is_object() && v.contains("content") && v["content"].is_string())
      *to = v["content"].get<std::string>();
  }
}

Status read_tokenizer(const fs::path& folder, BertFolder& out) {
  std::error_code ec;
  nlohmann::json fast;
  if (fs::exists(folder / "tokenizer.json", ec)) {
    CLUE_TRY(fast, read_json(folder / "tokenizer.json"));
  }
  if (fs::exists(folder / "vocab.txt", ec)) {
    CLUE_TRY(const std::string text, read_file(folder / "vocab.txt"));
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t end = std::min(text.find('\n', i), text.size());
      std::string token = text.substr(i, end - i);
      if (token.ends_with('\r')) token.pop_back();
      out.vocab.push_back(std::move(token));
      i = end + 1;
    }
  } else if (fast.is_object() && fast.contains("model") && fast["model"].is_object() &&
             fast["model"].contains("vocab") && fast["model"]["vocab"].is_object()) {
    for (const auto& [token, id] : fast["model"]["vocab"].items()) {
      if (!id.is_number_unsigned() || id.get<std::size_t>() > 10'000'000) {
        return Error{ErrorCode::data,
                     (folder / "tokenizer.json").string() + ": odd id for \"" + token + "\""};
      }
      if (out.vocab.size() <= id.get<std::size_t>()) out.vocab.resize(id.get<std::size_t>() + 1);
      out.vocab[id.get<std::size_t>()] = token;
    }
  } else {
    return Error{ErrorCode::not_found,
                 folder.string() + ": needs vocab.txt or a WordPiece tokenizer.json"};
  }
  text::WordPieceOptions& o = out.tokenizer;
  if (fast.is_object() && fast.contains("normalizer") && fast["normalizer"].is_object()) {
    const auto& n = fast["normalizer"];
    if (n.contains("lowercase") && n["lowercase"].is_boolean())
      o.lower_case = n["lowercase"].get<bool>();
    if (n.contains("strip_accents") && n["strip_accents"].is_boolean())
      o.strip_accents = n["strip_accents"].get<bool>() ? 1 : 0;
    if (n.contains("handle_chinese_chars") && n["handle_chinese_chars"].is_boolean())
      o.split_chinese = n["handle_chinese_chars"].get<bool>();
  }
  for (const char* file : {"special_tokens_map.json", "tokenizer_config.json"}) {
    if (!fs::exists(folder / file, ec)) continue;
    CLUE_TRY(const nlohmann::json j, read_json(folder / file));
    if (!j.is_object()) continue;
    read_special(j, o);
    if (j.contains("do_lower_case") && j["do_lower_case"].is_boolean())
      o.lower_case = j["do_lower_case"].get<bool>();
    if (j.contains("strip_accents") && j["strip_accents"].is_boolean())
      o.strip_accents = j["strip_accents"].get<bool>() ? 1 : 0;
    if (j.contains("tokenize_chinese_chars") && j["tokenize_chinese_chars"].is_boolean())
      o.split_chinese = j["tokenize_chinese_chars"].get<bool>();
    if (j.contains("model_max_length") && j["model_max_length"].is_number() &&
        j["model_max_length"].get<double>() < 1e6) {
      out.config.model_max_length = j["model_max_length"].get<int>();
    }
  }
  return {};
}

struct CloseZip {
  void operator()(zip_t* z) const { zip_discard(z); }
};

/// data.pkl and the storages of the zip form of torch.save.
Result<std::map<std::string, std::string>> unzip_torch(const fs::path& path) {
  int code = 0;
  const std::unique_ptr<zip_t, CloseZip> zip(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!zip) {
    return Error{ErrorCode::data,
                 path.string() +
                     ": not the zip form that PyTorch writes since version 1.6; "
                     "load and save it once with a newer PyTorch, or use model.safetensors"};
  }
  std::map<std::string, std::string> out;
  const zip_int64_t n = zip_get_num_entries(zip.get(), 0);
  for (zip_int64_t i = 0; i < n; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(zip.get(), static_cast<zip_uint64_t>(i), 0, &stat) != 0) continue;
    std::string_view entry = stat.name;
    entry.remove_prefix(
        std::min(entry.find('/') + 1, entry.size()));  // "archive/data/0" -> "data/0"
    if (entry != "data.pkl" && !entry.starts_with("data/")) continue;
    if (stat.size > std::uint64_t{16} << 30)
      return Error{ErrorCode::data, path.string() + ": entry too large"};
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
        zip_fopen_index(zip.get(), static_cast<zip_uint64_t>(i), 0), zip_fclose);
    std::string bytes(stat.size, '\0');
    if (!file || zip_fread(file.get(), bytes.data(), bytes.size()) !=
                     static_cast<zip_int64_t>(bytes.size())) {
      return Error{ErrorCode::data,
                   path.string() + ": " + stat.name + " cannot be read; the file is damaged"};
    }
    out[std::string(entry)] = std::move(bytes);
  }
  return out;
}

Status take(const std::map<std::string, RawTensor>& raw, BertFolder& out) {
  for (const auto& [name, t] : raw) {
    const std::string ours = our_name(name);
    if (ours.empty()) continue;
    CLUE_TRY(out.tensors[ours], floats(t, name));
  }
  return {};
}

Status read_weights(const fs::path& folder, BertFolder& out) {
  std::error_code ec;
  if (fs::exists(folder / "model.safetensors", ec)) {
    CLUE_TRY(const std::string bytes, read_file(folder / "model.safetensors"));
    const auto raw = parse_safetensors(bytes);
    if (!raw) return raw.error().in((folder / "model.safetensors").string());
    return take(*raw, out);
  }
  const fs::path path = folder / "pytorch_model.bin";
  if (!fs::exists(path, ec)) {
    return Error{ErrorCode::not_found,
                 folder.string() + ": needs model.safetensors or pytorch_model.bin"};
  }
  CLUE_TRY(const auto entries, unzip_torch(path));
  const auto pickle = entries.find("data.pkl");
  if (pickle == entries.end()) return Error{ErrorCode::data, path.string() + ": holds no data.pkl"};
  const auto raw = parse_torch_pickle(
      pickle->second, [&entries](std::string_view key) -> std::optional<std::string_view> {
        const auto it = entries.find("data/" + std::string(key));
        return it == entries.end() ? std::nullopt : std::optional<std::string_view>(it->second);
      });
  if (!raw) return raw.error().in(folder.string());
  return take(*raw, out);
}

}  // namespace

std::string_view name(BertPrecision precision) {
  return precision == BertPrecision::f32 ? "f32" : precision == BertPrecision::f16 ? "f16" : "q8_0";
}

Result<BertFolder> read_bert_folder(const fs::path& folder) {
  std::error_code ec;
  if (!fs::exists(folder / "config.json", ec)) {
    return Error{ErrorCode::not_found,
                 folder.string() + ": no config.json; give a Hugging Face folder of a BERT model"};
  }
  BertFolder out;
  CLUE_TRY(out.config, read_config(folder));
  CLUE_OK(read_tokenizer(folder, out));
  CLUE_OK(read_weights(folder, out));
  return out;
}

Status import_bert(const fs::path& folder, const fs::path& out, BertPrecision precision,
                   int score_layer) {
  CLUE_TRY(BertFolder model, read_bert_folder(folder));
  if (score_layer > model.config.layers) {
    return Error{ErrorCode::invalid_argument,
                 folder.string() + ": layer " + std::to_string(score_layer) +
                     " does not exist, the encoder has " + std::to_string(model.config.layers)};
  }
  model.config.score_layer = score_layer;
  return write_bert_gguf(model, out, precision);
}

}  // namespace clue::metrics
