#include "metrics/bert_encoder.h"

#include <ggml-alloc.h>
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/hash.h"
#include "metrics/bert_gelu.h"
#include "metrics/bert_weights.h"

namespace clue::metrics {
namespace {

// Small batches stay in the cache: 8 sequences or 1024 tokens were fastest on two cores.
constexpr std::size_t kBatchSequences = 8;
constexpr std::size_t kBatchTokens = 1024;

struct FreeBackend {
  void operator()(ggml_backend_t b) const { ggml_backend_free(b); }
};
struct FreeAlloc {
  void operator()(ggml_gallocr_t a) const { ggml_gallocr_free(a); }
};
using Backend = std::unique_ptr<ggml_backend, FreeBackend>;
using Alloc = std::unique_ptr<ggml_gallocr, FreeAlloc>;

using RowFn = void (*)(float*, const float*, const float*, std::size_t);

/// dst = f(a + bias), rows shared out among the threads.
template <RowFn kRow>
void activate(ggml_tensor* dst, const ggml_tensor* a, const ggml_tensor* bias, int ith, int nth,
              void*) {
  const auto n = static_cast<std::size_t>(a->ne[0]);
  const std::int64_t rows = ggml_nrows(a);
  for (std::int64_t r = rows * ith / nth; r < rows * (ith + 1) / nth; ++r) {
    const auto* in = reinterpret_cast<const float*>(static_cast<const char*>(a->data) +
                                                    static_cast<std::size_t>(r) * a->nb[1]);
    auto* out = reinterpret_cast<float*>(static_cast<char*>(dst->data) +
                                         static_cast<std::size_t>(r) * dst->nb[1]);
    kRow(out, in, static_cast<const float*>(bias->data), n);
  }
}

void relu_row(float* out, const float* x, const float* bias, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = std::max(x[i] + bias[i], 0.0F);
}

struct Batch {
  std::vector<std::size_t> members;
  std::size_t length = 0;  ///< of the longest
};

std::vector<Batch> plan(std::span<const std::vector<std::int32_t>> sequences) {
  std::vector<std::size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sequences[a].size() > sequences[b].size();
  });
  std::vector<Batch> out;
  for (const std::size_t i : order) {
    const bool full = out.empty() || out.back().members.size() >= kBatchSequences ||
                      (out.back().members.size() + 1) * out.back().length > kBatchTokens;
    if (full) out.push_back({{}, sequences[i].size()});
    out.back().members.push_back(i);
  }
  return out;
}

}  // namespace

struct BertEncoder::Impl {
  BertWeights weights;
  text::WordPiece tokenizer;
  Backend backend;
  Alloc alloc;

  Impl(BertWeights w, text::WordPiece t) : weights(std::move(w)), tokenizer(std::move(t)) {}

  [[nodiscard]] ggml_tensor* weight(const std::string& name) const {
    return weights.tensors.at(name);
  }
  ggml_tensor* linear(ggml_context* g, const std::string& name, ggml_tensor* x) const {
    return ggml_add(g, ggml_mul_mat(g, weight(name + ".weight"), x), weight(name + ".bias"));
  }
  ggml_tensor* norm(ggml_context* g, const std::string& name, ggml_tensor* x) const {
    x = ggml_norm(g, x, weights.config.norm_eps);
    return ggml_add(g, ggml_mul(g, x, weight(name + ".weight")), weight(name + ".bias"));
  }
  ggml_tensor* attention(ggml_context* g, const std::string& p, ggml_tensor* x, ggml_tensor* mask,
                         std::int64_t length, std::int64_t batch) const;
  ggml_tensor* layer(ggml_context* g, int index, ggml_tensor* x, ggml_tensor* mask,
                     std::int64_t length, std::int64_t batch) const;
  Status run(const Batch& batch, std::span<const std::vector<std::int32_t>> sequences, int layers,
             std::vector<std::vector<float>>& out);
};

ggml_tensor* BertEncoder::Impl::attention(ggml_context* g, const std::string& p, ggml_tensor* x,
                                          ggml_tensor* mask, std::int64_t length,
                                          std::int64_t batch) const {
  const std::int64_t heads = weights.config.heads, width = weights.config.hidden / heads;
  const auto split = [&](const char* name) {  // [width, heads, length, batch]
    return ggml_reshape_4d(g, linear(g, p + name, x), width, heads, length, batch);
  };
  ggml_tensor* q = ggml_permute(g, split("attn_q"), 0, 2, 1, 3);
  ggml_tensor* k = ggml_permute(g, split("attn_k"), 0, 2, 1, 3);
  ggml_tensor* v =
      ggml_cont(g, ggml_permute(g, split("attn_v"), 1, 2, 0, 3));  // [length, width, heads, batch]
  ggml_tensor* weights_kq = ggml_mul_mat(g, k, q);
  weights_kq =
      ggml_soft_max_ext(g, weights_kq, mask, 1.0F / std::sqrt(static_cast<float>(width)), 0.0F);
  ggml_tensor* mixed = ggml_permute(g, ggml_mul_mat(g, v, weights_kq), 0, 2, 1, 3);
  return ggml_cont_2d(g, mixed, weights.config.hidden, length * batch);
}

