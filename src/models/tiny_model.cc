#include "models/tiny_model.h"

#include <ggml.h>
#include <gguf.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <vector>

#include "models/tiny_tokenizer.h"

namespace clue::models {
namespace {

constexpr int kMerges = 480;
constexpr int kHeadWidth = 64;
constexpr std::string_view kControls[] = {"<|begin|>", "<|end|>", "<|system|>", "<|user|>",
                                          "<|assistant|>"};
constexpr std::string_view kTemplate =
    "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}";

struct FreeGguf {
  void operator()(gguf_context* context) const { gguf_free(context); }
};
struct FreeGgml {
  void operator()(ggml_context* context) const { ggml_free(context); }
};

struct Vocab {
  BytePairs pairs;
  std::vector<std::string> tokens;
  std::vector<std::int32_t> types;  ///< 1 normal, 3 control
  std::int32_t begin = 0, end = 0;
  std::vector<std::int32_t> script;  ///< tokens of the scripted answer, in order
};

/// Cuts the script into words; a word that is a token already grows by the next one, so that every
/// piece is a token of its own and "what follows" has one answer.
std::vector<std::string> script_pieces(std::string_view text, std::set<std::string> taken) {
  std::vector<std::string> pieces;
  std::string piece;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find(' ', at + 1);
    if (end == std::string_view::npos) end = text.size();
    piece += text.substr(at, end - at);
    at = end;
    if (taken.insert(spell_bytes(piece)).second) {
      pieces.push_back(piece);
      piece.clear();
    }
  }
  while (!piece.empty()) {  // the tail was no new token: lengthen the piece before it
    const std::string last = pieces.empty() ? "" : pieces.back();
    if (!pieces.empty()) pieces.pop_back();
    piece = last + piece;
    if (taken.insert(spell_bytes(piece)).second || pieces.empty()) {
      pieces.push_back(piece);
      break;
    }
  }
  return pieces;
}

Vocab make_vocab(const std::string& scripted) {
  Vocab out;
  out.pairs = train_byte_pairs(tiny_corpus(), kMerges);
  out.tokens = out.pairs.tokens;
  const std::set<std::string> taken(out.tokens.begin(), out.tokens.end());
  if (!scripted.empty()) {
    for (const std::string& piece : script_pieces(scripted, taken)) {
      const std::string spelled = spell_bytes(piece);
      const auto found = std::find(out.tokens.begin(), out.tokens.end(), spelled);
      out.script.push_back(static_cast<std::int32_t>(found - out.tokens.begin()));
      if (found == out.tokens.end()) out.tokens.push_back(spelled);
    }
  }
  out.types.assign(out.tokens.size(), 1);
  for (const std::string_view control : kControls) {
    if (control == "<|begin|>") out.begin = static_cast<std::int32_t>(out.tokens.size());
    if (control == "<|end|>") out.end = static_cast<std::int32_t>(out.tokens.size());
    out.tokens.emplace_back(control);
    out.types.push_back(3);
  }
  return out;
}

struct Shape {
  int layers = 1, embedding = kHeadWidth, forward = 0, vocabulary = 0;
  [[nodiscard]] std::int64_t parameters() const {
    const auto d = static_cast<std::int64_t>(embedding);
    return 2 * d * vocabulary + d + layers * (4 * d * d + 3 * d * forward + 2 * d);
  }
};

/// Near the wanted size with about one layer for 64 of width, as real models have.
Shape choose_shape(std::int64_t wanted, int vocabulary) {
  Shape best;
  for (int width = kHeadWidth; width <= 8192; width += kHeadWidth) {
    Shape shape;
    shape.vocabulary = vocabulary;
    shape.embedding = width;
    shape.forward = (width * 8 / 3 + 31) / 32 * 32;
    shape.layers = std::max(1, width / 64);
    const auto miss = [&](const Shape& s) { return std::abs(s.parameters() - wanted); };
    while (shape.layers > 1 && shape.parameters() > wanted) --shape.layers;
    if (best.vocabulary == 0 || miss(shape) < miss(best)) best = shape;
  }
  return best;
}

/// Uniform numbers of a given standard deviation; splitmix64, one stream per tensor.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}
  float next(float deviation) {
    std::uint64_t x = state_ += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    const double unit = static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1.0p-53;
    return static_cast<float>((unit * 2 - 1) * std::sqrt(3.0)) * deviation;
  }

 private:
  std::uint64_t state_;
};

