// The forward pass without padding: the tokens of some sequences stand one after the other, all row
// operations run over them together, attention looks at one sequence at a time. A group of
// sequences passes through all layers on one thread while its activations stay in the cache.
#include "metrics/bert_encoder.h"

#include <ggml.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

#include "base/check.h"
#include "base/gemm.h"
#include "base/hash.h"
#include "metrics/bert_math.h"
#include "metrics/bert_weights.h"

namespace clue::metrics {
namespace {

constexpr std::size_t kGroupTokens = 192;  // of short sequences; a longer one is its own group
constexpr std::size_t kChunk = 96;         // rows of the feed-forward at a time

using Floats = std::vector<float>;
using Sequences = std::span<const std::vector<std::int32_t>>;

/// A tensor's numbers as floats, whatever type the file keeps them in.
Result<Floats> floats(const BertWeights& w, const std::string& name) {
  const ggml_tensor* t = w.tensors.at(name);
  Floats out(static_cast<std::size_t>(ggml_nelements(t)));
  if (t->type == GGML_TYPE_F32) {
    std::memcpy(out.data(), t->data, out.size() * sizeof(float));
    return out;
  }
  const auto* traits = ggml_get_type_traits(t->type);
  if (traits->to_float == nullptr) {
    return Error{ErrorCode::data,
                 "tensor " + name + " has the type " + ggml_type_name(t->type) +
                     ", which cannot be read; convert the model to f32, f16 or q8_0"};
  }
  traits->to_float(t->data, out.data(), static_cast<std::int64_t>(out.size()));
  return out;
}

/// Room for one more group's activations; one for each thread.
struct Scratch {
  Floats x, qkv, mixed, product, up, keys, values, scores, head;
};

struct Group {
  std::vector<std::size_t> members;
  std::size_t tokens = 0;
};

std::vector<Group> plan(Sequences sequences) {
  std::vector<std::size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sequences[a].size() > sequences[b].size();
  });
  std::vector<Group> out;
  for (const std::size_t i : order) {
    if (out.empty() || out.back().tokens + sequences[i].size() > kGroupTokens) out.emplace_back();
    out.back().members.push_back(i);
    out.back().tokens += sequences[i].size();
  }
  return out;
}

float* room(Floats& buffer, std::size_t n) {
  if (buffer.size() < n) buffer.resize(n);
  return buffer.data();
}

}  // namespace

struct BertEncoder::Impl {
  struct NormWeights {
    Floats gain, shift;
    [[nodiscard]] Norm with(float eps) const { return {gain.data(), shift.data(), eps}; }
  };
  struct Layer {
    PackedMatrix qkv, out, up, down;
    Floats qkv_bias, out_bias, up_bias, down_bias;
    NormWeights after_attention, after_all;
  };

  BertConfig config;
  std::string precision, content_hash;
  text::WordPiece tokenizer;
  int threads = 1;
  std::size_t hidden = 0, stride = 0;
  Activation activation = Activation::gelu;
  Floats words, positions;  ///< rows of `hidden`; the token type is added to the positions
  NormWeights embedding_norm;
  std::vector<Layer> layers;

  Impl(const BertWeights& w, text::WordPiece t, int thread_count);
  Status load(const BertWeights& w);
  Result<NormWeights> load_norm(const BertWeights& w, const std::string& name) const;
  Result<Floats> load_bias(const BertWeights& w, const std::string& name) const;

  void embed(const Group& group, Sequences sequences, float* x) const;
  void attend(const float* qkv, std::size_t length, float* mixed, Scratch& s) const;
  void run_layer(const Layer& layer, const Group& group, Sequences sequences, Scratch& s) const;
  void run(const Group& group, Sequences sequences, int depth, Scratch& s,
           std::vector<Floats>& out) const;
};

BertEncoder::Impl::Impl(const BertWeights& w, text::WordPiece t, int thread_count)
    : config(w.config),
      precision(w.precision),
      content_hash(w.content_hash),
      tokenizer(std::move(t)),
      threads(std::max(thread_count, 1)),
      hidden(static_cast<std::size_t>(w.config.hidden)),
      stride(padded(hidden)) {
  if (config.activation == "gelu_new") activation = Activation::gelu_new;
  if (config.activation == "relu") activation = Activation::relu;
}

Result<Floats> BertEncoder::Impl::load_bias(const BertWeights& w, const std::string& name) const {
  CLUE_TRY(Floats bias, floats(w, name + ".bias"));
  bias.resize(padded(bias.size()));
  return bias;
}

Result<BertEncoder::Impl::NormWeights> BertEncoder::Impl::load_norm(const BertWeights& w,
                                                                    const std::string& name) const {
  NormWeights n;
  CLUE_TRY(n.gain, floats(w, name + ".weight"));
  n.gain.resize(stride);
  CLUE_TRY(n.shift, load_bias(w, name));
  return n;
}

