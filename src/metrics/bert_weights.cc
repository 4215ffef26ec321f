#include "metrics/bert_weights.h"

#include <ggml.h>
#include <gguf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/files.h"
#include "base/hash.h"

namespace clue::metrics {
namespace {

namespace fs = std::filesystem;

struct FreeGguf {
  void operator()(gguf_context* g) const { gguf_free(g); }
};
using Gguf = std::unique_ptr<gguf_context, FreeGguf>;

struct Spec {
  std::string name;
  std::int64_t columns = 0;
  std::int64_t rows = 0;  ///< 0: a vector
};

std::vector<Spec> specs(const BertConfig& c, std::size_t vocab) {
  const std::int64_t h = c.hidden, f = c.intermediate;
  std::vector<Spec> out = {{"token_embd.weight", h, static_cast<std::int64_t>(vocab)},
                           {"position_embd.weight", h, c.positions},
                           {"token_types.weight", h, -1},
                           {"token_embd_norm.weight", h},
                           {"token_embd_norm.bias", h}};
  for (int i = 0; i < c.layers; ++i) {
    const std::string p = "blk." + std::to_string(i) + ".";
    for (const char* m : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
      out.push_back({p + m + ".weight", h, h});
      out.push_back({p + m + ".bias", h});
    }
    for (const char* m : {"attn_output_norm", "layer_output_norm"}) {
      out.push_back({p + m + ".weight", h});
      out.push_back({p + m + ".bias", h});
    }
    out.push_back({p + "ffn_up.weight", h, f});
    out.push_back({p + "ffn_up.bias", f});
    out.push_back({p + "ffn_down.weight", f, h});
    out.push_back({p + "ffn_down.bias", h});
  }
  return out;
}

ggml_type type_of(const Spec& s, BertPrecision precision) {
  const bool matrix = s.rows > 0 && s.name.starts_with("blk.");
  const bool words = s.name == "token_embd.weight";
  if (precision == BertPrecision::f32 || !(matrix || words)) return GGML_TYPE_F32;
  return precision == BertPrecision::q8_0 && s.columns % 32 == 0 ? GGML_TYPE_Q8_0 : GGML_TYPE_F16;
}

Status check(const BertWeights& w) {
  for (const Spec& s : specs(w.config, w.vocab.size())) {
    const auto it = w.tensors.find(s.name);
    if (it == w.tensors.end()) return Error{ErrorCode::data, "tensor " + s.name + " is missing"};
    const ggml_tensor* t = it->second;
    const bool rows_fit = s.rows == -1                    ? t->ne[1] >= 1
                          : s.rows == 0                   ? t->ne[1] == 1
                          : s.name == "token_embd.weight" ? t->ne[1] >= s.rows
                                                          : t->ne[1] == s.rows;
    if (t->ne[0] != s.columns || !rows_fit || t->ne[2] != 1) {
      return Error{ErrorCode::data,
                   "tensor " + s.name + " has the shape " + std::to_string(t->ne[1]) + " x " +
                       std::to_string(t->ne[0]) + ", the configuration says otherwise"};
    }
    if ((s.rows <= 0 || s.name == "position_embd.weight") && t->type != GGML_TYPE_F32) {
      return Error{ErrorCode::data, "tensor " + s.name + " must be F32"};
    }
  }
  return {};
}

void put(gguf_context* g, const char* key, const std::string& value) {
  gguf_set_val_str(g, key, value.c_str());
}
void put(gguf_context* g, const char* key, int value) {
  gguf_set_val_u32(g, key, static_cast<std::uint32_t>(value));
}

void put_strings(gguf_context* g, const char* key, const std::vector<std::string>& values) {
  std::vector<const char*> raw;
  for (const std::string& v : values) raw.push_back(v.c_str());
  gguf_set_arr_str(g, key, raw.data(), raw.size());
}

/// llama.cpp's spelling of word pieces: a word start carries U+2581, a continuation nothing.
std::string llama_token(const std::string& token) {
  if (token.starts_with('[') && token.ends_with(']')) return token;
  return token.starts_with("##") ? token.substr(2) : "\xE2\x96\x81" + token;
}
std::string from_llama_token(const std::string& token) {
  if (token.starts_with('[') && token.ends_with(']')) return token;
  return token.starts_with("\xE2\x96\x81") ? token.substr(3) : "##" + token;
}

void put_meta(gguf_context* g, const BertWeights& w) {
  const BertConfig& c = w.config;
  put(g, "general.architecture", "bert");
  put(g, "general.name", c.model_name);
  put(g, "bert.block_count", c.layers);
  put(g, "bert.context_length", c.positions);
  put(g, "bert.embedding_length", c.hidden);
  put(g, "bert.feed_forward_length", c.intermediate);
  put(g, "bert.attention.head_count", c.heads);
  gguf_set_val_f32(g, "bert.attention.layer_norm_epsilon", c.norm_eps);
  gguf_set_val_bool(g, "bert.attention.causal", false);
  put(g, "tokenizer.ggml.model", "bert");
  put(g, "tokenizer.ggml.pre", "default");
  put(g, "tokenizer.ggml.token_type_count", 2);
  std::vector<std::string> spelled;
  std::vector<std::int32_t> types;
  for (const std::string& t : w.vocab) {
    spelled.push_back(llama_token(t));
    types.push_back(t.starts_with('[') && t.ends_with(']') ? 3 : 1);
  }
  put_strings(g, "tokenizer.ggml.tokens", spelled);
  gguf_set_arr_data(g, "tokenizer.ggml.token_type", GGUF_TYPE_INT32, types.data(), types.size());
  const text::WordPieceOptions& o = w.tokenizer;
  for (const auto& [key, token] : {std::pair<const char*, const std::string*>{"unknown", &o.unk},
                                   {"seperator", &o.sep},  // spelled so in llama.cpp
                                   {"padding", &o.pad},
                                   {"cls", &o.cls},
                                   {"mask", &o.mask}}) {
    const auto it = std::find(w.vocab.begin(), w.vocab.end(), *token);
    const std::string name = std::string("tokenizer.ggml.") + key + "_token_id";
    if (it != w.vocab.end()) put(g, name.c_str(), static_cast<int>(it - w.vocab.begin()));
  }
  put_strings(g, "clue.bert.vocab", w.vocab);
  put_strings(g, "clue.bert.special_tokens", {o.unk, o.sep, o.pad, o.cls, o.mask});
  gguf_set_val_bool(g, "clue.bert.lower_case", o.lower_case);
  gguf_set_val_i32(g, "clue.bert.strip_accents", o.strip_accents);
  gguf_set_val_bool(g, "clue.bert.split_chinese", o.split_chinese);
  put(g, "clue.bert.activation", c.activation);
  put(g, "clue.bert.model_max_length", c.model_max_length);
  if (c.score_layer > 0) put(g, "clue.bert.score_layer", c.score_layer);
}

/// Typed reads of metadata; a missing or differently typed key leaves the default.
class Meta {
 public:
  explicit Meta(const gguf_context* g) : g_(g) {}
  [[nodiscard]] bool has(const char* key) const { return gguf_find_key(g_, key) >= 0; }
  void get(const char* key, int& to) const {
    const auto id = find(key, GGUF_TYPE_UINT32);
    if (id >= 0)
      to = static_cast<int>(std::min<std::uint32_t>(gguf_get_val_u32(g_, id), 1'000'000));
  }
  void get(const char* key, float& to) const {
    const auto id = find(key, GGUF_TYPE_FLOAT32);
    if (id >= 0) to = gguf_get_val_f32(g_, id);
  }
  void get(const char* key, bool& to) const {
    const auto id = find(key, GGUF_TYPE_BOOL);
    if (id >= 0) to = gguf_get_val_bool(g_, id);
  }
  void get(const char* key, std::string& to) const {
    const auto id = find(key, GGUF_TYPE_STRING);
    if (id >= 0) to = gguf_get_val_str(g_, id);
  }
  void signed_int(const char* key, int& to) const {
    const auto id = find(key, GGUF_TYPE_INT32);
    if (id >= 0) to = gguf_get_val_i32(g_, id);
  }
  [[nodiscard]] std::vector<std::string> strings(const char* key) const {
    std::vector<std::string> out;
    const auto id = find(key, GGUF_TYPE_ARRAY);
    if (id < 0 || gguf_get_arr_type(g_, id) != GGUF_TYPE_STRING) return out;
    for (std::size_t i = 0; i < gguf_get_arr_n(g_, id); ++i)
      out.emplace_back(gguf_get_arr_str(g_, id, i));
    return out;
  }