ggml_tensor* BertEncoder::Impl::layer(ggml_context* g, int index, ggml_tensor* x, ggml_tensor* mask,
                                      std::int64_t length, std::int64_t batch) const {
  const std::string p = "blk." + std::to_string(index) + ".";
  ggml_tensor* mixed = linear(g, p + "attn_output", attention(g, p, x, mask, length, batch));
  x = norm(g, p + "attn_output_norm", ggml_add(g, mixed, x));
  ggml_tensor* up = ggml_mul_mat(g, weight(p + "ffn_up.weight"), x);
  const std::string& activation = weights.config.activation;
  const ggml_custom2_op_t f = activation == "gelu"   ? activate<gelu_erf_row>
                              : activation == "relu" ? activate<relu_row>
                                                     : activate<gelu_tanh_row>;
  up = ggml_map_custom2_inplace(g, up, weight(p + "ffn_up.bias"), f, GGML_N_TASKS_MAX, nullptr);
  return norm(g, p + "layer_output_norm", ggml_add(g, linear(g, p + "ffn_down", up), x));
}

// Sequences stand side by side, padded to the longest; the mask hides the padding from every row.
Status BertEncoder::Impl::run(const Batch& batch,
                              std::span<const std::vector<std::int32_t>> sequences, int layers,
                              std::vector<std::vector<float>>& out) {
  const std::size_t length = batch.length, count = batch.members.size(), total = length * count;
  const auto nodes = static_cast<std::size_t>(layers) * 48 + 64;
  const std::size_t bytes =
      ggml_tensor_overhead() * nodes + ggml_graph_overhead_custom(nodes, false);
  const std::unique_ptr<ggml_context, FreeGgml> context(ggml_init({bytes, nullptr, true}));
  if (!context) return Error{ErrorCode::internal, "ggml could not make a graph"};
  ggml_context* g = context.get();
  ggml_tensor* ids = ggml_new_tensor_1d(g, GGML_TYPE_I32, static_cast<std::int64_t>(total));
  ggml_tensor* positions = ggml_new_tensor_1d(g, GGML_TYPE_I32, static_cast<std::int64_t>(total));
  ggml_set_input(ids);
  ggml_set_input(positions);
  const auto l = static_cast<std::int64_t>(length), b = static_cast<std::int64_t>(count);
  ggml_tensor* mask = nullptr;
  const bool ragged = std::any_of(batch.members.begin(), batch.members.end(),
                                  [&](std::size_t i) { return sequences[i].size() != length; });
  if (ragged && layers > 0) {
    mask = ggml_new_tensor_4d(g, GGML_TYPE_F32, l, l, 1, b);
    ggml_set_input(mask);
  }
  ggml_tensor* types = weight("token_types.weight");
  ggml_tensor* x = ggml_get_rows(g, weight("token_embd.weight"), ids);
  x = ggml_add(g, x, ggml_get_rows(g, weight("position_embd.weight"), positions));
  x = ggml_add(g, x,
               ggml_view_1d(g, types, types->ne[0], 0));  // every token is of the first segment
  x = norm(g, "token_embd_norm", x);
  for (int i = 0; i < layers; ++i) x = layer(g, i, x, mask, l, b);
  ggml_set_output(x);
  ggml_cgraph* graph = ggml_new_graph_custom(g, nodes, false);
  ggml_build_forward_expand(graph, x);
  if (!ggml_gallocr_alloc_graph(alloc.get(), graph)) {
    return Error{ErrorCode::internal,
                 "not enough memory for " + std::to_string(total) + " tokens in the encoder"};
  }
  for (std::size_t s = 0; s < count; ++s) {
    const auto& tokens = sequences[batch.members[s]];
    auto* id = static_cast<std::int32_t*>(ids->data) + s * length;
    auto* position = static_cast<std::int32_t*>(positions->data) + s * length;
    for (std::size_t i = 0; i < length; ++i) {
      id[i] = i < tokens.size() ? tokens[i] : 0;
      position[i] = static_cast<std::int32_t>(i);
    }
    if (!mask) continue;
    auto* rows = static_cast<float*>(mask->data) + s * length * length;
    for (std::size_t i = 0; i < length * length; ++i)
      rows[i] = i % length < tokens.size() ? 0.0F : -INFINITY;
  }
  if (ggml_backend_graph_compute(backend.get(), graph) != GGML_STATUS_SUCCESS) {
    return Error{ErrorCode::internal, "ggml could not compute the encoder's graph"};
  }
  const auto hidden = static_cast<std::size_t>(weights.config.hidden);
  for (std::size_t s = 0; s < count; ++s) {
    const auto* from = static_cast<const float*>(x->data) + s * length * hidden;
    out[batch.members[s]].assign(from, from + sequences[batch.members[s]].size() * hidden);
  }
  return {};
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
  auto impl = std::make_unique<Impl>(std::move(weights), std::move(tokenizer).value());
  impl->backend.reset(ggml_backend_cpu_init());
  impl->alloc.reset(ggml_gallocr_new(ggml_backend_cpu_buffer_type()));
  if (!impl->backend || !impl->alloc)
    return Error{ErrorCode::internal, "ggml's CPU back end did not start"};
  ggml_backend_cpu_set_n_threads(impl->backend.get(), std::max(threads, 1));
  return BertEncoder(std::move(impl));
}

Result<std::vector<std::vector<float>>> BertEncoder::encode(
    std::span<const std::vector<std::int32_t>> sequences, int layer) {
  CLUE_CHECK(layer >= 0 && layer <= config().layers);
  std::vector<std::vector<float>> out(sequences.size());
  for (const auto& s : sequences) {
    CLUE_CHECK(!s.empty() && s.size() <= static_cast<std::size_t>(config().positions));
  }
  for (const Batch& b : plan(sequences)) CLUE_OK(impl_->run(b, sequences, layer, out));
  return out;
}

const BertConfig& BertEncoder::config() const { return impl_->weights.config; }
const text::WordPiece& BertEncoder::tokenizer() const { return impl_->tokenizer; }
const std::string& BertEncoder::precision() const { return impl_->weights.precision; }
const std::string& BertEncoder::content_hash() const { return impl_->weights.content_hash; }

}  // namespace clue::metrics
