#include "metrics/bert_score.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "base/check.h"
#include "base/files.h"
#include "text/unicode.h"

namespace clue::metrics {
namespace {

constexpr std::size_t kReferenceBatch = 64;   // bert_score's default
constexpr std::size_t kTokensAtOnce = 60000;  // hidden states kept at a time

using Ids = std::vector<std::int32_t>;

/// A distinct text of the call.
struct Text {
  Ids ids;
  bool cut = false;
};

/// Rows of hidden states scaled to length 1.
void normalize(std::vector<float>& rows, std::size_t width) {
  for (std::size_t i = 0; i + width <= rows.size(); i += width) {
    double sum = 0;
    for (std::size_t k = 0; k < width; ++k) sum += double{rows[i + k]} * double{rows[i + k]};
    const auto scale = static_cast<float>(1 / std::sqrt(sum));
    for (std::size_t k = 0; k < width; ++k) rows[i + k] *= scale;
  }
}

float dot(const float* a, const float* b, std::size_t n) {
  std::array<float, 16> part{};
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (std::size_t k = 0; k < 16; ++k) part[k] += a[i + k] * b[i + k];
  }
  float sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (const float p : part) sum += p;
  return sum;
}

struct Weights {
  const std::map<std::int32_t, double>* idf = nullptr;  ///< null: 1 for all but [CLS] and [SEP]
  double unseen = 1;
  std::int32_t cls = 0, sep = 0;

  [[nodiscard]] double of(std::int32_t id) const {
    if (!idf) return id == cls || id == sep ? 0 : 1;
    const auto it = idf->find(id);
    return it == idf->end() ? unseen : it->second;
  }
};

/// Weighted mean of the best matches; nullopt where all weights are 0 (the reference's 0/0).
std::optional<double> weighted(const Ids& ids, const std::vector<float>& best,
                               const Weights& weights, bool clamp) {
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const double w = weights.of(ids[i]);
    sum += w * double{clamp ? std::max(best[i], 0.0F) : best[i]};
    total += w;
  }
  return total > 0 ? std::optional(sum / total) : std::nullopt;
}

struct Side {
  const Text* text = nullptr;
  const std::vector<float>* states = nullptr;
  bool padded = false;  ///< shorter than the longest of its reference batch
};

BertScore match(const Side& p, const Side& r, std::size_t width, const Weights& weights) {
  BertScore out;
  out.cut = static_cast<int>(p.text->cut) + static_cast<int>(r.text->cut);
  if (p.text->ids.size() == 2 || r.text->ids.size() == 2) {  // an empty side
    out.p = out.r = out.f1 = 0.0;
    return out;
  }
  const std::size_t n = p.text->ids.size(), m = r.text->ids.size();
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  std::vector<float> best_p(n, kLowest), best_r(m, kLowest);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      const float s = dot(p.states->data() + i * width, r.states->data() + j * width, width);
      best_p[i] = std::max(best_p[i], s);
      best_r[j] = std::max(best_r[j], s);
    }
  }
  out.p = weighted(p.text->ids, best_p, weights, r.padded);
  out.r = weighted(r.text->ids, best_r, weights, p.padded);
  if (!out.p || !out.r) {
    out.why =
        "a side holds nothing but [CLS] and [SEP]: all weights are 0 and the reference gives NaN";
    out.f1 = 0.0;
    return out;
  }
  const double sum = *out.p + *out.r;
  out.f1 = sum == 0 ? 0.0 : 2 * *out.p * *out.r / sum;
  return out;
}

/// log((N + 1) / (n + 1)) over the references, N texts, n of them with the token.
std::map<std::int32_t, double> idf_weights(std::span<const std::size_t> references,
                                           const std::vector<Text>& texts) {
  std::map<std::int32_t, double> count;
  for (const std::size_t r : references) {
    Ids distinct = texts[r].ids;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    for (const std::int32_t id : distinct) count[id] += 1;
  }
  const auto n = static_cast<double>(references.size());
  for (auto& [id, c] : count) c = std::log((n + 1) / (c + 1));
  return count;
}

Result<std::vector<double>> read_baseline(const std::filesystem::path& path, int layer) {
  CLUE_TRY(const std::string text, read_file(path));
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find('\n', i), text.size());
    std::vector<double> values;
    for (std::size_t k = i; k <= end; ++k) {
      double v = 0;
      const auto [stop, ec] = std::from_chars(text.data() + k, text.data() + end, v);
      if (ec != std::errc()) break;
      values.push_back(v);
      k = static_cast<std::size_t>(stop - text.data());
    }
    if (values.size() == 4 && values[0] == layer) {
      values.erase(values.begin());
      return values;
    }
    i = end + 1;
  }
  return Error{ErrorCode::data,
               path.string() + ": no row \"LAYER P R F\" for layer " + std::to_string(layer)};
}

std::string low(std::string_view s) { return text::to_lower(s); }

}  // namespace

