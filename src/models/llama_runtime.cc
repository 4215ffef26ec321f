#include "models/llama_runtime.h"

#include <ggml-backend.h>
#include <llama.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>
#include <system_error>

#include "base/text.h"

namespace clue::models {
namespace {

/// The log of libllama and ggml, which is process-wide in those libraries.
struct LogKeeper {
  std::mutex mutex;
  std::string text;
  bool keep_line = false;
};

LogKeeper& log_keeper() {
  static LogKeeper keeper;
  return keeper;
}

constexpr std::size_t kLogLimit = 4000;

void keep_log(ggml_log_level level, const char* text, void* user) {
  static_cast<void>(user);
  LogKeeper& keeper = log_keeper();
  const std::lock_guard lock(keeper.mutex);
  if (level != GGML_LOG_LEVEL_CONT) {
    keeper.keep_line = level == GGML_LOG_LEVEL_ERROR || level == GGML_LOG_LEVEL_WARN;
  }
  if (keeper.keep_line && keeper.text.size() < kLogLimit) keeper.text += text;
}

/// First four bytes: what a user most often gets wrong is caught with plain words.
Status check_magic(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    const int code = errno;
    return Error{code == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                 path + ": cannot read: " + std::generic_category().message(code)};
  }
  std::array<char, 4> magic{};
  in.read(magic.data(), magic.size());
  if (in.gcount() == 4 && std::string_view(magic.data(), 4) == "GGUF") return {};
  return Error{ErrorCode::data,
               path +
                   ": not a GGUF file (it starts with other bytes, or is empty or a folder); "
                   "convert the model with llama.cpp's convert_hf_to_gguf.py or download a GGUF"};
}

}  // namespace

void FreeModel::operator()(llama_model* model) const { llama_model_free(model); }
void FreeContext::operator()(llama_context* context) const { llama_free(context); }

void quiet_llama() {
  static std::once_flag once;
  std::call_once(once, [] {
    llama_log_set(keep_log, nullptr);
    llama_backend_init();
  });
}

std::string take_llama_log() {
  LogKeeper& keeper = log_keeper();
  const std::lock_guard lock(keeper.mutex);
  std::string out;
  std::swap(out, keeper.text);
  while (!out.empty() && out.back() == '\n') out.pop_back();
  for (char& c : out) c = c == '\n' ? ' ' : c;
  return out;
}

Result<ModelHandle> load_gguf(const std::string& path, bool vocab_only, int gpu_layers,
                              std::stop_token stop) {
  quiet_llama();
  CLUE_OK(check_magic(path));
  llama_model_params params = llama_model_default_params();
  params.vocab_only = vocab_only;
  params.n_gpu_layers = gpu_layers;
  ggml_backend_dev_t none[] = {nullptr};
  if (gpu_layers == 0)
    params.devices = none;  // nor what a GPU could take over of single operations
  params.progress_callback = [](float, void* token) {
    return !static_cast<std::stop_token*>(token)->stop_requested();
  };
  params.progress_callback_user_data = &stop;
  static_cast<void>(take_llama_log());
  try {
    ModelHandle model(llama_model_load_from_file(path.c_str(), params));
    if (model) return model;
  } catch (const std::exception& e) {
    return Error{ErrorCode::data, path + ": " + e.what()};
  }
  if (stop.stop_requested()) return Error{ErrorCode::cancelled, path + ": stopped while loading"};
  return Error{ErrorCode::data,
               path +
                   ": libllama cannot load it (damaged, cut short, or an architecture it does "
                   "not know): " +
                   take_llama_log()};
}

std::vector<Gpu> list_gpus() {
  quiet_llama();
  std::vector<Gpu> out;
  for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    ggml_backend_dev_t device = ggml_backend_dev_get(i);
    if (ggml_backend_dev_type(device) != GGML_BACKEND_DEVICE_TYPE_GPU) continue;
    Gpu& gpu = out.emplace_back(Gpu{ggml_backend_dev_description(device)});
    std::size_t total = 0;
    ggml_backend_dev_memory(device, &gpu.free_bytes, &total);
  }
  return out;
}

bool built_for_gpus() {
  for (std::size_t i = 0; i < ggml_backend_reg_count(); ++i) {
    if (ggml_backend_reg_name(ggml_backend_reg_get(i)) != std::string_view("CPU")) return true;
  }
  return false;
}

std::size_t free_gpu_memory() {
  std::size_t sum = 0;
  for (const Gpu& gpu : list_gpus()) sum += gpu.free_bytes;
  return sum;
}

Vocabulary::Vocabulary(const llama_vocab* vocab) : vocab_(vocab) {
  auto special = std::make_shared<std::vector<std::string>>();
  constexpr int kSpecial = LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN;
  for (llama_token token = 0; token < size(); ++token) {
    if ((llama_vocab_get_attr(vocab_, token) & kSpecial) != 0) {
      special->push_back(piece(token, true));
    }
  }
  std::erase(*special, "");
  special_ = std::move(special);
}

bool Vocabulary::spells_special(std::string_view text) const {
  for (const std::string& special : *special_) {
    if (text.find(special) != std::string_view::npos) return true;
  }
  return false;
}

bool Vocabulary::data_spells_special(const RenderedChat& chat) const {
  return std::any_of(chat.parts.begin(), chat.parts.end(),
                     [&](const ChatPart& part) { return part.data && spells_special(part.text); });
}