/// Adds tensors to a GGUF; owns their memory.
class Weights {
 public:
  Weights(gguf_context* file, ggml_type type, std::uint64_t seed, std::int64_t parameters)
      : file_(file), type_(type), seed_(seed) {
    ggml_init_params params{};
    params.mem_size = static_cast<std::size_t>(parameters) * 4 + (std::size_t{64} << 20);
    memory_.reset(ggml_init(params));
    CLUE_CHECK(memory_ != nullptr);
  }

  void add(const std::string& name, std::int64_t columns, std::int64_t rows,
           const std::vector<float>& values) {
    const ggml_type type = rows > 1 ? type_ : GGML_TYPE_F32;
    ggml_tensor* tensor = rows > 1 ? ggml_new_tensor_2d(memory_.get(), type, columns, rows)
                                   : ggml_new_tensor_1d(memory_.get(), type, columns);
    ggml_set_name(tensor, name.c_str());
    ggml_quantize_chunk(type, values.data(), tensor->data, 0, rows, columns, nullptr);
    gguf_add_tensor(file_, tensor);
  }

  void add_random(const std::string& name, std::int64_t columns, std::int64_t rows,
                  float deviation) {
    Noise noise(seed_ + 0x51ED27ULL * ++count_);
    std::vector<float> values(static_cast<std::size_t>(columns * rows));
    for (float& value : values) value = noise.next(deviation);
    add(name, columns, rows, values);
  }

  void add_constant(const std::string& name, std::int64_t columns, std::int64_t rows, float value) {
    add(name, columns, rows, std::vector<float>(static_cast<std::size_t>(columns * rows), value));
  }

 private:
  gguf_context* file_;
  ggml_type type_;
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
  std::unique_ptr<ggml_context, FreeGgml> memory_;
};

/// Bigram trick: with attention and feed-forward outputs zero, the hidden state is the embedding of
/// the last token. Token k of the script lights up direction k + 1, every token direction 0; the
/// output row of the follower reads its predecessor's direction strongly, the first token's row
/// reads direction 0 weakly, so that it follows anything that is not part of the script.
void add_script(Weights& weights, const Vocab& vocab, const Shape& shape) {
  const auto width = static_cast<std::size_t>(shape.embedding);
  std::vector<float> embedding(width * vocab.tokens.size(), 0.0F);
  std::vector<float> output(width * vocab.tokens.size(), 0.0F);
  for (std::size_t token = 0; token < vocab.tokens.size(); ++token) embedding[token * width] = 1;
  for (std::size_t k = 0; k < vocab.script.size(); ++k) {
    const auto token = static_cast<std::size_t>(vocab.script[k]);
    const bool last = k + 1 == vocab.script.size();
    const auto follower = static_cast<std::size_t>(last ? vocab.end : vocab.script[k + 1]);
    embedding[token * width + k + 1] = 4;
    output[follower * width + k + 1] = 4;
  }
  output[static_cast<std::size_t>(vocab.script[0]) * width] = 1;
  weights.add("token_embd.weight", shape.embedding, shape.vocabulary, embedding);
  weights.add("output.weight", shape.embedding, shape.vocabulary, output);
}

void add_tensors(Weights& weights, const Vocab& vocab, const Shape& shape) {
  const std::int64_t d = shape.embedding;
  const float fan = 1.0F / std::sqrt(static_cast<float>(d));
  const bool scripted = !vocab.script.empty();
  if (scripted) {
    add_script(weights, vocab, shape);
  } else {
    weights.add_random("token_embd.weight", d, shape.vocabulary, 1.0F);
    weights.add_random("output.weight", d, shape.vocabulary, 2 * fan);
  }
  weights.add_constant("output_norm.weight", d, 1, 1.0F);
  for (int layer = 0; layer < shape.layers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    weights.add_constant(block + "attn_norm.weight", d, 1, 1.0F);
    weights.add_constant(block + "ffn_norm.weight", d, 1, 1.0F);
    for (const char* name : {"attn_q.weight", "attn_k.weight", "attn_v.weight"}) {
      weights.add_random(block + name, d, d, fan);
    }
    weights.add_random(block + "ffn_gate.weight", d, shape.forward, fan);
    weights.add_random(block + "ffn_up.weight", d, shape.forward, fan);
    const float forward_fan = 1.0F / std::sqrt(static_cast<float>(shape.forward));
    weights.add_random(block + "attn_output.weight", d, d, scripted ? 0.0F : fan);
    weights.add_random(block + "ffn_down.weight", shape.forward, d, scripted ? 0.0F : forward_fan);
  }
}