std::optional<int> default_bert_layer(std::string_view model_name) {
  // bert_score 0.3.13's table, those of architecture BERT; the last one stands in the benchmark's
  // fork.
  static constexpr std::pair<std::string_view, int> kLayers[] = {
      {"bert-base-uncased", 9},
      {"bert-large-uncased", 18},
      {"bert-base-cased-finetuned-mrpc", 9},
      {"bert-base-multilingual-cased", 9},
      {"bert-base-chinese", 8},
      {"scibert_scivocab_uncased", 8},
      {"scibert_scivocab_cased", 9},
      {"scibert_basevocab_uncased", 9},
      {"scibert_basevocab_cased", 9},
      {"finbert", 10},
      {"spanbert-base-cased", 8},
      {"spanbert-large-cased", 17},
      {"unsup-simcse-bert-base-uncased", 10},
      {"unsup-simcse-bert-large-uncased", 18},
      {"sup-simcse-bert-base-uncased", 10},
      {"sup-simcse-bert-large-uncased", 18},
      {"bert-base-turkish-cased", 10},
      {"bert_uncased_L-2_H-128_A-2", 1},
      {"bert_uncased_L-2_H-256_A-4", 1},
      {"bert_uncased_L-2_H-512_A-8", 1},
      {"bert_uncased_L-2_H-768_A-12", 2},
      {"bert_uncased_L-4_H-128_A-2", 3},
      {"bert_uncased_L-4_H-256_A-4", 3},
      {"bert_uncased_L-4_H-512_A-8", 3},
      {"bert_uncased_L-4_H-768_A-12", 3},
      {"bert_uncased_L-6_H-128_A-2", 5},
      {"bert_uncased_L-6_H-256_A-4", 5},
      {"bert_uncased_L-6_H-512_A-8", 5},
      {"bert_uncased_L-6_H-768_A-12", 5},
      {"bert_uncased_L-8_H-128_A-2", 7},
      {"bert_uncased_L-8_H-256_A-4", 7},
      {"bert_uncased_L-8_H-512_A-8", 6},
      {"bert_uncased_L-8_H-768_A-12", 7},
      {"bert_uncased_L-10_H-128_A-2", 8},
      {"bert_uncased_L-10_H-256_A-4", 8},
      {"bert_uncased_L-10_H-512_A-8", 9},
      {"bert_uncased_L-10_H-768_A-12", 8},
      {"bert_uncased_L-12_H-128_A-2", 10},
      {"bert_uncased_L-12_H-256_A-4", 11},
      {"bert_uncased_L-12_H-512_A-8", 10},
      {"bert_uncased_L-12_H-768_A-12", 9},
      {"bio_clinicalbert", 9}};
  std::string name = low(model_name);
  while (name.ends_with('/')) name.pop_back();
  name = name.substr(name.rfind('/') + 1);
  for (const char* tail : {".gguf", "-f32", "-f16", "-q8_0", ".f32", ".f16", ".q8_0", ".gguf"}) {
    if (name.ends_with(tail)) name.resize(name.size() - std::string_view(tail).size());
  }
  std::string dashes = name;
  std::replace(dashes.begin(), dashes.end(), '-', '_');
  for (const auto& [known, layer] : kLayers) {
    std::string k = low(known);
    std::replace(k.begin(), k.end(), '-', '_');
    if (dashes == k) return layer;
  }
  return std::nullopt;
}

std::string_view encoder_language(std::string_view model_name) {
  const std::string name = low(model_name);
  // The first word found decides: multilingual names may also hold "bert-base".
  for (const auto& [word, language] : std::initializer_list<std::pair<const char*, const char*>>{
           {"multilingual", "multi"}, {"xlm", "multi"},      {"german", "de"},
           {"gbert", "de"},           {"-de-", "de"},        {"scibert", "en"},
           {"clinicalbert", "en"},    {"biobert", "en"},     {"pubmed", "en"},
           {"biomed", "en"},          {"minilm-l6", "en"},   {"bert-base-uncased", "en"},
           {"bert-base-cased", "en"}, {"bert-large", "en"}}) {
    if (name.find(word) != std::string::npos) return language;
  }
  return {};
}

BertScorer::BertScorer(BertEncoder encoder, BertScoreOptions options)
    : encoder_(std::move(encoder)), options_(std::move(options)) {}

Result<BertScorer> BertScorer::open(const std::filesystem::path& model, BertScoreOptions options) {
  CLUE_TRY(BertEncoder encoder, BertEncoder::open(model, options.threads));
  const BertConfig& c = encoder.config();
  if (options.layer == 0) {
    std::optional<int> layer;
    if (c.score_layer > 0) layer = c.score_layer;
    if (!layer) layer = default_bert_layer(c.model_name);
    if (!layer) layer = default_bert_layer(model.string());
    if (!layer) {
      return Error{ErrorCode::invalid_argument,
                   model.string() + ": no default layer is known for \"" + c.model_name +
                       "\"; give one with --layer (1 to " + std::to_string(c.layers) + ")"};
    }
    options.layer = *layer;
  }
  if (options.layer < 1 || options.layer > c.layers) {
    return Error{ErrorCode::invalid_argument,
                 model.string() + ": layer " + std::to_string(options.layer) +
                     " does not exist, the encoder has " + std::to_string(c.layers)};
  }
  BertScorer s(std::move(encoder), std::move(options));
  if (!s.options_.baseline.empty()) {
    CLUE_TRY(s.baseline_, read_baseline(s.options_.baseline, s.options_.layer));
  }
  return s;
}