Status BertEncoder::Impl::load(const BertWeights& w) {
  CLUE_TRY(words, floats(w, "token_embd.weight"));
  CLUE_TRY(positions, floats(w, "position_embd.weight"));
  CLUE_TRY(const Floats types, floats(w, "token_types.weight"));
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] += types[i % hidden];
  CLUE_TRY(embedding_norm, load_norm(w, "token_embd_norm"));
  const auto f = static_cast<std::size_t>(config.intermediate);
  for (int i = 0; i < config.layers; ++i) {
    const std::string p = "blk." + std::to_string(i) + ".";
    Layer layer;
    Floats all, bias;
    for (const char* part : {"attn_q", "attn_k", "attn_v"}) {
      CLUE_TRY(const Floats one, floats(w, p + part + ".weight"));
      all.insert(all.end(), one.begin(), one.end());
      CLUE_TRY(const Floats b, floats(w, p + part + ".bias"));
      bias.insert(bias.end(), b.begin(), b.end());
    }
    layer.qkv = PackedMatrix(all, 3 * hidden, hidden);
    bias.resize(layer.qkv.stride());
    layer.qkv_bias = std::move(bias);
    CLUE_TRY(const Floats out, floats(w, p + "attn_output.weight"));
    layer.out = PackedMatrix(out, hidden, hidden);
    CLUE_TRY(layer.out_bias, load_bias(w, p + "attn_output"));
    CLUE_TRY(const Floats up, floats(w, p + "ffn_up.weight"));
    layer.up = PackedMatrix(up, f, hidden);
    CLUE_TRY(layer.up_bias, load_bias(w, p + "ffn_up"));
    CLUE_TRY(const Floats down, floats(w, p + "ffn_down.weight"));
    layer.down = PackedMatrix(down, hidden, f);
    CLUE_TRY(layer.down_bias, load_bias(w, p + "ffn_down"));
    CLUE_TRY(layer.after_attention, load_norm(w, p + "attn_output_norm"));
    CLUE_TRY(layer.after_all, load_norm(w, p + "layer_output_norm"));
    layers.push_back(std::move(layer));
  }
  return {};
}

void BertEncoder::Impl::embed(const Group& group, Sequences sequences, float* x) const {
  Floats place(stride);
  float* row = x;
  for (const std::size_t m : group.members) {
    for (std::size_t i = 0; i < sequences[m].size(); ++i, row += stride) {
      const auto id = static_cast<std::size_t>(sequences[m][i]);
      std::fill(std::copy_n(words.data() + id * hidden, hidden, row), row + stride, 0.0F);
      std::copy_n(positions.data() + i * hidden, hidden, place.data());
      add_and_norm(row, nullptr, place.data(), embedding_norm.with(config.norm_eps), 1, hidden,
                   stride, row);
    }
  }
}

// One head after the other: scores = q k^T, softmax, mixed = scores v. Keys and values are packed as
// the right sides of the two products.
void BertEncoder::Impl::attend(const float* qkv, std::size_t length, float* mixed,
                               Scratch& s) const {
  const auto heads = static_cast<std::size_t>(config.heads);
  const std::size_t width = hidden / heads, row = padded(3 * hidden);
  const std::size_t columns = padded(length), values = padded(width);
  const float scale = 1.0F / std::sqrt(static_cast<float>(width));
  float* keys = room(s.keys, columns * width);
  float* packed_values = room(s.values, values * length);
  float* scores = room(s.scores, length * columns);
  float* head = room(s.head, length * values);
  for (std::size_t h = 0; h < heads; ++h) {
    const float* q = qkv + h * width;
    pack_panels(q + hidden, length, width, row, keys);
    const float* v = q + 2 * hidden;
    if (values != width) std::fill_n(packed_values, values * length, 0.0F);
    for (std::size_t p = 0; p < width; p += kPanel) {
      for (std::size_t i = 0; i < length; ++i) {
        std::copy_n(v + i * row + p, std::min(kPanel, width - p),
                    packed_values + p * length + i * kPanel);
      }
    }
    multiply_panels(q, length, row, keys, panels_of(length), width, scores, columns);
    softmax(scores, length, columns, length, scale);
    multiply_panels(scores, length, columns, packed_values, panels_of(width), length, head, values);
    for (std::size_t i = 0; i < length; ++i)
      std::copy_n(head + i * values, width, mixed + i * stride + h * width);
  }
}