 private:
  [[nodiscard]] std::int64_t find(const char* key, gguf_type type) const {
    const std::int64_t id = gguf_find_key(g_, key);
    return id >= 0 && gguf_get_kv_type(g_, id) == type ? id : -1;
  }
  const gguf_context* g_;
};

void read_meta(const Meta& m, BertWeights& w) {
  BertConfig& c = w.config;
  m.get("general.name", c.model_name);
  m.get("bert.block_count", c.layers);
  m.get("bert.context_length", c.positions);
  m.get("bert.embedding_length", c.hidden);
  m.get("bert.feed_forward_length", c.intermediate);
  m.get("bert.attention.head_count", c.heads);
  m.get("bert.attention.layer_norm_epsilon", c.norm_eps);
  m.get("clue.bert.activation", c.activation);
  m.get("clue.bert.model_max_length", c.model_max_length);
  m.get("clue.bert.score_layer", c.score_layer);
  m.get("clue.bert.lower_case", w.tokenizer.lower_case);
  m.get("clue.bert.split_chinese", w.tokenizer.split_chinese);
  m.signed_int("clue.bert.strip_accents", w.tokenizer.strip_accents);
  w.vocab = m.strings("clue.bert.vocab");
  if (w.vocab.empty()) {
    for (const std::string& t : m.strings("tokenizer.ggml.tokens"))
      w.vocab.push_back(from_llama_token(t));
  }
  const auto special = m.strings("clue.bert.special_tokens");
  if (special.size() == 5) {
    text::WordPieceOptions& o = w.tokenizer;
    o.unk = special[0], o.sep = special[1], o.pad = special[2], o.cls = special[3],
    o.mask = special[4];
  }
}

}  // namespace

void FreeGgml::operator()(ggml_context* context) const { ggml_free(context); }

Result<BertWeights> make_bert_weights(const BertFolder& folder, BertPrecision precision) {
  BertWeights w;
  w.config = folder.config;
  w.tokenizer = folder.tokenizer;
  w.vocab = folder.vocab;
  w.precision = name(precision);
  std::size_t bytes = 1 << 16;
  std::vector<Spec> wanted = specs(w.config, w.vocab.size());
  for (Spec& s : wanted) {
    const auto it = folder.tensors.find(s.name);
    if (it == folder.tensors.end())
      return Error{ErrorCode::data, "the weights lack the tensor " + s.name};
    const auto have = static_cast<std::int64_t>(it->second.size());
    if (s.rows == -1 || s.name == "token_embd.weight")
      s.rows = std::max<std::int64_t>(have / s.columns, 1);
    if (have != s.columns * std::max<std::int64_t>(s.rows, 1)) {
      return Error{ErrorCode::data,
                   "tensor " + s.name + " has " + std::to_string(have) +
                       " numbers, config.json asks for " +
                       std::to_string(s.columns * std::max<std::int64_t>(s.rows, 1))};
    }
    bytes += ggml_row_size(type_of(s, precision), s.columns) *
                 static_cast<std::size_t>(std::max<std::int64_t>(s.rows, 1)) +
             ggml_tensor_overhead() + 64;
  }
  w.context.reset(ggml_init({bytes, nullptr, false}));
  if (!w.context) return Error{ErrorCode::io, "not enough memory for the encoder's weights"};
  for (const Spec& s : wanted) {
    const ggml_type type = type_of(s, precision);
    const std::int64_t rows = std::max<std::int64_t>(s.rows, 1);
    ggml_tensor* t = s.rows == 0 ? ggml_new_tensor_1d(w.context.get(), type, s.columns)
                                 : ggml_new_tensor_2d(w.context.get(), type, s.columns, rows);
    ggml_set_name(t, s.name.c_str());
    const std::vector<float>& from = folder.tensors.at(s.name);
    if (type == GGML_TYPE_F32) {
      std::memcpy(t->data, from.data(), from.size() * sizeof(float));
    } else {
      ggml_quantize_chunk(type, from.data(), t->data, 0, rows, s.columns, nullptr);
    }
    w.tensors[s.name] = t;
  }
  CLUE_OK(check(w));
  return w;
}

Status write_bert_gguf(const BertFolder& model, const fs::path& out, BertPrecision precision) {
  CLUE_TRY(const BertWeights w, make_bert_weights(model, precision));
  const Gguf g(gguf_init_empty());
  put_meta(g.get(), w);
  for (const auto& [name, tensor] : w.tensors) gguf_add_tensor(g.get(), tensor);
  const std::string part = out.string() + ".part" + std::to_string(::getpid());
  if (!gguf_write_to_file(g.get(), part.c_str(), false)) {
    std::remove(part.c_str());
    return Error{ErrorCode::io, out.string() + ": cannot be written (folder, permission or space)"};
  }
  std::error_code ec;
  fs::rename(part, out, ec);
  if (ec) return Error{ErrorCode::io, out.string() + ": " + ec.message()};
  return {};
}

Result<BertWeights> load_bert_gguf(const fs::path& path) {
  std::error_code ec;
  if (!fs::is_regular_file(path, ec))
    return Error{ErrorCode::not_found, path.string() + ": no such file"};
  std::string magic(4, '\0');  // looked at here, since ggml complains on standard error
  std::ifstream(path, std::ios::binary).read(magic.data(), 4);
  if (magic != "GGUF") return Error{ErrorCode::data, path.string() + ": not a GGUF file"};
  ggml_context* raw = nullptr;
  const Gguf g(gguf_init_from_file(path.c_str(), {false, &raw}));
  BertWeights w;
  w.context.reset(raw);
  if (!g) return Error{ErrorCode::data, path.string() + ": a damaged GGUF file"};
  const Meta meta(g.get());
  std::string architecture;
  meta.get("general.architecture", architecture);
  if (architecture != "bert") {
    return Error{ErrorCode::data, path.string() + ": architecture is \"" + architecture +
                                      "\", an encoder must be \"bert\""};
  }
  w.config.norm_eps = 1e-12F;
  read_meta(meta, w);
  if (w.config.heads < 1 || w.config.hidden < 1 || w.config.hidden % w.config.heads != 0 ||
      w.config.layers < 1) {
    return Error{ErrorCode::data, path.string() + ": the metadata of the encoder are incomplete"};
  }
  for (ggml_tensor* t = ggml_get_first_tensor(raw); t; t = ggml_get_next_tensor(raw, t))
    w.tensors[ggml_get_name(t)] = t;
  if (const Status ok = check(w); !ok) return ok.error().in(path.string());
  w.precision = ggml_type_name(w.tensors.at("blk.0.ffn_up.weight")->type);
  CLUE_TRY(w.content_hash, sha256_file(path));
  return w;
}

}  // namespace clue::metrics
