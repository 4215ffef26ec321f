#include "models/gguf_model.h"

#include <llama.h>

#include <filesystem>

#include "base/hash.h"
#include "models/file_hash.h"
#include "models/hf_hub.h"

namespace clue::models {
namespace {

constexpr std::size_t kLongestValue = 1 << 20;  // chat templates reach 20 kB

std::map<std::string, std::string> read_metadata(const llama_model& model) {
  std::map<std::string, std::string> out;
  std::string key(512, '\0');
  std::string value(kLongestValue, '\0');
  for (int i = 0; i < llama_model_meta_count(&model); ++i) {
    const int k = llama_model_meta_key_by_index(&model, i, key.data(), key.size());
    const int v = llama_model_meta_val_str_by_index(&model, i, value.data(), value.size());
    if (k < 0 || v < 0) continue;
    out[std::string(key.c_str())] = value.c_str();
  }
  return out;
}

std::string value_of(const std::map<std::string, std::string>& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

/// Owns a vocabulary-only model beside its counter.
class FileCounter final : public TokenCounter {
 public:
  FileCounter(ModelHandle model, const std::string& name)
      : model_(std::move(model)), counter_(make_token_counter(*model_, name)) {}
  Result<int> count(std::string_view text) override { return counter_->count(text); }
  Result<std::string> first(std::string_view text, int n) override {
    return counter_->first(text, n);
  }
  [[nodiscard]] std::string name() const override { return counter_->name(); }
  [[nodiscard]] bool exact() const override { return true; }
  [[nodiscard]] bool cuts_tested() const override { return counter_->cuts_tested(); }

 private:
  ModelHandle model_;
  std::unique_ptr<TokenCounter> counter_;
};

}  // namespace

Result<std::string> hash_of_model(const std::string& path, const std::string& cache,
                                  const std::stop_token& stop) {
  const std::vector<std::string> parts = split_parts(path);
  if (parts.size() == 1) return sha256_of_file(path, cache, stop);
  std::string hashes;
  for (const std::string& part : parts) {
    CLUE_TRY(const std::string hash, sha256_of_file(part, cache, stop));
    hashes += hash + "\n";
  }
  return sha256_hex(hashes);
}

GgufSummary summarize_loaded(const std::string& path, const llama_model& model) {
  GgufSummary out;
  out.path = path;
  out.metadata = read_metadata(model);
  out.name = value_of(out.metadata, "general.name");
  if (out.name.empty()) out.name = std::filesystem::path(path).stem().string();
  out.architecture = value_of(out.metadata, "general.architecture");
  const char* type = llama_ftype_name(llama_model_ftype(&model));
  out.quantisation = type == nullptr ? "" : type;
  out.parameters = static_cast<std::int64_t>(llama_model_n_params(&model));
  out.bytes = static_cast<std::int64_t>(llama_model_size(&model));
  out.context_length = llama_model_n_ctx_train(&model);
  out.layers = llama_model_n_layer(&model);
  out.embedding = llama_model_n_embd(&model);
  out.vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(&model));
  out.tokenizer = value_of(out.metadata, "tokenizer.ggml.model");
  const std::string pre = value_of(out.metadata, "tokenizer.ggml.pre");
  if (!pre.empty()) out.tokenizer += "/" + pre;
  if (const char* text = llama_model_chat_template(&model, nullptr)) {
    out.chat_template = text;
    out.chat_template_hash = sha256_hex(out.chat_template);
  }
  return out;
}

Result<GgufSummary> summarize_gguf(const std::string& path, const std::string& cache,
                                   const std::stop_token& stop) {
  CLUE_TRY(ModelHandle model, load_gguf(path, /*vocab_only=*/false, /*gpu_layers=*/0, stop));
  GgufSummary out = summarize_loaded(path, *model);
  CLUE_TRY(out.sha256, hash_of_model(path, cache, stop));
  return out;
}

Result<std::unique_ptr<TokenCounter>> open_gguf_counter(const std::string& path) {
  CLUE_TRY(ModelHandle model, load_gguf(path, /*vocab_only=*/true, /*gpu_layers=*/0));
  const std::string name = "gguf:" + std::filesystem::path(path).filename().string();
  return std::unique_ptr<TokenCounter>(std::make_unique<FileCounter>(std::move(model), name));
}

}  // namespace clue::models
