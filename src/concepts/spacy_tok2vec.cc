#include "concepts/spacy_tok2vec.h"

#include <algorithm>
#include <cmath>

#include "concepts/spacy_strings.h"

namespace clue::concepts {
namespace {

/// Words remembered at most; then the memo starts anew.
constexpr std::size_t kMemoLimit = 200'000;

Error broken(const ThincModel& m, const std::string& what) {
  return {ErrorCode::data, m.place() + ": " + what +
                               "; expected a tok2vec of spaCy 3 with hashed "
                               "embeddings and a maxout window encoder"};
}

}  // namespace

Result<MaxoutLayer> MaxoutLayer::from_model(const ThincModel& m, std::size_t maxout,
                                            std::size_t norm) {
  CLUE_TRY(const ThincArray* w, m.array(maxout, "W", 3));
  CLUE_TRY(const ThincArray* b, m.array(maxout, "b", 2));
  CLUE_TRY(const ThincArray* gain, m.array(norm, "G", 1));
  CLUE_TRY(const ThincArray* shift, m.array(norm, "b", 1));
  MaxoutLayer out;
  out.width = w->shape[0];
  out.pieces = w->shape[1];
  const std::size_t inputs = w->shape[2];
  if (b->data.size() != out.width * out.pieces || gain->data.size() != out.width ||
      shift->data.size() != out.width || out.width == 0 || out.pieces == 0 || inputs == 0) {
    return broken(m, "the sizes of a maxout layer do not fit together");
  }
  std::vector<float> sorted(w->data.size());
  out.bias.resize(b->data.size());
  for (std::size_t o = 0; o < out.width; ++o) {
    for (std::size_t p = 0; p < out.pieces; ++p) {
      const std::size_t to = p * out.width + o;
      const std::size_t from = o * out.pieces + p;
      std::copy_n(w->data.begin() + static_cast<std::ptrdiff_t>(from * inputs), inputs,
                  sorted.begin() + static_cast<std::ptrdiff_t>(to * inputs));
      out.bias[to] = b->data[from];
    }
  }
  out.weights = PackedMatrix(sorted, out.width * out.pieces, inputs);
  out.gain = gain->data;
  out.shift = shift->data;
  return out;
}

void MaxoutLayer::finish(const float* raw, float* out) const {
  for (std::size_t o = 0; o < width; ++o) out[o] = raw[o] + bias[o];
  for (std::size_t p = 1; p < pieces; ++p) {
    const float* r = raw + p * width;
    const float* b = bias.data() + p * width;
    for (std::size_t o = 0; o < width; ++o) out[o] = std::max(out[o], r[o] + b[o]);
  }
  const auto n = static_cast<float>(width);
  float mean = 0;
  for (std::size_t o = 0; o < width; ++o) mean += out[o];
  mean /= n;
  float variance = 0;
  for (std::size_t o = 0; o < width; ++o) variance += (out[o] - mean) * (out[o] - mean);
  const float scale = 1.0F / std::sqrt(variance / n + 1e-8F);
  for (std::size_t o = 0; o < width; ++o) out[o] = (out[o] - mean) * scale * gain[o] + shift[o];
}

Result<Tok2Vec> Tok2Vec::from_model(const ThincModel& m) {
  CLUE_OK(m.check_supported());
  Tok2Vec t;
  const auto extract = m.named("extract_features");
  const auto hash = m.named("hashembed");
  const auto maxouts = m.named("maxout");
  const auto norms = m.named("layernorm");
  const auto windows = m.named("expand_window");
  if (extract.size() != 1 || hash.empty() || maxouts.empty() || norms.size() != maxouts.size() ||
      windows.size() + 1 != maxouts.size()) {
    return broken(m, "its layers are not those of MultiHashEmbed and MaxoutWindowEncoder");
  }
  static const std::pair<std::string_view, Column> kColumns[] = {
      {"NORM", Column::norm},   {"PREFIX", Column::prefix}, {"SUFFIX", Column::suffix},
      {"SHAPE", Column::shape}, {"SPACY", Column::spacy},   {"IS_SPACE", Column::is_space},
      {"ORTH", Column::orth},   {"LOWER", Column::lower}};
  std::vector<Column> columns;
  for (const std::string& name : m.node(extract[0]).columns) {
    const auto it = std::find_if(std::begin(kColumns), std::end(kColumns), [&](const auto& c) {
      return c.first == name || std::to_string(string_id(c.first)) == name;
    });
    if (it == std::end(kColumns)) return broken(m, "the token attribute " + name + " is unknown");
    columns.push_back(it->second);
    t.uses_spacy_ = t.uses_spacy_ || it->second == Column::spacy;
  }
  for (const std::size_t i : hash) {
    const ThincNode& n = m.node(i);
    CLUE_TRY(const ThincArray* e, m.array(i, "E", 2));
    const auto column = n.numbers.find("column");
    const auto seed = n.numbers.find("seed");
    if (column == n.numbers.end() || seed == n.numbers.end() || column->second < 0 ||
        static_cast<std::size_t>(column->second) >= columns.size() || e->data.empty()) {
      return broken(m, "a hash embedding lacks its column, seed or table");
    }
    t.embeddings_.push_back({columns[static_cast<std::size_t>(column->second)],
                             static_cast<std::uint32_t>(seed->second), e->shape[0], e->shape[1],
                             e->data});
    t.input_width_ += e->shape[1];
  }
  CLUE_TRY(t.mix_, MaxoutLayer::from_model(m, maxouts[0], norms[0]));
  if (t.mix_.weights.inputs() != t.input_width_) return broken(m, "embedding widths do not add up");
  for (std::size_t i = 0; i < m.size(); ++i) {
    const auto& numbers = m.node(i).numbers;
    if (const auto pad = numbers.find("pad"); pad != numbers.end() && pad->second >= 0) {
      t.pad_ = std::max(t.pad_, static_cast<std::size_t>(std::min<std::int64_t>(pad->second, 64)));
    }
  }
  for (std::size_t i = 1; i < maxouts.size(); ++i) {
    const auto& numbers = m.node(windows[i - 1]).numbers;
    const auto window = numbers.find("window_size");
    if (window == numbers.end() || window->second < 1 || window->second > 8) {
      return broken(m, "a window layer without a usable window_size");
    }
    t.window_ = static_cast<std::size_t>(window->second);
    CLUE_TRY(MaxoutLayer layer, MaxoutLayer::from_model(m, maxouts[i], norms[i]));
    if (layer.width != t.mix_.width ||
        layer.weights.inputs() != (2 * t.window_ + 1) * layer.width) {
      return broken(m, "the widths of the window layers do not fit together");
    }
    t.layers_.push_back(std::move(layer));
  }
  return t;
}

/// Embeddings and first layer of one token: they depend on the word (and the blank behind it).
const float* Tok2Vec::mixed(const SpacyToken& token, const SpacyTokenizer& tokenizer) {
  const std::uint64_t key =
      std::uint64_t{token.lexeme} * 2 + (uses_spacy_ && token.space_after ? 1 : 0);
  const auto [it, fresh] = memo_.try_emplace(key, memo_rows_.size());
  if (!fresh) return memo_rows_.data() + it->second;
  const Lexeme& x = tokenizer.lexeme(token.lexeme);
  input_.assign(input_width_, 0.0F);
  float* out = input_.data();
  for (const Embedding& e : embeddings_) {
    std::uint64_t value = 0;
    switch (e.column) {
      case Column::norm:
        value = x.norm;
        break;
      case Column::prefix:
        value = x.prefix;
        break;
      case Column::suffix:
        value = x.suffix;
        break;
      case Column::shape:
        value = x.shape;
        break;
      case Column::spacy:
        value = token.space_after ? 1 : 0;
        break;
      case Column::is_space:
        value = x.is_space ? 1 : 0;
        break;
      case Column::orth:
        value = x.orth;
        break;
      case Column::lower:
        value = x.lower;
        break;
    }
    for (const std::uint32_t k : embedding_keys(value, e.seed)) {
      const float* row = e.table.data() + k % e.rows * e.width;
      for (std::size_t i = 0; i < e.width; ++i) out[i] += row[i];
    }
    out += e.width;
  }
  raw_.resize(std::max(raw_.size(), mix_.weights.stride()));
  mix_.weights.apply(input_.data(), 1, input_width_, raw_.data());
  const std::size_t at = memo_rows_.size();
  memo_rows_.resize(at + mix_.width);
  mix_.finish(raw_.data(), memo_rows_.data() + at);
  return memo_rows_.data() + at;
}

void Tok2Vec::encode(std::span<const SpacyToken> tokens, const SpacyTokenizer& tokenizer,
                     std::vector<float>& out) {
  const std::size_t n = tokens.size();
  const std::size_t w = mix_.width;
  if (memo_.size() > kMemoLimit) {
    memo_.clear();
    memo_rows_.clear();
  }
  // window_ zero rows around (never written), pad_ rows that start at zero and take part.
  const std::size_t rows = n + 2 * pad_;
  x_.assign((rows + 2 * window_) * w, 0.0F);
  float* inner = x_.data() + window_ * w;
  for (std::size_t i = 0; i < n; ++i) {
    std::copy_n(mixed(tokens[i], tokenizer), w, inner + (pad_ + i) * w);
  }
  y_.resize(w);
  for (const MaxoutLayer& layer : layers_) {
    // Neighbouring rows lie behind each other, so a window is one long row.
    raw_.resize(std::max(raw_.size(), rows * layer.weights.stride()));
    layer.weights.apply(x_.data(), rows, w, raw_.data());
    for (std::size_t r = 0; r < rows; ++r) {
      layer.finish(raw_.data() + r * layer.weights.stride(), y_.data());
      float* to = inner + r * w;
      for (std::size_t i = 0; i < w; ++i) to[i] += y_[i];
    }
  }
  out.assign(inner + static_cast<std::ptrdiff_t>(pad_ * w),
             inner + static_cast<std::ptrdiff_t>((pad_ + n) * w));
}

}  // namespace clue::concepts