void set_texts(gguf_context* file, const char* key, const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  gguf_set_arr_str(file, key, pointers.data(), pointers.size());
}

void add_metadata(gguf_context* file, const Vocab& vocab, const Shape& shape,
                  const TinyOptions& options) {
  const auto number = [&](const char* key, int value) {
    gguf_set_val_u32(file, key, static_cast<std::uint32_t>(value));
  };
  gguf_set_val_str(file, "general.architecture", "llama");
  gguf_set_val_str(file, "general.name",
                   vocab.script.empty() ? "clue tiny (random weights)" : "clue tiny (scripted)");
  number("llama.block_count", shape.layers);
  number("llama.context_length", options.context);
  number("llama.embedding_length", shape.embedding);
  number("llama.feed_forward_length", shape.forward);
  number("llama.attention.head_count", shape.embedding / kHeadWidth);
  number("llama.attention.head_count_kv", shape.embedding / kHeadWidth);
  number("llama.rope.dimension_count", kHeadWidth);
  number("llama.vocab_size", shape.vocabulary);
  gguf_set_val_f32(file, "llama.attention.layer_norm_rms_epsilon", 1e-5F);
  gguf_set_val_str(file, "tokenizer.ggml.model", "gpt2");
  gguf_set_val_str(file, "tokenizer.ggml.pre", "llama-bpe");
  set_texts(file, "tokenizer.ggml.tokens", vocab.tokens);
  set_texts(file, "tokenizer.ggml.merges", vocab.pairs.merges);
  gguf_set_arr_data(file, "tokenizer.ggml.token_type", GGUF_TYPE_INT32, vocab.types.data(),
                    vocab.types.size());
  number("tokenizer.ggml.bos_token_id", vocab.begin);
  number("tokenizer.ggml.eos_token_id", vocab.end);
  number("tokenizer.ggml.eot_token_id", vocab.end);
  gguf_set_val_bool(file, "tokenizer.ggml.add_bos_token", true);
  if (options.chat_template) {
    gguf_set_val_str(file, "tokenizer.chat_template", std::string(kTemplate).c_str());
  }
}

Result<ggml_type> weight_type(const TinyOptions& options) {
  if (options.type == "f32" || (options.type.empty() && options.parameters < 20'000'000)) {
    return GGML_TYPE_F32;
  }
  if (options.type == "f16" || options.type.empty()) return GGML_TYPE_F16;
  if (options.type == "q8_0") return GGML_TYPE_Q8_0;
  return Error{ErrorCode::invalid_argument,
               "weight type '" + options.type + "': use f32, f16 or q8_0"};
}

}  // namespace

Result<TinyFacts> write_tiny_model(const std::string& path, const TinyOptions& options) {
  if (options.parameters < 50'000 || options.parameters > 2'000'000'000) {
    return Error{ErrorCode::invalid_argument,
                 "--params " + std::to_string(options.parameters) + ": from 50000 to 2000000000"};
  }
  CLUE_TRY(ggml_type type, weight_type(options));
  const Vocab vocab = make_vocab(options.scripted);
  const int vocabulary = static_cast<int>(vocab.tokens.size());
  Shape shape = choose_shape(options.parameters, vocabulary);
  if (!vocab.script.empty()) {  // one direction for each piece of the script, and the common one
    const int need = static_cast<int>(vocab.script.size()) + 1;
    shape = {.layers = 1,
             .embedding = (need + kHeadWidth - 1) / kHeadWidth * kHeadWidth,
             .forward = 32,
             .vocabulary = vocabulary};
  }
  const std::unique_ptr<gguf_context, FreeGguf> file(gguf_init_empty());
  add_metadata(file.get(), vocab, shape, options);
  Weights weights(file.get(), type, options.seed * 0x9E3779B97F4A7C15ULL, shape.parameters());
  add_tensors(weights, vocab, shape);

  const std::string temporary = path + ".part" + std::to_string(::getpid());
  std::error_code problem;
  if (!gguf_write_to_file(file.get(), temporary.c_str(), /*only_meta=*/false)) {
    std::filesystem::remove(temporary, problem);
    return Error{ErrorCode::io, path + ": cannot write the model (permission, full disk?)"};
  }
  std::filesystem::rename(temporary, path, problem);
  if (problem) return Error{ErrorCode::io, path + ": " + problem.message()};
  return TinyFacts{shape.parameters(), shape.layers, shape.embedding, shape.vocabulary};
}

}  // namespace clue::models