void BertEncoder::Impl::run_layer(const Layer& layer, const Group& group, Sequences sequences,
                                  Scratch& s) const {
  const std::size_t rows = group.tokens, wide = layer.qkv.stride();
  float* x = s.x.data();
  float* qkv = room(s.qkv, rows * wide);
  float* mixed = room(s.mixed, rows * stride);
  layer.qkv.apply(x, rows, stride, qkv);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < wide; ++i) qkv[r * wide + i] += layer.qkv_bias[i];
  }
  std::size_t at = 0;
  for (const std::size_t m : group.members) {
    attend(qkv + at * wide, sequences[m].size(), mixed + at * stride, s);
    at += sequences[m].size();
  }
  float* product = room(s.product, std::min(rows, kChunk) * stride);
  float* up = room(s.up, std::min(rows, kChunk) * layer.up.stride());
  for (std::size_t begin = 0; begin < rows; begin += kChunk) {
    const std::size_t n = std::min(kChunk, rows - begin);
    float* part = x + begin * stride;
    layer.out.apply(mixed + begin * stride, n, stride, product);
    add_and_norm(product, layer.out_bias.data(), part, layer.after_attention.with(config.norm_eps),
                 n, hidden, stride, part);
    layer.up.apply(part, n, stride, up);
    activate(activation, up, n, layer.up.stride(), layer.up_bias.data());
    layer.down.apply(up, n, layer.up.stride(), product);
    add_and_norm(product, layer.down_bias.data(), part, layer.after_all.with(config.norm_eps), n,
                 hidden, stride, part);
  }
}

void BertEncoder::Impl::run(const Group& group, Sequences sequences, int depth, Scratch& s,
                            std::vector<Floats>& out) const {
  float* x = room(s.x, group.tokens * stride);
  // The padding behind `hidden` must be zero where add_and_norm reads it.
  if (stride != hidden) std::fill_n(room(s.mixed, group.tokens * stride), group.tokens * stride, 0.0F);
  embed(group, sequences, x);
  for (int i = 0; i < depth; ++i)
    run_layer(layers[static_cast<std::size_t>(i)], group, sequences, s);
  for (const std::size_t m : group.members) {
    out[m].resize(sequences[m].size() * hidden);
    for (std::size_t i = 0; i < sequences[m].size(); ++i, x += stride)
      std::copy_n(x, hidden, out[m].data() + i * hidden);
  }
}

BertEncoder::BertEncoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BertEncoder::~BertEncoder() = default;
BertEncoder::BertEncoder(BertEncoder&&) noexcept = default;
BertEncoder& BertEncoder::operator=(BertEncoder&&) noexcept = default;

Result<BertEncoder> BertEncoder::open(const std::filesystem::path& path, int threads) {
  BertWeights weights;
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec)) {
    CLUE_TRY(const BertFolder folder, read_bert_folder(path));
    auto made = make_bert_weights(folder, BertPrecision::f32);
    if (!made) return made.error().in(path.string());
    weights = std::move(made).value();
    const bool safe = std::filesystem::exists(path / "model.safetensors", ec);
    CLUE_TRY(weights.content_hash,
             sha256_file(path / (safe ? "model.safetensors" : "pytorch_model.bin")));
  } else {
    CLUE_TRY(weights, load_bert_gguf(path));
  }
  auto tokenizer = text::WordPiece::from_vocab(weights.vocab, weights.tokenizer);
  if (!tokenizer) return tokenizer.error().in(path.string());
  auto impl = std::make_unique<Impl>(weights, std::move(tokenizer).value(), threads);
  if (const Status loaded = impl->load(weights); !loaded) return loaded.error().in(path.string());
  return BertEncoder(std::move(impl));
}

Result<std::vector<std::vector<float>>> BertEncoder::encode(Sequences sequences, int layer) {
  CLUE_CHECK(layer >= 0 && layer <= config().layers);
  const auto vocabulary = static_cast<std::int32_t>(impl_->words.size() / impl_->hidden);
  for (const auto& s : sequences) {
    CLUE_CHECK(!s.empty() && s.size() <= static_cast<std::size_t>(config().positions));
    for (const std::int32_t id : s) CLUE_CHECK(id >= 0 && id < vocabulary);
  }
  std::vector<Floats> out(sequences.size());
  const std::vector<Group> groups = plan(sequences);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    Scratch scratch;
    for (std::size_t i = next++; i < groups.size(); i = next++)
      impl_->run(groups[i], sequences, layer, scratch, out);
  };
  {
    std::vector<std::jthread> others;
    const std::size_t wanted = std::min(static_cast<std::size_t>(impl_->threads), groups.size());
    for (std::size_t t = 1; t < wanted; ++t) others.emplace_back(work);
    work();
  }
  return out;
}

const BertConfig& BertEncoder::config() const { return impl_->config; }
const text::WordPiece& BertEncoder::tokenizer() const { return impl_->tokenizer; }
const std::string& BertEncoder::precision() const { return impl_->precision; }
const std::string& BertEncoder::content_hash() const { return impl_->content_hash; }

}  // namespace clue::metrics