Tokens Vocabulary::encode(std::string_view text, bool special, bool parse) const {
  const auto size = static_cast<std::int32_t>(text.size());
  Tokens out(text.size() + 8);
  std::int32_t n = llama_tokenize(vocab_, text.data(), size, out.data(),
                                  static_cast<std::int32_t>(out.size()), special, parse);
  if (n < 0) {
    out.resize(static_cast<std::size_t>(-n));
    n = llama_tokenize(vocab_, text.data(), size, out.data(), static_cast<std::int32_t>(out.size()),
                       special, parse);
  }
  out.resize(static_cast<std::size_t>(n < 0 ? 0 : n));
  return out;
}

Tokens Vocabulary::encode_chat(const RenderedChat& chat) const {
  const std::string text = chat.text();
  const std::string bos = chat_tokens().bos;
  const bool add = bos.empty() || !std::string_view(text).starts_with(bos);
  // Usual case: no data spells a special token, so the whole text is one call, as trained.
  if (!data_spells_special(chat)) return encode(text, add, true);
  Tokens out;
  bool first = true;
  for (const ChatPart& part : chat.parts) {
    const Tokens piece = encode(part.text, first && add, !part.data);
    out.insert(out.end(), piece.begin(), piece.end());
    first = false;
  }
  return out;
}

std::string Vocabulary::piece(std::int32_t token, bool special) const {
  std::string out(64, '\0');
  std::int32_t n = llama_token_to_piece(vocab_, token, out.data(),
                                        static_cast<std::int32_t>(out.size()), 0, special);
  if (n < 0) {
    out.resize(static_cast<std::size_t>(-n));
    n = llama_token_to_piece(vocab_, token, out.data(), static_cast<std::int32_t>(out.size()), 0,
                             special);
  }
  out.resize(static_cast<std::size_t>(n < 0 ? 0 : n));
  return out;
}

std::string Vocabulary::decode(const Tokens& tokens) const {
  std::string out(tokens.size() * 8 + 64, '\0');
  const auto count = static_cast<std::int32_t>(tokens.size());
  std::int32_t n = llama_detokenize(vocab_, tokens.data(), count, out.data(),
                                    static_cast<std::int32_t>(out.size()), false, true);
  if (n < 0) {
    out.resize(static_cast<std::size_t>(-n));
    n = llama_detokenize(vocab_, tokens.data(), count, out.data(),
                         static_cast<std::int32_t>(out.size()), false, true);
  }
  out.resize(static_cast<std::size_t>(n < 0 ? 0 : n));
  std::size_t run = 0;  // byte tokens at the end
  while (run < tokens.size() && (llama_vocab_get_attr(vocab_, tokens[tokens.size() - 1 - run]) &
                                 LLAMA_TOKEN_ATTR_BYTE) != 0) {
    ++run;
  }
  if (run > 0 && run <= out.size() && first_invalid_utf8(out.substr(out.size() - run))) {
    out.resize(out.size() - run);
    for (std::size_t i = 0; i < run; ++i) out += "\xEF\xBF\xBD";
  }
  return to_valid_utf8(out);
}

bool Vocabulary::ends_turn(std::int32_t token) const { return llama_vocab_is_eog(vocab_, token); }
int Vocabulary::size() const { return llama_vocab_n_tokens(vocab_); }

ChatTokens Vocabulary::chat_tokens() const {
  const auto text = [&](llama_token token) -> std::string {
    return token == LLAMA_TOKEN_NULL ? "" : piece(token, true);
  };
  return {text(llama_vocab_bos(vocab_)), text(llama_vocab_eos(vocab_))};
}

namespace {

class VocabularyCounter final : public TokenCounter {
 public:
  VocabularyCounter(Vocabulary vocabulary, const std::string& name, bool tested)
      : vocabulary_(std::move(vocabulary)), name_(name), tested_(tested) {}

  Result<int> count(std::string_view text) override {
    return static_cast<int>(vocabulary_.encode(text, true, false).size());
  }
  Result<std::string> first(std::string_view text, int n) override {
    Tokens tokens = vocabulary_.encode(text, true, false);
    tokens.resize(std::min(tokens.size(), static_cast<std::size_t>(n < 0 ? 0 : n)));
    return vocabulary_.decode(tokens);
  }
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] bool exact() const override { return true; }
  [[nodiscard]] bool cuts_tested() const override { return tested_; }

 private:
  Vocabulary vocabulary_;
  std::string name_;
  bool tested_;
};

std::string meta(const llama_model& model, const char* key) {
  char value[64] = "";
  const std::int32_t n = llama_model_meta_val_str(&model, key, value, sizeof value);
  return n < 0 ? "" : value;
}

}  // namespace

std::unique_ptr<TokenCounter> make_token_counter(const llama_model& model,
                                                 const std::string& name) {
  const std::string kind = meta(model, "tokenizer.ggml.model");
  const std::string pre = meta(model, "tokenizer.ggml.pre");
  const bool tested = (kind == "gpt2" && pre == "llama-bpe") ||
                      (kind == "llama" && (pre.empty() || pre == "default"));
  return std::make_unique<VocabularyCounter>(Vocabulary(llama_model_get_vocab(&model)), name,
                                             tested);
}

}  // namespace clue::models