std::string BertScorer::signature(std::size_t cut) const {
  return "bertscore|bert_score 0.3.13|model:" + encoder_.config().model_name +
         "|sha256:" + encoder_.content_hash().substr(0, 16) +
         "|layer:" + std::to_string(options_.layer) + (options_.idf ? "|idf:yes" : "|idf:no") +
         (baseline_ ? "|rescale:" + options_.baseline.filename().string()
                    : std::string("|rescale:no")) +
         "|" + encoder_.precision() +
         (options_.rules == core::RuleSet::clue_2024 ? "|rules:clue-2024" : "|rules:corrected") +
         "|cut:" + std::to_string(cut);
}

// Distinct texts first, then runs of pairs whose texts fit the memory for hidden states: within a
// run each text is encoded once.
Result<std::vector<BertScore>> BertScorer::score(std::span<const std::string> predictions,
                                                 std::span<const std::string> references,
                                                 std::optional<core::RuleSet> rules) {
  CLUE_CHECK(predictions.size() == references.size());
  options_.rules = rules.value_or(options_.rules);
  const bool published = options_.rules == core::RuleSet::clue_2024;
  cut_ = 0;
  const BertConfig& config = encoder_.config();
  const auto positions = static_cast<std::size_t>(config.positions);
  const auto declared = static_cast<std::size_t>(config.model_max_length);
  const std::size_t limit = declared > 0 ? std::min(declared, positions) : positions;

  std::vector<Text> texts;
  std::unordered_map<std::string_view, std::size_t> known;
  const auto intern = [&](const std::string& text) {
    const auto [it, fresh] = known.try_emplace(text::strip(text), texts.size());
    if (fresh) {
      std::size_t full = 0;
      Text t;
      t.ids = encoder_.tokenizer().encode(text, limit, &full);
      t.cut = full > limit;
      cut_ += t.cut ? 1 : 0;
      texts.push_back(std::move(t));
    }
    return it->second;
  };
  const std::size_t n = predictions.size();
  std::vector<std::size_t> p(n), r(n);
  for (std::size_t i = 0; i < n; ++i) {
    p[i] = intern(predictions[i]);
    r[i] = intern(references[i]);
  }
  const auto idf = options_.idf ? idf_weights(r, texts) : std::map<std::int32_t, double>();
  Weights weights{options_.idf ? &idf : nullptr, std::log(static_cast<double>(n) + 1),
                  encoder_.tokenizer().cls(), encoder_.tokenizer().sep()};
  std::vector<std::size_t> longest_p(n / kReferenceBatch + 1), longest_r(n / kReferenceBatch + 1);
  for (std::size_t i = 0; i < n; ++i) {
    auto& lp = longest_p[i / kReferenceBatch];
    auto& lr = longest_r[i / kReferenceBatch];
    lp = std::max(lp, texts[p[i]].ids.size());
    lr = std::max(lr, texts[r[i]].ids.size());
  }

  std::vector<BertScore> out(n);
  const auto width = static_cast<std::size_t>(config.hidden);
  for (std::size_t begin = 0; begin < n;) {
    std::vector<Ids> sequences;
    std::unordered_map<std::size_t, std::size_t> slot;
    std::size_t tokens = 0, end = begin;
    for (; end < n && tokens < kTokensAtOnce; ++end) {
      for (const std::size_t t : {p[end], r[end]}) {
        if (!slot.try_emplace(t, sequences.size()).second) continue;
        sequences.push_back(texts[t].ids);
        tokens += texts[t].ids.size();
      }
    }
    CLUE_TRY(std::vector<std::vector<float>> states, encoder_.encode(sequences, options_.layer));
    for (auto& s : states) normalize(s, width);
    for (std::size_t i = begin; i < end; ++i) {
      const Text &tp = texts[p[i]], &tr = texts[r[i]];
      if (published && declared == 0 && (tp.cut || tr.cut)) {
        out[i].why =
            "a text has more than " + std::to_string(positions) +
            " word pieces and the tokenizer declares no maximum: the published version fails here";
        out[i].cut = static_cast<int>(tp.cut) + static_cast<int>(tr.cut);
        continue;
      }
      const std::size_t batch = i / kReferenceBatch;
      out[i] = match({&tp, &states[slot[p[i]]], published && tp.ids.size() < longest_p[batch]},
                     {&tr, &states[slot[r[i]]], published && tr.ids.size() < longest_r[batch]},
                     width, weights);
    }
    begin = end;
  }
  if (baseline_) {
    for (BertScore& s : out) {
      std::size_t k = 0;
      for (std::optional<double>* v : {&s.p, &s.r, &s.f1}) {
        const double b = (*baseline_)[k++];
        if (*v) *v = (**v - b) / (1 - b);
      }
    }
  }
  return out;
}

}  // namespace clue::metrics
